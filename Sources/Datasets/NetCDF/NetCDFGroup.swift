import CNetCDF
import Foundation

/// A group of a NetCDF file: dimensions, variables, attributes and groups inside it.
struct NetCDFGroup: Sendable {
    let file: NetCDFFile
    let identifier: Int32
    /// Name inside the parent; empty for the root.
    let name: String

    // MARK: Defining

    /// Defines a dimension of fixed length.
    func defineDimension(_ name: String, _ count: Int) throws {
        var dimension: Int32 = 0
        try file.call("define dimension '\(name)'") { nc_def_dim(identifier, name, count, &dimension) }
    }

    /// Defines a variable; `chunk` empty means contiguous storage.
    @discardableResult
    func defineVariable(_ name: String, _ type: NetCDFType, _ dimensions: [String], chunk: [Int] = [], deflate: Int = 0) throws
        -> NetCDFVariable
    {
        var identifiers: [Int32] = []
        for dimension in dimensions {
            var id: Int32 = 0
            try file.call("look up dimension '\(dimension)'") { nc_inq_dimid(identifier, dimension, &id) }
            identifiers.append(id)
        }
        var variable: Int32 = 0
        try file.call("define variable '\(name)'") {
            nc_def_var(identifier, name, type.rawValue, Int32(dimensions.count), identifiers, &variable)
        }
        if !chunk.isEmpty {
            try file.call("set chunks of '\(name)'") { nc_def_var_chunking(identifier, variable, NC_CHUNKED, chunk) }
            if deflate > 0 {
                // Shuffling the bytes first is what makes floating-point numbers compress at all.
                try file.call("set compression of '\(name)'") { nc_def_var_deflate(identifier, variable, 1, 1, Int32(deflate)) }
            }
        }
        return try self.variable(name)!
    }

    /// Ends definition and starts data.
    func endDefinition() throws { try file.call("end definition") { nc_enddef(identifier) } }

    /// Defines a group.
    func defineGroup(_ name: String) throws -> NetCDFGroup {
        var id: Int32 = 0
        try file.call("define group '\(name)'") { nc_def_grp(identifier, name, &id) }
        return NetCDFGroup(file: file, identifier: id, name: name)
    }

    /// Sets a global attribute.
    func setAttribute(_ name: String, _ value: AttributeValue) throws {
        try NetCDFAttributes.set(file, identifier, NC_GLOBAL, name, value)
    }

    // MARK: Reading

    /// Names and lengths of the dimensions of this group, in definition order.
    func dimensions() throws -> [(name: String, count: Int)] {
        var count: Int32 = 0
        try file.call("count dimensions") { nc_inq_dimids(identifier, &count, nil, 0) }
        var ids = [Int32](repeating: 0, count: Int(count))
        try file.call("list dimensions") { nc_inq_dimids(identifier, &count, &ids, 0) }
        return try ids.map { try dimension($0) }
    }

    func dimension(_ id: Int32) throws -> (name: String, count: Int) {
        var buffer = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 1)
        var count = 0
        try file.call("read a dimension") { nc_inq_dim(identifier, id, &buffer, &count) }
        return (string(buffer), count)
    }

    /// All variables of this group, in definition order.
    func variables() throws -> [NetCDFVariable] {
        var count: Int32 = 0
        try file.call("count variables") { nc_inq_varids(identifier, &count, nil) }
        var ids = [Int32](repeating: 0, count: Int(count))
        try file.call("list variables") { nc_inq_varids(identifier, &count, &ids) }
        return try ids.map { try NetCDFVariable(group: self, identifier: $0) }
    }

    /// The variable of that name, or nil.
    func variable(_ name: String) throws -> NetCDFVariable? {
        var id: Int32 = -1
        var status = NC_NOERR
        try file.call("look up variable '\(name)'") {
            status = nc_inq_varid(identifier, name, &id)
            return status == NC_ENOTVAR ? NC_NOERR : status
        }
        return status == NC_ENOTVAR ? nil : try NetCDFVariable(group: self, identifier: id)
    }

    /// Groups inside this one.
    func groups() throws -> [NetCDFGroup] {
        var count: Int32 = 0
        try file.call("count groups") { nc_inq_grps(identifier, &count, nil) }
        var ids = [Int32](repeating: 0, count: Int(count))
        try file.call("list groups") { nc_inq_grps(identifier, &count, &ids) }
        return try ids.map { id in
            var buffer = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 1)
            try file.call("read a group name") { nc_inq_grpname(id, &buffer) }
            return NetCDFGroup(file: file, identifier: id, name: string(buffer))
        }
    }

    /// The group of that name inside this one, or nil.
    func group(_ name: String) throws -> NetCDFGroup? { try groups().first { $0.name == name } }

    /// Global attributes by name.
    func attributes() throws -> [String: AttributeValue] { try NetCDFAttributes.all(file, identifier, NC_GLOBAL) }
}

