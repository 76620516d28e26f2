import Autodiff
import Tensors

/// Errors of every sample of a source, one row a sample, computed by all workers.
///
/// The order is that of the source; values do not depend on the number of workers.
public func errors<Problem: TrainingProblem>(
    of problem: Problem, with parameters: ParameterVector<Problem.Element>, on source: some SampleSource<Problem.Element>, batch: Int,
    shards: Int = 4, workers: Workers = Workers()
) throws -> [[Double]] {
    precondition(batch > 0 && shards > 0, "batches of \(batch) in \(shards) shards")
    let number = (source.count + batch - 1) / batch
    @Sendable func indices(_ part: Int) -> [Int] { Array((part * batch)..<min((part + 1) * batch, source.count)) }
    let reader = ReadAhead(source, from: 0, to: number, indices: indices)
    defer { reader.cancel() }
    let derived = DerivedParameters<Problem.Element>()
    var rows: [[Double]] = []
    rows.reserveCapacity(source.count)
    for part in 0..<number {
        let batch = Batch(samples: try reader.take(), indices: indices(part))
        let used = min(shards, batch.count)
        let results = UnsafeMutablePointer<[[Double]]>.allocate(capacity: used)
        results.initialize(repeating: [], count: used)
        defer { results.deinitialize(count: used).deallocate() }
        nonisolated(unsafe) let target = results
        try workers.run(used) { shard in
            let tape = Tape(inferenceWith: parameters, sharing: derived)
            target[shard] = try withExtendedLifetime(tape) { try problem.errors(of: batch.shard(shard, of: used), on: tape) }
        }
        for shard in 0..<used { rows += results[shard] }
    }
    precondition(
        rows.count == source.count && rows.allSatisfy { $0.count == problem.metrics.count },
        "\(rows.count) rows of errors for \(source.count) samples")
    return rows
}

/// The mean of each column of `rows`, added in order.
func columnMeans(_ rows: [[Double]], columns: Int) -> [Double] {
    var sums = Array(repeating: 0.0, count: columns)
    for row in rows { for column in 0..<columns { sums[column] += row[column] } }
    return sums.map { $0 / Double(max(rows.count, 1)) }
}
