import Datasets
import Training

/// Several runs whose operators solve the same problem: same test data, or the same equation, sampler and seed.
struct ComparisonFamily {
    let runs: [Run]

    /// One run, which agrees with itself.
    init(_ run: Run) { runs = [run] }

    /// - Throws: `ComparisonError` that names the first run that does not fit the first one, and what differs.
    init(_ runs: [Run]) throws {
        precondition(!runs.isEmpty, "a comparison of no runs")
        self.runs = runs
        for run in runs.dropFirst() { try Self.check(run, against: runs[0]) }
    }

    private static func check(_ run: Run, against first: Run) throws {
        func require(_ item: String, _ found: String, _ expected: String) throws {
            guard found != expected else { return }
            throw ComparisonError(run: run.folder, item: item, found: found, expected: "\(expected) as in \(first.folder)")
        }
        func hash(_ run: Run) -> String? { (try? DatasetFile(run.data("test")))?.id }
        let hashes = (hash(run), hash(first))
        // The same file holds the same samples; else the same definition makes them.
        if hashes.0 == nil || hashes.0 != hashes.1 {
            let (own, other) = (definition(run), definition(first))
            for key in (Set(own.keys).union(other.keys)).sorted() {
                try require(key, own[key] ?? "not there", other[key] ?? "not there")
            }
        }
        let (own, other) = (run.model.description, first.model.description)
        try require("the grid of the data", "\(own.grid)", "\(other.grid)")
        try require("the list of predicted fields", own.stateFields.joined(separator: ", "), other.stateFields.joined(separator: ", "))
        try require(
            "the number of input frames", own.window.map { "\($0.inputs)" } ?? "none", other.window.map { "\($0.inputs)" } ?? "none")
    }

    /// What the samples of a test split depend on, by key such as `[sampler] tau`.
    ///
    /// How many there are and how they are stored does not matter.
    private static func definition(_ run: Run) -> [String: String] {
        let ignored = ["train", "valid", "test", "block", "checked", "precision"].map { "[dataset] \($0)" }
        var section = ""
        var result: [String: String] = [:]
        for line in run.content.definition.split(separator: "\n") {
            if line.hasPrefix("[") {
                section = String(line) + " "
            } else if let equals = line.firstIndex(of: "=") {
                let key = section + String(line[..<equals]).filter { $0 != " " }
                if !ignored.contains(key) { result[key] = line[line.index(after: equals)...].drop { $0 == " " }.description }
            }
        }
        return result
    }
}