/// A variable: its type, its dimensions and hyperslab access to its values.
struct NetCDFVariable: Sendable {
    let group: NetCDFGroup
    let identifier: Int32
    let name: String
    /// Stored type; nil for user-defined types (HDF5 enums, compounds).
    let type: NetCDFType?
    /// Dimension names, slowest first.
    let dimensions: [String]
    /// Extents, slowest first.
    let shape: [Int]

    init(group: NetCDFGroup, identifier: Int32) throws {
        var buffer = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 1)
        var type: Int32 = 0
        var rank: Int32 = 0
        try group.file.call("read a variable") { nc_inq_var(group.identifier, identifier, &buffer, &type, &rank, nil, nil) }
        var ids = [Int32](repeating: 0, count: Int(rank))
        try group.file.call("read the dimensions of a variable") { nc_inq_vardimid(group.identifier, identifier, &ids) }
        let dimensions = try ids.map { try group.dimension($0) }
        self.group = group
        self.identifier = identifier
        self.name = string(buffer)
        self.type = NetCDFType(rawValue: type)
        self.dimensions = dimensions.map(\.name)
        self.shape = dimensions.map(\.count)
        // Damaged and hostile files may claim any size; from here on products of extents are safe.
        var bytes = 8
        for extent in shape {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: max(extent, 1))
            guard !overflow else {
                throw DatasetsError.notNetCDF(path: group.file.path, reason: "variable '\(name)' claims the shape \(shape)")
            }
            bytes = product
        }
    }

    /// Number of values.
    var count: Int { shape.reduce(1, *) }

    /// Attributes by name.
    func attributes() throws -> [String: AttributeValue] { try NetCDFAttributes.all(group.file, group.identifier, identifier) }

    /// Sets an attribute.
    func setAttribute(_ name: String, _ value: AttributeValue) throws {
        try NetCDFAttributes.set(group.file, group.identifier, identifier, name, value)
    }

    /// Reads the box `start ..< start + count` into `target`, which must hold the product of `count` values.
    func read<N: NetCDFNumber>(start: [Int], count: [Int], into target: UnsafeMutablePointer<N>) throws {
        requireBox(start, count)
        try group.file.call("read variable '\(name)'", isShort: false) { N.get(group.identifier, identifier, start, count, target) }
    }

    /// Writes the box `start ..< start + count`.
    func write<N: NetCDFNumber>(start: [Int], count: [Int], from source: UnsafePointer<N>) throws {
        requireBox(start, count)
        try group.file.call("write variable '\(name)'") { N.put(group.identifier, identifier, start, count, source) }
    }

    /// All values; for coordinates and other small variables.
    func readAll<N: NetCDFNumber>(as type: N.Type = N.self) throws -> [N] {
        guard count <= 1 << 28 else {
            throw DatasetsError.invalid(
                path: group.file.path, item: "variable '\(name)'", found: "\(count) values", expected: "at most \(1 << 28)")
        }
        return try Array(unsafeUninitializedCapacity: count) { buffer, initialized in
            if count > 0 { try read(start: shape.map { _ in 0 }, count: shape, into: buffer.baseAddress!) }
            initialized = count
        }
    }

    /// Writes all values.
    func writeAll<N: NetCDFNumber>(_ values: [N]) throws {
        precondition(values.count == count, "\(values.count) values for variable '\(name)' of shape \(shape)")
        try values.withUnsafeBufferPointer { buffer in
            if count > 0 { try write(start: shape.map { _ in 0 }, count: shape, from: buffer.baseAddress!) }
        }
    }

    private func requireBox(_ start: [Int], _ count: [Int]) {
        precondition(
            start.count == shape.count && count.count == shape.count
                && zip(zip(start, count), shape).allSatisfy { $0.0 >= 0 && $0.1 >= 0 && $0.0 + $0.1 <= $1 },
            "box \(start) + \(count) of variable '\(name)' with shape \(shape)")
    }
}

