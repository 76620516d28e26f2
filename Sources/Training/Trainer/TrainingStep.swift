import Autodiff
import Communication
import Tensors

/// One step of a training: gradients of the shards of a batch, their sum, and the update of the parameters.
///
/// A batch is cut into a fixed number of shards, each with a tape of its own, computed by whichever worker is free; gradients are
/// added in a fixed binary tree while they come (``ShardSum``). So the bits depend on the number of shards and not on the number of workers, nor on the number of ranks that
/// the shards are spread over (``ShardCut``).
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
    /// Whether some rank has been asked to end during the last step.
    private(set) var isAskedToEnd = false
    private let workers: Workers
    private let communicator: any Communicator
    /// By shard; the sums of this rank, and those that it receives.
    private var gradients: [ParameterVector<Element>?]
    /// Of the last step; kept, because most steps are cut alike.
    private var shardSum: ShardSum<Element>?
    private let pieces: Pieces

    /// What a step reports.
    public struct Report: Sendable, Equatable {
        /// Mean loss of the samples before the update.
        public let loss: Double
        /// Norm of the gradient of the mean loss before it was clipped.
        public let gradientNorm: Double
    }

    /// Steps on `parameters`, which are changed in place.
    ///
    /// Of several ranks the first one leads: ``TrainingStep/run(_:_:learningRate:number:sumsLosses:)`` is for a process that is alone.
    public init(
        parameters: ParameterVector<Element>, optimizer: any Optimizer<Element>, average: WeightAverage<Element>? = nil, shards: Int = 4,
        clipping: Double? = nil, recomputes: Bool = false, workers: Workers = Workers(),
        communicator: any Communicator = SingleProcess()
    ) {
        precondition(shards > 0 && (clipping ?? 1) > 0, "\(shards) shards, gradients clipped at \(clipping ?? .infinity)")
        self.parameters = parameters
        self.optimizer = optimizer
        self.average = average
        self.shards = shards
        self.clipping = clipping
        self.recomputes = recomputes
        self.workers = workers
        self.communicator = communicator
        gradients = Array(repeating: nil, count: shards)
        pieces = Pieces(count: parameters.count)
    }

    /// Update number `number` (counted from 1) with the mean gradient of a batch, or its sum if `sumsLosses`.
    ///
    /// - Throws: `TrainingError.diverged` if the loss or the gradient is not finite; the parameters are then of no use.
    @discardableResult
    public func run(
        _ problem: some TrainingProblem<Element>, _ batch: Batch<Element>, learningRate: Double, number: Int, sumsLosses: Bool = false
    ) throws -> Report {
        precondition(communicator.size == 1, "a step of one process on \(communicator.size) ranks")
        return try run(
            problem, ShardCut(shards: min(shards, batch.count), ranks: 1), samples: batch.count, learningRate: learningRate, number: number,
            sumsLosses: sumsLosses, orderingSum: {}
        ) { batch }
    }

    /// The same on the leading rank, on the part of a batch of `samples` samples that `cut` gives it.
    ///
    /// The other ranks compute their shards at the same time (``computeShards(_:_:shouldStop:batch:)``), and add the gradients when
    /// `orderingSum` has told them to (``addShards(_:)``).
    func run(
        _ problem: some TrainingProblem<Element>, _ cut: ShardCut, samples: Int, learningRate: Double, number: Int, sumsLosses: Bool,
        shouldStop: () -> Bool = { false }, orderingSum: () throws -> Void, batch: () throws -> Batch<Element>?
    ) throws -> Report {
        precondition(samples > 0, "a step on no samples")
        let losses = try computeShards(problem, cut, shouldStop: shouldStop, batch: batch)
        let loss = losses.reduce(0, +) / Double(samples)
        guard loss.isFinite else { throw TrainingError.diverged(step: number, quantity: "the loss", value: "\(loss)") }
        if cut.ranks > 1 {
            try orderingSum()
            try addShards(cut)
        }
        let scale = sumsLosses ? 1 : 1 / Double(samples)
        let norm: Double
        if let clipping {
            norm = squares { self.gradient(0).squaredNorm(of: $0) }.squareRoot() * scale
            let factor = scale * clippingFactor(norm: norm, maximum: clipping)
            workers.run(pieces.number) { [self] in update(pieces[$0], factor, learningRate, number) }
        } else {
            // Norm and update of a piece while it is in the cache.
            norm =
                squares {
                    let square = self.gradient(0).squaredNorm(of: $0)
                    self.update($0, scale, learningRate, number)
                    return square
                }.squareRoot() * scale
        }
        parameters.noteChange()
        guard norm.isFinite else { throw TrainingError.diverged(step: number, quantity: "the norm of the gradient", value: "\(norm)") }
        return Report(loss: loss, gradientNorm: norm)
    }

    /// Losses of all shards, on the leading rank; leaves the sums of the gradients of this rank's shards behind.
    ///
    /// - Parameter batch: this rank's part of the batch, nil if it has none.
    func computeShards(
        _ problem: some TrainingProblem<Element>, _ cut: ShardCut, shouldStop: () -> Bool, batch: () throws -> Batch<Element>?
    ) throws -> [Double] {
        guard cut.ranks > 1 else { return losses(problem, try batch()!, cut) }
        let messages = try communicator.collect {
            let values = try batch().map { losses(problem, $0, cut) } ?? []
            return (values + [shouldStop() ? 1 : 0]).withUnsafeBytes(Array.init)
        }
        let values = messages.map { message in
            message.withUnsafeBytes { bytes in
                (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }
            }
        }
        isAskedToEnd = values.contains { $0.last != 0 }
        return values.flatMap { $0.dropLast() }
    }

    /// Adds the sums of all ranks' gradients into the first one's, which lies on the leading rank.
    func addShards(_ cut: ShardCut) throws {
        let rank = communicator.rank
        for sum in cut.sums where !cut.isLocal(sum) {
            let (to, from) = (cut.rank(of: sum.into), cut.rank(of: sum.from))
            if from == rank, to != rank {
                try communicator.send(UnsafeRawBufferPointer(gradient(sum.from).bytes), to: to)
            } else if to == rank {
                let (source, target) = (gradient(sum.from), gradient(sum.into))
                if from != rank { try communicator.receive(source.bytes, from: from) }
                workers.run(pieces.number) { [pieces] in
                    let range = pieces[$0]
                    Kernels.accumulate(range.count, source.pointer + range.lowerBound, target.pointer + range.lowerBound)
                }
            }
        }
    }

    /// The gradient of a shard, made when it is first needed.
    private func gradient(_ shard: Int) -> ParameterVector<Element> {
        if let known = gradients[shard] { return known }
        let made = ParameterVector<Element>(layout: parameters.layout)
        gradients[shard] = made
        return made
    }

    /// What adds the gradients of this rank's shards in a step.
    private func sum(_ cut: ShardCut) -> ShardSum<Element> {
        if let known = shardSum, known.cut == cut {
            known.clear()
            return known
        }
        let made = ShardSum<Element>(cut, rank: communicator.rank, layout: parameters.layout, vector: gradient)
        shardSum = made
        return made
    }

    /// Losses of this rank's shards; leaves the sums of their gradients behind.
    private func losses(_ problem: some TrainingProblem<Element>, _ batch: Batch<Element>, _ cut: ShardCut) -> [Double] {
        let own = cut.shards(of: communicator.rank)
        let sum = sum(cut)
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: own.count) { buffer in
            nonisolated(unsafe) let losses = buffer
            // Threads for which there is no shard help inside operations.
            workers.runEach(own.count) { [self] number, inner in
                let tape = Tape(parameters: parameters, checkpoints: recomputes, workers: inner)
                withExtendedLifetime(tape) {
                    let shard = own.lowerBound + number
                    let loss = problem.loss(of: batch.shard(shard, of: cut.shards), on: tape)
                    losses[number] = Double(loss.value.item)
                    tape.passParameterGradients(of: loss, to: sum.receiver(shard))
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

    private func update(_ range: Range<Int>, _ scale: Double, _ learningRate: Double, _ number: Int) {
        optimizer.update(
            range, of: parameters, with: gradient(0), gradientScale: scale, learningRate: learningRate, step: number)
        average?.update(range, towards: parameters, step: number)
    }
}

extension TrainingStep: @unchecked Sendable {}

extension ParameterVector {
    /// The memory of the values, to be sent and received.
    var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: pointer, count: count * MemoryLayout<Element>.stride)
    }
}
