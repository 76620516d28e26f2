import Testing
import Training

@Suite struct ShardCutTests {
    @Test func sumsOfTheTree() {
        // Shards 0 and 1 on the first rank, 2 and 3 on the second: one gradient crosses.
        #expect(ShardCut(shards: 4, ranks: 2).messages == 1)
        #expect(ShardCut(shards: 4, ranks: 4).messages == 3)
        #expect(ShardCut(shards: 8, ranks: 2).messages == 1)
        #expect(ShardCut(shards: 4, ranks: 1).messages == 0)
        // 0 1 | 2 | 3 4 | 5: 3 to 2, 5 to 4, 2 to 0 and 4 to 0 cross.
        #expect(ShardCut(shards: 6, ranks: 4).messages == 4)
    }

    @Test func bytes() {
        #expect(ShardCut(shards: 4, ranks: 1).bytesPerStep(parameterBytes: 100) == 0)
        #expect(ShardCut(shards: 4, ranks: 2).bytesPerStep(parameterBytes: 100) == 200)
        #expect(ShardCut(shards: 8, ranks: 8).bytesPerStep(parameterBytes: 100) == 1400)
    }

    @Test func ranksWithoutShards() {
        #expect(ShardCut(shards: 4, ranks: 4).idleRanks == 0)
        #expect(ShardCut(shards: 4, ranks: 7).idleRanks == 3)
    }
}
