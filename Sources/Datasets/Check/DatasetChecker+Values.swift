import Grids

extension DatasetChecker {
    /// Findings of one kind that are listed; further ones are counted.
    private static let listed = 3

    /// Checks the numbers, when the structure is sound enough to read them.
    mutating func checkValues() throws {
        let dataset: DatasetFile
        do {
            dataset = try DatasetFile(path)
        } catch {
            // A structure that cannot be read has findings already; if not, this is one.
            if !findings.contains(where: { $0.severity == .error }) {
                self.error("file", found: "\(error)", expected: "a dataset that can be read")
            }
            return
        }
        try checkRecords(dataset)
        var nonZero = [Bool](repeating: false, count: dataset.sampleCount)
        for field in dataset.fields {
            var constant = true
            var first: [Double]?
            var failures: [String] = []
            try dataset.forEachSample(of: field) { sample, pointer, frames, points in
                let values = UnsafeBufferPointer(start: pointer, count: frames * points)
                if field.role != .diagnostic, let index = values.firstIndex(where: { !$0.isFinite }) {
                    failures.append("\(values[index]) in sample \(sample)\(field.dependence.time ? ", frame \(index / points)" : "")")
                }
                if field.role == .state, values.contains(where: { $0 != 0 }), sample < nonZero.count { nonZero[sample] = true }
                if constant, let first { constant = first.elementsEqual(values) }
                if first == nil { first = Array(values) }
            }
            if !failures.isEmpty {
                let more = failures.count > Self.listed ? " and \(failures.count - Self.listed) more samples" : ""
                error(
                    "variable '\(field.name)'", found: failures.prefix(Self.listed).joined(separator: "; ") + more,
                    expected: "finite numbers")
            }
            if constant, field.dependence.sample, dataset.sampleCount > 1, field.role != .diagnostic, field.role != .boundary {
                warning("variable '\(field.name)'", found: "the same values in every sample", expected: "values that vary with the sample")
            }
        }
        let zeros = dataset.fields.contains { $0.role == .state && $0.dependence.sample } ? nonZero.indices.filter { !nonZero[$0] } : []
        if !zeros.isEmpty {
            error("samples \(Self.list(zeros))", found: "all fields with the role 'state' zero", expected: "solutions")
        }
        try checkRepetitions(dataset)
    }

    private mutating func checkRecords(_ dataset: DatasetFile) throws {
        guard let status = variable("status"), status.dimensions == ["sample"], status.type == .byte else { return }
        let known = Set(SampleStatus.allCases.map(\.rawValue))
        let unknown = try status.readAll(as: Int8.self).enumerated().filter { !known.contains($0.element) }
        if let first = unknown.first {
            error(
                "variable 'status'[\(first.offset)]", found: "\(first.element)",
                expected: known.sorted().map { "\($0)" }.joined(separator: ", "))
        }
    }

    private mutating func checkRepetitions(_ dataset: DatasetFile) throws {
        var seen: [String: Int] = [:]
        var repeated: [Int] = []
        for (sample, digest) in try Self.sampleDigests(of: dataset).enumerated() {
            if seen[digest] == nil { seen[digest] = sample } else { repeated.append(sample) }
        }
        if !repeated.isEmpty {
            warning("samples \(Self.list(repeated))", found: "the same values as an earlier sample", expected: "different samples")
        }
    }

    private static func list(_ samples: [Int]) -> String {
        samples.prefix(listed).map { "\($0)" }.joined(separator: ", ")
            + (samples.count > listed ? " and \(samples.count - listed) more" : "")
    }
}
