/// The hash of what a dataset says: coordinates, fields, records and the attributes that define them.
///
/// `id = "sha256:" + SHA-256(lines)`, one line for each dimension, each global attribute and each variable in order of name, a variable
/// with its type, dimensions, attributes and the SHA-256 of its values (little-endian, row-major). Left out are what may differ between
/// two generations of the same data: dates, times, host, program version, prose, and the variable `seconds`.
enum ContentHash {
    /// Values read at a time while hashing.
    private static let bytesPerRead = 8 << 20

    /// The identifier of an open file.
    ///
    /// `digests` holds hashes of values that the caller has computed while writing.
    static func identifier(_ group: NetCDFGroup, digests: [String: String] = [:]) throws -> String {
        var hash = SHA256()
        for (name, count) in try group.dimensions().sorted(by: { $0.name < $1.name }) { hash.update("dimension \(name) \(count)") }
        try update(&hash, try group.attributes().filter { !DatasetLayout.isVolatile(attribute: $0.key) })
        for variable in try group.variables().sorted(by: { $0.name < $1.name })
        where !DatasetLayout.volatileVariables.contains(variable.name) {
            hash.update("variable \(variable.name) \(variable.type?.name ?? "other") \(variable.dimensions.joined(separator: " "))")
            try update(&hash, try variable.attributes())
            hash.update(try digests[variable.name] ?? digest(of: variable))
        }
        return "sha256:" + hash.hexadecimal()
    }

    private static func update(_ hash: inout SHA256, _ attributes: [String: AttributeValue]) throws {
        for (name, value) in attributes.sorted(by: { $0.key < $1.key }) { hash.update("attribute \(name) \(value.formatted)") }
    }

    /// SHA-256 of the values of a variable as stored, read in slabs along its first dimension.
    private static func digest(of variable: NetCDFVariable) throws -> String {
        switch variable.type {
        case .float: try digest(of: variable, as: Float.self)
        case .double: try digest(of: variable, as: Double.self)
        case .int: try digest(of: variable, as: Int32.self)
        case .byte: try digest(of: variable, as: Int8.self)
        default: "type \(variable.type?.name ?? "other")"
        }
    }

    private static func digest<N: NetCDFNumber>(of variable: NetCDFVariable, as type: N.Type) throws -> String {
        var hash = SHA256()
        try forEachSlab(variable, as: type) { hash.update(UnsafeRawBufferPointer($0)) }
        return hash.hexadecimal()
    }

    /// Reads a variable from the first to the last value in pieces of a few megabytes.
    static func forEachSlab<N: NetCDFNumber>(
        _ variable: NetCDFVariable, as type: N.Type, _ body: (UnsafeBufferPointer<N>) throws -> Void
    ) throws {
        guard variable.count > 0 else { return }
        guard let rows = variable.shape.first else {
            var value = try variable.readAll(as: N.self)
            return try value.withUnsafeMutableBufferPointer { try body(UnsafeBufferPointer($0)) }
        }
        let row = variable.count / rows
        let step = max(1, bytesPerRead / max(1, row * MemoryLayout<N>.stride))
        let buffer = UnsafeMutableBufferPointer<N>.allocate(capacity: min(step, rows) * row)
        defer { buffer.deallocate() }
        for first in stride(from: 0, to: rows, by: step) {
            let count = min(step, rows - first)
            let start = [first] + variable.shape.dropFirst().map { _ in 0 }
            try variable.read(start: start, count: [count] + variable.shape.dropFirst(), into: buffer.baseAddress!)
            try body(UnsafeBufferPointer(rebasing: buffer.prefix(count * row)))
        }
    }
}
