import Autodiff
import Synchronization
import Tensors

/// The sum of the gradients of a rank's shards, made parameter by parameter while the shards are computed.
///
/// The gradient of a parameter is added to that of the neighbouring shard as soon as both are complete, along the tree of ``ShardCut``, so that the
/// bits do not depend on which comes first (a sum of two numbers does not depend on their order) and about one gradient is in memory, not
/// one for each shard. Sums that need another rank's gradients are left to `TrainingStep.addShards`.
package final class ShardSum<Element: Scalar>: Sendable {
    /// A sum of the gradients of one parameter that waits for the neighbouring one.
    private struct Waiting {
        let gradient: Tensor<Element>
        /// The distance of shards that are added next.
        let distance: Int
    }

    private struct State {
        /// By parameter and shard, `shards` places for each parameter.
        var waiting: [Waiting?]
        /// Whether the memory of a sum has been given to a shard, by parameter and shard.
        var isGiven: [Bool]
    }

    let cut: ShardCut
    /// By shard: where the sum goes that its gradient is part of; nil for shards of other ranks.
    private let vectors: [ParameterVector<Element>?]
    private let state: Mutex<State>

    /// No gradients yet of the shards of `rank`.
    ///
    /// - Parameter vector: the vector for the sum of a shard and those that are added to it here.
    package init(_ cut: ShardCut, rank: Int, layout: ParameterLayout, vector: (Int) -> ParameterVector<Element>) {
        self.cut = cut
        let own = cut.shards(of: rank)
        vectors = (0..<cut.shards).map { own.contains($0) ? vector(cut.localSum(of: $0)) : nil }
        let places = layout.entries.count * cut.shards
        state = Mutex(State(waiting: Array(repeating: nil, count: places), isGiven: Array(repeating: false, count: places)))
    }

    /// Forgets what an unfinished step has left.
    package func clear() {
        state.withLock { state in
            for place in state.waiting.indices { (state.waiting[place], state.isGiven[place]) = (nil, false) }
        }
    }

    /// Takes the gradient of one shard.
    package func receiver(_ shard: Int) -> some GradientReceiver<Element> { Receiver(sum: self, shard: shard) }

    private struct Receiver: GradientReceiver {
        let sum: ShardSum
        let shard: Int

        func place(of parameter: Int) -> Tensor<Element>? { sum.place(of: parameter, shard) }

        func receive(_ gradient: Tensor<Element>?, of parameter: Int) { sum.add(gradient, of: parameter, shard) }
    }

    /// The memory of the sum that the gradient of a shard is part of; once in a step, so that nothing else lies there.
    private func place(of parameter: Int, _ shard: Int) -> Tensor<Element>? {
        let place = parameter * cut.shards + cut.localSum(of: shard)
        let isFree = state.withLock { state in
            defer { state.isGiven[place] = true }
            return !state.isGiven[place]
        }
        return isFree ? vectors[shard]!.window(parameter) : nil
    }

    private func add(_ gradient: Tensor<Element>?, of parameter: Int, _ shard: Int) {
        let vector = vectors[shard]!
        var sum = gradient ?? Tensor(vector.window(parameter).shape)
        var shard = shard
        var distance = 1
        while let next = cut.localSum(around: shard, distance: distance) {
            // Past the last shard there is nothing to add.
            if next.from < cut.shards {
                let neighbour = next.into == shard ? next.from : next.into
                let other = state.withLock { state in
                    let place = parameter * cut.shards + neighbour
                    if let waiting = state.waiting[place], waiting.distance == distance {
                        state.waiting[place] = nil
                        return Optional(waiting.gradient)
                    }
                    state.waiting[parameter * cut.shards + shard] = Waiting(gradient: sum, distance: distance)
                    return nil
                }
                guard let other else { return }
                sum = added(sum, other, of: parameter, next.into)
                shard = next.into
            }
            distance *= 2
        }
        vector.store(sum, in: parameter)
    }

    /// `a + b`, in the memory of the result if one of them lies there or it is free; what lies elsewhere may belong to others too.
    private func added(_ a: Tensor<Element>, _ b: Tensor<Element>, of parameter: Int, _ shard: Int) -> Tensor<Element> {
        let window = vectors[shard]!.window(parameter)
        for (from, into) in [(a, b), (b, a)] where into.basePointer == window.basePointer {
            Kernels.accumulate(from.count, from.basePointer, into.kernelPointer)
            return into
        }
        let result = place(of: parameter, shard) ?? Tensor(uninitialized: a.shape)
        Kernels.binary(.add, a.count, a.basePointer, b.basePointer, result.kernelPointer)
        return result
    }
}
