import Foundation
import Grids

/// Checks a dataset file against every rule of the contract for datasets.
///
/// Structure first (attributes, dimensions, coordinates, variables), then the numbers (finite, not all zero, not repeated), then the
/// content hash. A file that keeps the contract has no findings of severity `error`.
public struct DatasetChecker {
    /// Which checks to do.
    public struct Options: Hashable, Sendable {
        /// Read every value: finite, not all zero, repeated samples.
        public var values: Bool
        /// Compute the content hash and compare it with `id`.
        public var hash: Bool

        /// All checks, unless told otherwise.
        public init(values: Bool = true, hash: Bool = true) {
            self.values = values
            self.hash = hash
        }
    }

    let path: String
    let file: NetCDFFile
    let dimensions: [String: Int]
    let dimensionOrder: [String]
    let attributes: [String: AttributeValue]
    let variables: [NetCDFVariable]
    let variableAttributes: [String: [String: AttributeValue]]
    var findings: [Finding] = []

    /// All findings, in the order of the file.
    ///
    /// - Throws: `DatasetsError.noSuchFile`, `.notNetCDF` when there is nothing to check, and errors of reading.
    public static func check(_ path: String, options: Options = Options()) throws -> [Finding] {
        var checker = try DatasetChecker(path)
        checker.checkAttributes()
        try checker.checkCoordinates()
        checker.checkVariables()
        if options.values { try checker.checkValues() }
        if options.hash { try checker.checkHash() }
        return checker.findings
    }

    /// Samples that are in two splits: a test sample that was trained on makes every error too small.
    ///
    /// Samples are equal when all their fields but diagnostics are, bit for bit.
    public static func checkSplits(_ paths: [String]) throws -> [Finding] {
        var seen: [String: (path: String, sample: Int)] = [:]
        var findings: [Finding] = []
        for path in paths {
            for (sample, digest) in try sampleDigests(of: DatasetFile(path)).enumerated() {
                if let first = seen[digest], first.path != path {
                    findings.append(
                        Finding(
                            .error, "sample \(sample) of \(path)", found: "the same values as sample \(first.sample) of \(first.path)",
                            expected: "splits without common samples"))
                }
                seen[digest] = seen[digest] ?? (path, sample)
            }
        }
        return findings
    }

    /// A hash of each sample: all fields that vary with the sample but diagnostics.
    static func sampleDigests(of file: DatasetFile) throws -> [String] {
        var hashes = [SHA256](repeating: SHA256(), count: file.sampleCount)
        for field in file.fields where field.dependence.sample && field.role != .diagnostic {
            try file.forEachSample(of: field) { sample, pointer, frames, points in
                hashes[sample].update(UnsafeRawBufferPointer(start: pointer, count: frames * points * 8))
            }
        }
        return hashes.map { $0.hexadecimal() }
    }

    private init(_ path: String) throws {
        self.path = path
        self.file = try NetCDFFile.open(path)
        let root = file.root
        let all = try root.dimensions()
        self.dimensionOrder = all.map(\.name)
        self.dimensions = Dictionary(all.map { ($0.name, $0.count) }, uniquingKeysWith: { first, _ in first })
        self.attributes = try root.attributes()
        self.variables = try root.variables()
        self.variableAttributes = Dictionary(uniqueKeysWithValues: try variables.map { ($0.name, try $0.attributes()) })
    }

    /// Names of the spatial dimensions: every one besides `sample`, `time` and that of bounds.
    var spatialDimensions: [String] { dimensionOrder.filter { !["sample", "time", "nv"].contains($0) } }

    func variable(_ name: String) -> NetCDFVariable? { variables.first { $0.name == name } }

    mutating func error(_ item: String, found: String, expected: String) {
        findings.append(Finding(.error, item, found: found, expected: expected))
    }

    mutating func warning(_ item: String, found: String, expected: String) {
        findings.append(Finding(.warning, item, found: found, expected: expected))
    }

    private mutating func checkHash() throws {
        guard let id = attributes["id"]?.text else { return }
        let found = try ContentHash.identifier(file.root)
        if found != id { error("content", found: "hash \(found)", expected: "the hash in attribute 'id', \(id)") }
    }
}
