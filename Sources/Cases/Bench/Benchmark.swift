/// Something that `eddy bench` times.
public protocol Benchmark: Sendable {
    /// What a run measures: one JSON line.
    associatedtype Measurement: Codable & Sendable

    /// All benchmarks of the kind.
    static var all: [Self] { get }
    /// Columns of the table of the kind.
    static var columns: [TextTable.Column] { get }
    /// A row of it.
    static func cells(_ measurement: Measurement) -> [String]

    /// Name on the command line.
    var name: String { get }
    /// What it is, one line.
    var summary: String { get }

    /// Times `repeats` repetitions, or by default at least 7 and for 4 seconds.
    func run(threads: Int, repeats: Int?) throws -> Measurement
}

extension Benchmark {
    /// The benchmark of a name.
    public static func named(_ name: String) -> Self? { all.first { $0.name == name } }

    /// Sorted times of repeated calls in seconds.
    static func times(_ repeats: Int?, _ body: () throws -> Void) rethrows -> [Double] {
        var times: [Double] = []
        let start = ContinuousClock.now
        while times.count < (repeats ?? 7) || repeats == nil && times.count < 200 && (ContinuousClock.now - start) / .seconds(1) < 4 {
            let begin = ContinuousClock.now
            try body()
            times.append((ContinuousClock.now - begin) / .seconds(1))
        }
        return times.sorted()
    }
}

/// The kinds of benchmarks, in the order of their tables.
public let benchmarkKinds: [any Benchmark.Type] = [OperatorBenchmark.self, SolverBenchmark.self, CeilingBenchmark.self]
