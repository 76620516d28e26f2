import Autodiff
import Communication
import Tensors

/// Errors of every sample of a source, one row a sample, computed by all workers.
///
/// The order is that of the source; values do not depend on the number of workers. Of several ranks each computes its shards of every batch
/// (``ShardCut``); the leading one gets all rows, the others none.
public func errors<Problem: TrainingProblem>(
    of problem: Problem, with parameters: ParameterVector<Problem.Element>, on source: some SampleSource<Problem.Element>, batch: Int,
    shards: Int = 4, workers: Workers = Workers(), communicator: any Communicator = SingleProcess()
) throws -> [[Double]] {
    precondition(batch > 0 && shards > 0, "batches of \(batch) in \(shards) shards")
    let number = (source.count + batch - 1) / batch
    @Sendable func count(_ part: Int) -> Int { min(batch, source.count - part * batch) }
    @Sendable func cut(_ part: Int) -> ShardCut { ShardCut(shards: min(shards, count(part)), ranks: communicator.size) }
    @Sendable func own(_ part: Int, of rank: Int) -> Range<Int> { cut(part).samples(of: rank, count: count(part)) }
    let messages = try communicator.collect {
        let rank = communicator.rank
        let reader = ReadAhead(source, from: 0, to: number) { part in own(part, of: rank).map { part * batch + $0 } }
        defer { reader.cancel() }
        let derived = DerivedParameters<Problem.Element>()
        var rows: [[Double]] = []
        for part in 0..<number {
            guard let samples = try reader.take() else { continue }
            let range = own(part, of: rank)
            let whole = Batch(samples: samples, indices: range.map { part * batch + $0 }, before: range.lowerBound, total: count(part))
            rows += try errors(of: problem, with: parameters, derived, on: whole, cut(part), rank, workers)
        }
        precondition(rows.allSatisfy { $0.count == problem.metrics.count }, "rows of errors for \(problem.metrics.count) metrics")
        return rows.flatMap { $0 }.withUnsafeBytes(Array.init)
    }
    guard communicator.isLeader else { return [] }
    let columns = problem.metrics.count
    var values = messages.map { message in
        message.withUnsafeBytes { bytes in
            (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self) }[...]
        }
    }
    // Every batch begins with the rows of the first rank, then come those of the second.
    var rows: [[Double]] = []
    rows.reserveCapacity(source.count)
    for part in 0..<number {
        for rank in values.indices {
            for _ in own(part, of: rank) {
                rows.append(Array(values[rank].prefix(columns)))
                values[rank].removeFirst(columns)
            }
        }
    }
    precondition(rows.count == source.count, "\(rows.count) rows of errors for \(source.count) samples")
    return rows
}

/// Errors of this rank's part of a batch.
private func errors<Problem: TrainingProblem>(
    of problem: Problem, with parameters: ParameterVector<Problem.Element>, _ derived: DerivedParameters<Problem.Element>,
    on batch: Batch<Problem.Element>, _ cut: ShardCut, _ rank: Int, _ workers: Workers
) throws -> [[Double]] {
    let own = cut.shards(of: rank)
    let results = UnsafeMutablePointer<[[Double]]>.allocate(capacity: own.count)
    results.initialize(repeating: [], count: own.count)
    defer { results.deinitialize(count: own.count).deallocate() }
    nonisolated(unsafe) let target = results
    try workers.runEach(own.count) { number, workers in
        let tape = Tape(inferenceWith: parameters, sharing: derived, workers: workers)
        target[number] = try withExtendedLifetime(tape) {
            try problem.errors(of: batch.shard(own.lowerBound + number, of: cut.shards), on: tape)
        }
    }
    return (0..<own.count).flatMap { results[$0] }
}

/// The mean of each column of `rows`, added in order.
func columnMeans(_ rows: [[Double]], columns: Int) -> [Double] {
    var sums = Array(repeating: 0.0, count: columns)
    for row in rows { for column in 0..<columns { sums[column] += row[column] } }
    return sums.map { $0 / Double(max(rows.count, 1)) }
}
