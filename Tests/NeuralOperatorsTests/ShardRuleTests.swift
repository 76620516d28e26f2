import NeuralOperators
import Testing

/// Into how many parts a batch is cut where a case does not say.
@Suite struct ShardRuleTests {
    @Test func wideNetworksHaveFewShards() {
        let wide: [any OperatorConfiguration] = [ClassicUNetConfiguration(), UNetConfiguration(), SineNetConfiguration()]
        for configuration in wide {
            for (batch, shards) in [(1, 1), (8, 1), (15, 1), (16, 2), (32, 4), (100, 4)] {
                #expect(configuration.shards(batch: batch) == shards, "\(configuration), batch \(batch)")
            }
        }
    }

    @Test func othersHaveFour() {
        let others: [any OperatorConfiguration] = [
            ClassicUNetConfiguration(width: 16), UNetConfiguration(width: 32, multipliers: [1, 2, 2]), SineNetConfiguration(width: 16),
            FNOConfiguration(), MgNOConfiguration(), GFNOConfiguration(), DilatedResNetConfiguration(),
        ]
        for configuration in others { #expect(configuration.shards(batch: 8) == 4, "\(configuration)") }
        #expect(DeepONetConfiguration().shards(batch: 8) == 1)
    }
}
