import Autodiff
import Foundation
import Tensors
import TestSupport
import Testing
import Training

/// The sum of the shards' gradients while they come, against the tree of additions done one after the other.
@Suite struct ShardSumTests {
    private let layout: ParameterLayout = {
        let layout = ParameterLayout()
        for number in 0..<5 { _ = layout.root.real("p\(number)", [3 + 7 * number], .constant(0)) }
        return layout
    }()

    private func gradient(_ shard: Int, _ parameter: Int) -> Tensor<Float> {
        let generator = Philox(seed: 3, stream: UInt64(100 * shard + parameter))
        let count = layout.entries[parameter].count
        // Of many magnitudes, so that the order of additions shows in the bits.
        return Tensor([count], (0..<count).map { Float(generator.normal(at: $0) * exp(20 * generator.uniform(at: 1000 + $0) - 10)) })
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8, 13], [1, 2, 3, 4])
    func bitsOfTheTree(_ shards: Int, _ ranks: Int) throws {
        let cut = ShardCut(shards: shards, ranks: ranks)
        for seed in 0..<4 as Range<UInt64> {
            for rank in 0..<ranks where !cut.shards(of: rank).isEmpty {
                let own = cut.shards(of: rank)
                // What the sums must be: the local additions, in their order.
                var expected = (0..<shards).map { shard in layout.entries.indices.map { gradient(shard, $0).scalars } }
                for sum in cut.sums where cut.isLocal(sum) && own.contains(sum.into) {
                    for parameter in layout.entries.indices {
                        for index in expected[sum.into][parameter].indices {
                            expected[sum.into][parameter][index] += expected[sum.from][parameter][index]
                        }
                    }
                }
                var vectors: [Int: ParameterVector<Float>] = [:]
                let sum = ShardSum<Float>(cut, rank: rank, layout: layout) { shard in
                    if let known = vectors[shard] { return known }
                    vectors[shard] = ParameterVector(layout: layout)
                    return vectors[shard]!
                }
                // A step that was not finished leaves nothing behind.
                sum.receiver(own.lowerBound).receive(gradient(99, 0), of: 0)
                sum.clear()
                let order = Philox(seed: seed, stream: UInt64(shards))
                let deliveries = own.flatMap { shard in layout.entries.indices.map { (shard, $0) } }.enumerated()
                    .sorted { order.uniform(at: $0.offset) < order.uniform(at: $1.offset) }.map(\.element)
                Workers(threads: 3).run(deliveries.count) { number in
                    let (shard, parameter) = deliveries[number]
                    let receiver = sum.receiver(shard)
                    let gradient = self.gradient(shard, parameter)
                    if (shard + parameter + Int(seed)) % 3 == 0, let place = receiver.place(of: parameter) {
                        place.kernelPointer.update(from: gradient.basePointer, count: gradient.count)
                        receiver.receive(place, of: parameter)
                    } else {
                        receiver.receive(gradient, of: parameter)
                        // A tensor that others still use is not written to.
                        #expect(gradient.scalars == self.gradient(shard, parameter).scalars)
                    }
                }
                for (shard, vector) in vectors {
                    for parameter in layout.entries {
                        #expect(vector[parameter].scalars.map(\.bitPattern) == expected[shard][parameter.index].map(\.bitPattern))
                    }
                }
                #expect(Set(vectors.keys) == Set(own.map(cut.localSum(of:))))
            }
        }
    }

    /// A parameter that no shard uses has no gradient, and one that a single shard uses has that shard's.
    @Test func unused() {
        let vector = ParameterVector<Float>(layout: layout)
        for parameter in layout.entries { vector.set(parameter, to: Tensor(parameter.shape, repeating: 7)) }
        let sum = ShardSum<Float>(ShardCut(shards: 3, ranks: 1), rank: 0, layout: layout) { _ in vector }
        for shard in 0..<3 {
            for parameter in layout.entries.indices {
                sum.receiver(shard).receive(shard == 1 && parameter == 2 ? gradient(1, 2) : nil, of: parameter)
            }
        }
        for parameter in layout.entries {
            let wanted = parameter.index == 2 ? gradient(1, 2).scalars : Array(repeating: 0, count: parameter.count)
            #expect(vector[parameter].scalars == wanted)
        }
    }
}