/// Reading and writing attributes of files and variables.
private enum NetCDFAttributes {
    static func set(_ file: NetCDFFile, _ group: Int32, _ variable: Int32, _ name: String, _ value: AttributeValue) throws {
        try file.call("set attribute '\(name)'") {
            switch value {
            case .text(let text): nc_put_att_text(group, variable, name, text.utf8.count, text)
            case .real(let values): nc_put_att_double(group, variable, name, NC_DOUBLE, values.count, values)
            case .integer(let values): nc_put_att_int(group, variable, name, NC_INT, values.count, values.map { Int32($0) })
            case .bytes(let values): nc_put_att_schar(group, variable, name, NC_BYTE, values.count, values)
            case .unsigned(let number): withUnsafePointer(to: number) { nc_put_att_ulonglong(group, variable, name, NC_UINT64, 1, $0) }
            }
        }
    }

    static func all(_ file: NetCDFFile, _ group: Int32, _ variable: Int32) throws -> [String: AttributeValue] {
        var count: Int32 = 0
        try file.call("count attributes") {
            variable == NC_GLOBAL ? nc_inq_natts(group, &count) : nc_inq_varnatts(group, variable, &count)
        }
        var result: [String: AttributeValue] = [:]
        for index in 0..<count {
            var buffer = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 1)
            try file.call("read an attribute name") { nc_inq_attname(group, variable, index, &buffer) }
            let name = string(buffer)
            if let value = try get(file, group, variable, name) { result[name] = value }
        }
        return result
    }

    /// The value, or nil for types that Eddy has no use for (user-defined ones).
    private static func get(_ file: NetCDFFile, _ group: Int32, _ variable: Int32, _ name: String) throws -> AttributeValue? {
        var rawType: Int32 = 0
        var length = 0
        try file.call("read attribute '\(name)'") { nc_inq_att(group, variable, name, &rawType, &length) }
        guard let type = NetCDFType(rawValue: rawType) else { return nil }
        switch type {
        case .character:
            var bytes = [UInt8](repeating: 0, count: length)
            try bytes.withUnsafeMutableBytes { raw in
                guard let base = raw.baseAddress else { return }
                try file.call("read attribute '\(name)'") {
                    nc_get_att_text(group, variable, name, base.assumingMemoryBound(to: CChar.self))
                }
            }
            return .text(String(decoding: bytes, as: UTF8.self))
        case .string:
            var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: length)
            try file.call("read attribute '\(name)'") { nc_get_att_string(group, variable, name, &pointers) }
            let texts = pointers.map { $0.map { String(cString: $0) } ?? "" }
            try file.call("free attribute '\(name)'") { nc_free_string(length, &pointers) }
            return .text(texts.joined(separator: " "))
        case .unsignedInt64 where length == 1:
            var value: UInt64 = 0
            try file.call("read attribute '\(name)'") { nc_get_att_ulonglong(group, variable, name, &value) }
            return .unsigned(value)
        case .byte:
            var values = [Int8](repeating: 0, count: length)
            try file.call("read attribute '\(name)'") { nc_get_att_schar(group, variable, name, &values) }
            return .bytes(values)
        case .float, .double:
            var values = [Double](repeating: 0, count: length)
            try file.call("read attribute '\(name)'") { nc_get_att_double(group, variable, name, &values) }
            return .real(values)
        default:
            var values = [Int64](repeating: 0, count: length)
            try file.call("read attribute '\(name)'") { nc_get_att_longlong(group, variable, name, &values) }
            return .integer(values.map(Int.init))
        }
    }
}

private func string(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
