import Numerics

/// The counter-based generator Philox 4x32-10: the value depends on (seed, stream, index) alone, never on who asks or in which order.
///
/// Sample 17 of a dataset therefore has the same bits on any number of threads, ranks or shards.
///
/// ## References
/// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11, doi:10.1145/2063384.2063405.
public struct Philox: Sendable {
    /// Key: the seed of the case.
    public let seed: UInt64
    /// High half of the counter: which sequence (sample, parameter, epoch, ...).
    public let stream: UInt64

    /// A generator for one stream of a seed.
    public init(seed: UInt64, stream: UInt64) {
        self.seed = seed
        self.stream = stream
    }

    /// Four 32-bit words at `index`.
    @inlinable
    public func words(at index: UInt64) -> SIMD4<UInt32> {
        Philox.block(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
                UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
            key: SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)))
    }

    /// The raw bijection: ten rounds on a 128-bit counter under a 64-bit key.
    @inlinable
    public static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var c = counter
        var k = key
        for round in 0..<10 {
            if round > 0 { k = SIMD2(k.x &+ 0x9E37_79B9, k.y &+ 0xBB67_AE85) }
            let first = UInt64(c.x) &* 0xD251_1F53
            let second = UInt64(c.z) &* 0xCD9E_8D57
            c = SIMD4(
                UInt32(truncatingIfNeeded: second >> 32) ^ c.y ^ k.x, UInt32(truncatingIfNeeded: second),
                UInt32(truncatingIfNeeded: first >> 32) ^ c.w ^ k.y, UInt32(truncatingIfNeeded: first))
        }
        return c
    }

    /// A uniform number in (0, 1) with 53 bits, number `index` of the stream (two per block).
    public func uniform(at index: Int) -> Double {
        let w = words(at: UInt64(index / 2))
        let bits = index % 2 == 0 ? UInt64(w.x) << 32 | UInt64(w.y) : UInt64(w.z) << 32 | UInt64(w.w)
        return (Double(bits >> 11) + 0.5) * 0x1p-53
    }

    /// A standard normal number, number `index` of the stream (two per block, Box-Muller).
    public func normal(at index: Int) -> Double {
        let pair = normalPair(at: index / 2)
        return index % 2 == 0 ? pair.0 : pair.1
    }

    /// The standard normal numbers `2 pair` and `2 pair + 1` of the stream, for the price of one.
    public func normalPair(at pair: Int) -> (Double, Double) {
        let radius = (-2 * Double.log(uniform(at: 2 * pair))).squareRoot()
        let angle = 2 * Double.pi * uniform(at: 2 * pair + 1)
        return (radius * Double.cos(angle), radius * Double.sin(angle))
    }

    /// Uniform numbers `0..<count` of the stream, scaled to `range`.
    public func uniforms(_ count: Int, in range: ClosedRange<Double> = 0...1) -> [Double] {
        (0..<count).map { range.lowerBound + (range.upperBound - range.lowerBound) * uniform(at: $0) }
    }

    /// Standard normal numbers `0..<count` of the stream.
    public func normals(_ count: Int) -> [Double] { (0..<count).map(normal(at:)) }

    /// A permutation of `0..<count` (Fisher-Yates on the stream's uniform numbers).
    public func permutation(_ count: Int) -> [Int] {
        var order = Array(0..<count)
        for index in stride(from: count - 1, to: 0, by: -1) {
            order.swapAt(index, min(Int(uniform(at: index) * Double(index + 1)), index))
        }
        return order
    }
}
