/// What can go wrong with dataset files.
///
/// Every message names the file, what was found and what is allowed.
public enum DatasetsError: Error, Hashable, Sendable {
    /// There is no such file or folder.
    case noSuchFile(path: String)
    /// The file cannot be read as NetCDF-4: another format, truncated or damaged.
    case notNetCDF(path: String, reason: String)
    /// A NetCDF file that is not an Eddy dataset; `missing` lists the dimensions, variables and attributes that it lacks.
    case foreign(path: String, missing: [String])
    /// Something in the file breaks the contract for datasets.
    case invalid(path: String, item: String, found: String, expected: String)
    /// A field that is not in the file.
    case missingField(path: String, field: String, available: [String])
    /// A finished or half-finished file that was made from another definition than the one asked for.
    case otherDefinition(path: String, item: String, found: String, expected: String)
    /// The content does not match the hash stored in `id`.
    case corrupt(path: String, found: String, expected: String)
    /// A sample that must not be stored (a value that is not finite, a field of the wrong shape or missing).
    case invalidSample(sample: Int, field: String, reason: String)
    /// Blocks that are not there yet, so that the dataset cannot be joined.
    case missingBlocks(path: String, blocks: [Int], total: Int)
    /// No space left on the device.
    case noSpace(path: String, needed: Int?, available: Int)
    /// The file cannot be written.
    case cannotWrite(path: String, reason: String)
    /// Any other failure reported by NetCDF.
    case netCDF(path: String, operation: String, message: String)
    /// A file of a foreign layout that cannot be converted.
    case notConvertible(path: String, reason: String)
}

extension DatasetsError: CustomStringConvertible {
    /// The message for the user.
    public var description: String {
        switch self {
        case .noSuchFile(let path):
            "\(path): no such file"
        case .notNetCDF(let path, let reason):
            "\(path): cannot be read as NetCDF (\(reason))"
        case .foreign(let path, let missing):
            "\(path): a NetCDF file, but not an Eddy dataset: it lacks \(missing.joined(separator: ", "))"
        case .invalid(let path, let item, let found, let expected):
            "\(path): \(item): found \(found), expected \(expected)"
        case .missingField(let path, let field, let available):
            "\(path): no field '\(field)'; it has \(available.joined(separator: ", "))"
        case .otherDefinition(let path, let item, let found, let expected):
            "\(path): made from another definition: \(item): found \(found), expected \(expected); choose another output folder or remove it"
        case .corrupt(let path, let found, let expected):
            "\(path): the content has changed since it was written: its hash is \(found), the attribute 'id' says \(expected)"
        case .invalidSample(let sample, let field, let reason):
            "sample \(sample), field '\(field)': \(reason)"
        case .missingBlocks(let path, let blocks, let total):
            "\(path): \(blocks.count) of \(total) blocks are not generated yet (the first is block \(blocks.first ?? 0))"
        case .noSpace(let path, let needed, let available):
            "\(path): no space left on the device (\(needed.map { "\(formatBytes($0)) needed, " } ?? "")\(formatBytes(available)) available); free some and run the same command again"
        case .cannotWrite(let path, let reason):
            "\(path): cannot be written (\(reason))"
        case .netCDF(let path, let operation, let message):
            "\(path): \(operation): \(message)"
        case .notConvertible(let path, let reason):
            "\(path): cannot be converted: \(reason)"
        }
    }
}

/// A number of bytes for people, in powers of 1024.
func formatBytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "KiB", "MiB", "GiB"] {
        if value < 1024 { return unit == "B" ? "\(count) B" : "\((value * 10).rounded() / 10) \(unit)" }
        value /= 1024
    }
    return "\((value * 10).rounded() / 10) TiB"
}
