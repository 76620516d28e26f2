import Autodiff
import Tensors

/// One step of a training: gradients of the shards of a batch, their sum, and the update of the parameters.
///
/// A batch is cut into a fixed number of shards, each with a tape and a gradient of its own, computed by whichever worker is free; gradients are
/// added in a fixed binary tree. So the bits depend on the number of shards and not on the number of workers.
public final class TrainingStep<Element: Scalar> {
    /// What is trained.
    public let parameters: ParameterVector<Element>
    /// How it is updated.
    public let optimizer: any Optimizer<Element>
    /// Moving average of the parameters, if wanted.
    public let average: WeightAverage<Element>?
    /// Number of parts that a batch is cut into; fewer if it has fewer samples.
    public let shards: Int
    /// Largest norm of the gradient, beyond which it is scaled down; nil for no limit.
    public let clipping: Double?
    /// Whether tapes keep only the inputs of an operator's layers and compute the rest again in the backward pass: the same bits in less memory.
    public let recomputes: Bool
    private let workers: Workers
    private let gradients: [ParameterVector<Element>]
    private let pieces: Pieces

    /// What a step reports.
    public struct Report: Sendable, Equatable {
        /// Mean loss of the samples before the update.
        public let loss: Double
        /// Norm of the gradient of the mean loss before it was clipped.
        public let gradientNorm: Double
    }

    /// Steps on `parameters`, which are changed in place.
    public init(
        parameters: ParameterVector<Element>, optimizer: any Optimizer<Element>, average: WeightAverage<Element>? = nil, shards: Int = 4,
        clipping: Double? = nil, recomputes: Bool = false, workers: Workers = Workers()
    ) {
        precondition(shards > 0 && (clipping ?? 1) > 0, "\(shards) shards, gradients clipped at \(clipping ?? .infinity)")
        self.parameters = parameters
        self.optimizer = optimizer
        self.average = average
        self.shards = shards
        self.clipping = clipping
        self.recomputes = recomputes
        self.workers = workers
        gradients = (0..<shards).map { _ in ParameterVector(layout: parameters.layout) }
        pieces = Pieces(count: parameters.count)
    }

    /// Update number `number` (counted from 1) with the mean gradient of a batch, or its sum if `sumsLosses`.
    ///
    /// - Throws: `TrainingError.diverged` if the loss or the gradient is not finite; the parameters are then of no use.
    @discardableResult
    public func run(
        _ problem: some TrainingProblem<Element>, _ batch: Batch<Element>, learningRate: Double, number: Int, sumsLosses: Bool = false
    ) throws -> Report {
        precondition(batch.count > 0, "a step on no samples")
        let used = min(shards, batch.count)
        let loss = losses(problem, batch, used).reduce(0, +) / Double(batch.count)
        guard loss.isFinite else { throw TrainingError.diverged(step: number, quantity: "the loss", value: "\(loss)") }
        let scale = sumsLosses ? 1 : 1 / Double(batch.count)
        let norm: Double
        if let clipping {
            norm = squares { self.addGradients(used, in: $0) }.squareRoot() * scale
            let factor = scale * clippingFactor(norm: norm, maximum: clipping)
            workers.run(pieces.number) { [self] in update(pieces[$0], factor, learningRate, number) }
        } else {
            // Sum, norm and update of a piece while it is in the cache.
            norm =
                squares {
                    let square = self.addGradients(used, in: $0)
                    self.update($0, scale, learningRate, number)
                    return square
                }.squareRoot() * scale
        }
        guard norm.isFinite else { throw TrainingError.diverged(step: number, quantity: "the norm of the gradient", value: "\(norm)") }
        return Report(loss: loss, gradientNorm: norm)
    }

    /// Losses of the shards; leaves their gradients behind.
    private func losses(_ problem: some TrainingProblem<Element>, _ batch: Batch<Element>, _ used: Int) -> [Double] {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: used) { buffer in
            nonisolated(unsafe) let losses = buffer
            // Threads without a shard of their own help inside operations.
            let inner = Workers(threads: max(1, workers.threads / used))
            workers.run(used) { [self] shard in
                let tape = Tape(parameters: parameters, checkpoints: recomputes, workers: inner)
                withExtendedLifetime(tape) {
                    let loss = problem.loss(of: batch.shard(shard, of: used), on: tape)
                    losses[shard] = Double(loss.value.item)
                    tape.accumulateParameterGradients(of: loss, into: gradients[shard])
                }
            }
            return Array(losses)
        }
    }

    /// Runs `body` on every piece and adds what it returns in the order of the pieces.
    private func squares(_ body: @Sendable (Range<Int>) -> Double) -> Double {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: max(pieces.number, 1)) { buffer in
            nonisolated(unsafe) let terms = buffer
            workers.run(pieces.number) { [pieces] in terms[$0] = body(pieces[$0]) }
            return (0..<pieces.number).reduce(0) { $0 + terms[$1] }
        }
    }

    /// Adds the shards' gradients in a binary tree into the first one; returns the sum of squares of the range.
    private func addGradients(_ used: Int, in range: Range<Int>) -> Double {
        var distance = 1
        while distance < used {
            for shard in stride(from: 0, to: used - distance, by: 2 * distance) {
                Kernels.accumulate(
                    range.count, gradients[shard + distance].pointer + range.lowerBound, gradients[shard].pointer + range.lowerBound)
            }
            distance *= 2
        }
        return gradients[0].squaredNorm(of: range)
    }

    private func update(_ range: Range<Int>, _ scale: Double, _ learningRate: Double, _ number: Int) {
        optimizer.update(
            range, of: parameters, with: gradients[0], gradientScale: scale, learningRate: learningRate, step: number)
        average?.update(range, towards: parameters, step: number)
    }
}

extension TrainingStep: @unchecked Sendable {}
