/// One of several processes that share the generation of a dataset: shard `index` of `count`, counted from 1.
public struct Shard: Hashable, Sendable {
    /// Which shard, from 1.
    public let index: Int
    /// Number of shards.
    public let count: Int

    /// The only shard.
    public static let whole = Shard(index: 1, of: 1)

    /// Shard `index` of `count`.
    public init(index: Int, of count: Int) {
        precondition(count >= 1 && (1...count).contains(index), "shard \(index) of \(count)")
        self.index = index
        self.count = count
    }

    /// Parses `I/N` with `1 <= I <= N`; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1, (1...count).contains(index) else { return nil }
        self.init(index: index, of: count)
    }

    /// Whether this shard generates block `block`.
    public func owns(block: Int) -> Bool { block % count == index - 1 }
}
