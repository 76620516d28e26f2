import Autodiff
import Communication
import Tensors

extension Trainer {
    /// Computes gradient and errors once for every size of a shard, so that everything that is chosen by measuring has been chosen.
    public func rehearse() throws {
        func sizes(_ count: Int) -> [Int] {
            let batches = [min(settings.batch, count), count % settings.batch].filter { $0 > 0 }
            return Set(
                batches.flatMap { batch in
                    let used = min(settings.shards, batch)
                    return (0..<used).map { ($0 + 1) * batch / used - $0 * batch / used }
                }
            ).sorted()
        }
        let gradient = ParameterVector<Element>(layout: stepper.parameters.layout)
        for size in sizes(train.count) {
            let batch = Batch(samples: try train.samples(Array(0..<size)), indices: Array(0..<size))
            let tape = Tape(parameters: stepper.parameters, checkpoints: stepper.recomputes)
            withExtendedLifetime(tape) { tape.accumulateParameterGradients(of: problem.loss(of: batch, on: tape), into: gradient) }
        }
        for size in valid.map({ sizes($0.count) }) ?? [] {
            let batch = Batch(samples: try valid!.samples(Array(0..<size)), indices: Array(0..<size))
            let tape = Tape(inferenceWith: stepper.parameters, sharing: DerivedParameters<Element>())
            _ = try withExtendedLifetime(tape) { try problem.errors(of: batch, on: tape) }
        }
    }

    var orders: TeamOrders { TeamOrders(communicator: communicator) }

    func cut(samples: Int) -> ShardCut { ShardCut(shards: min(settings.shards, samples), ranks: communicator.size) }

    /// Reads this rank's samples of the steps to come.
    func makeReader(from step: Int) -> ReadAhead<Element> {
        ReadAhead(train, from: step, to: totalSteps) { [order, shards = settings.shards, communicator] step in
            let indices = order.indices(step: step)
            let cut = ShardCut(shards: min(shards, indices.count), ranks: communicator.size)
            return Array(indices[cut.samples(of: communicator.rank, count: indices.count)])
        }
    }

    /// This rank's part of the batch of a step, nil if it has none.
    func batch(step: Int, _ reader: ReadAhead<Element>) throws -> Batch<Element>? {
        guard let samples = try reader.take() else { return nil }
        let indices = order.indices(step: step)
        let part = cut(samples: indices.count).samples(of: communicator.rank, count: indices.count)
        return Batch(
            samples: samples, indices: Array(indices[part]), epoch: step / order.stepsPerEpoch, step: step, before: part.lowerBound,
            total: indices.count)
    }

    /// Tells the other ranks that the training has ended.
    func dismiss(_ status: TrainingOutcome.Status) throws {
        try orders.give(.end, TrainingOutcome.Status.allCases.firstIndex(of: status)!)
    }

    /// What a rank does that does not lead.
    func follow() throws -> TrainingOutcome {
        var reader: ReadAhead<Element>?
        defer { reader?.cancel() }
        var cut = self.cut(samples: settings.batch)
        var last = 0
        while true {
            let (order, number) = try orders.take()
            switch order {
            case .step:
                try communicator.broadcast(stepper.parameters.bytes)
                if reader == nil { reader = makeReader(from: number) }
                cut = self.cut(samples: self.order.indices(step: number).count)
                last = number
                _ = try stepper.computeShards(problem, cut, shouldStop: shouldStop) { try batch(step: number, reader!) }
            case .sum: try stepper.addShards(cut)
            case .validate:
                try communicator.broadcast(stepper.parameters.bytes)
                _ = try errors(
                    of: problem, with: stepper.parameters, on: valid!, batch: settings.batch, shards: settings.shards, workers: workers,
                    communicator: communicator)
            case .end:
                return TrainingOutcome(status: TrainingOutcome.Status.allCases[number], step: last + 1, best: nil, seconds: 0)
            }
        }
    }
}
