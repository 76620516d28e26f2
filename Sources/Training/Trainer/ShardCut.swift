/// Which rank computes which shards of a batch, and along which paths their gradients are added.
///
/// Gradients are added in a binary tree that depends on the number of shards alone: for the distances 1, 2, 4, ... shard `s + distance` is added
/// to shard `s`, `s` a multiple of twice the distance. A sum lives on the rank of its lower shard; where the other lies elsewhere it is sent.
public struct ShardCut: Sendable, Equatable {
    /// One addition of the tree.
    package struct Sum: Equatable {
        package let into, from: Int
        /// Between the shards.
        var distance: Int { from - into }
    }

    /// Number of shards and of ranks.
    public let shards, ranks: Int

    /// A cut of `shards` among `ranks`, in contiguous parts of equal size up to one shard.
    public init(shards: Int, ranks: Int) {
        precondition(shards > 0 && ranks > 0, "\(shards) shards for \(ranks) ranks")
        self.shards = shards
        self.ranks = ranks
    }

    /// The rank that computes a shard.
    func rank(of shard: Int) -> Int { shard * ranks / shards }

    /// Shards of a rank; none for some where there are more ranks than shards.
    package func shards(of rank: Int) -> Range<Int> { (rank * shards + ranks - 1) / ranks..<((rank + 1) * shards + ranks - 1) / ranks }

    /// Samples of a rank in a batch of `count`.
    func samples(of rank: Int, count: Int) -> Range<Int> {
        let part = shards(of: rank)
        return part.lowerBound * count / shards..<part.upperBound * count / shards
    }

    /// The additions in their order.
    package var sums: [Sum] {
        var result: [Sum] = []
        var distance = 1
        while distance < shards {
            result += stride(from: 0, to: shards - distance, by: 2 * distance).map { Sum(into: $0, from: $0 + distance) }
            distance *= 2
        }
        return result
    }

    /// Whether all shards below an addition are on one rank, which adds them while it computes.
    package func isLocal(_ sum: Sum) -> Bool { rank(of: sum.into) == rank(of: min(sum.from + sum.distance, shards) - 1) }

    /// The addition at a distance that a shard takes part in if it is local; its `from` is beyond the last shard if there is nothing to add.
    func localSum(around shard: Int, distance: Int) -> Sum? {
        let into = shard / (2 * distance) * 2 * distance
        let sum = Sum(into: into, from: into + distance)
        return distance < shards && isLocal(sum) ? sum : nil
    }

    /// The first of the shards whose sum a shard becomes part of on its own rank.
    package func localSum(of shard: Int) -> Int {
        var (first, distance) = (shard, 1)
        while let sum = localSum(around: first, distance: distance) {
            first = sum.into
            distance *= 2
        }
        return first
    }

    /// Gradients that go from one rank to another in a step.
    public var messages: Int { sums.count { rank(of: $0.into) != rank(of: $0.from) } }

    /// Ranks that have no shard.
    public var idleRanks: Int { (0..<ranks).count { shards(of: $0).isEmpty } }

    /// Bytes that all ranks together send in a step: every gradient that crosses ranks, and the new parameters to all but one.
    ///
    /// With `m` ``messages``, `N` ranks and `P` bytes of parameters, `(m + N - 1) P`; `m` is `N - 1` where `N` divides the shards and both are
    /// powers of two. What says how many bytes come is not counted: less than 100 for each rank.
    public func bytesPerStep(parameterBytes: Int) -> Int { ranks == 1 ? 0 : (messages + ranks - 1) * parameterBytes }
}
