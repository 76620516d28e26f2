import NeuralOperators

extension OperatorBenchmark {
    /// Dimensions of its grid.
    public var dimension: Int { interface.grid.count }

    /// The benchmark on another grid, with another batch, or with other settings of its operator, to see how cost grows with them.
    ///
    /// - Parameters:
    ///   - grid: one number, or one for each dimension.
    ///   - batch: samples.
    ///   - shards: parts that a batch is cut into.
    ///   - recomputes: whether activations inside layers are computed again in the backward pass.
    ///   - settings: keys of `[operator]` with their values in TOML, for example `("width", "64")`.
    /// - Throws: `CaseError` when a key or value is not allowed.
    public func varied(
        grid: Resolution? = nil, batch: Int? = nil, shards: Int? = nil, recomputes: Bool = false,
        settings: [(key: String, value: String)] = []
    ) throws -> OperatorBenchmark {
        var benchmark = self
        if let grid {
            guard let size = grid.size(dimension: dimension) else {
                preconditionFailure("a grid of \(grid) points in \(dimension) dimensions")
            }
            benchmark.interface.grid = size
        }
        if let batch { benchmark.batch = batch }
        benchmark.shards = shards ?? benchmark.shards
        benchmark.recomputes = recomputes
        if !settings.isEmpty {
            let members = (configuration as! any OperatorSettings).namedMembers().filter { member in
                !settings.contains { $0.key == member.key }
            }
            let lines = members.map { "\($0.key) = \($0.value.toml)" } + settings.map { "\($0.key) = \($0.value)" }
            let text = (["title = \"\(name)\"", "[operator]"] + lines).joined(separator: "\n")
            benchmark.configuration = try Case(text: text, file: "--set").content.operator!
        }
        return benchmark
    }
}
