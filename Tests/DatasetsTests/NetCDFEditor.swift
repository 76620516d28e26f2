import CNetCDF
import Datasets
import Foundation

/// Makes and damages NetCDF files through the C library, independently of the code under test.
struct NetCDFEditor {
    let file: Int32

    struct Failure: Error { let message: String }

    static func check(_ status: Int32) throws {
        guard status == NC_NOERR else { throw Failure(message: String(cString: nc_strerror(status))) }
    }

    /// Opens an existing file for changes.
    static func edit(_ path: String, _ body: (NetCDFEditor) throws -> Void) throws {
        try NetCDFLibrary.exclusively {
            var file: Int32 = 0
            try check(nc_open(path, NC_WRITE, &file))
            defer { nc_close(file) }
            nc_redef(file)
            try body(NetCDFEditor(file: file))
        }
    }

    /// Creates a file.
    static func create(_ path: String, _ body: (NetCDFEditor) throws -> Void) throws {
        try NetCDFLibrary.exclusively {
            var file: Int32 = 0
            try check(nc_create(path, NC_CLOBBER | NC_NETCDF4, &file))
            defer { nc_close(file) }
            try body(NetCDFEditor(file: file))
        }
    }

    func variable(_ name: String) throws -> Int32 {
        if name.isEmpty { return NC_GLOBAL }
        var id: Int32 = 0
        try Self.check(nc_inq_varid(file, name, &id))
        return id
    }

    func setText(_ name: String, _ value: String, variable: String = "") throws {
        try Self.check(nc_put_att_text(file, try self.variable(variable), name, value.utf8.count, value))
    }

    func setNumber(_ name: String, _ value: Double, variable: String = "") throws {
        try withUnsafePointer(to: value) {
            try Self.check(nc_put_att_double(file, try self.variable(variable), name, NC_DOUBLE, 1, $0))
        }
    }

    func remove(_ name: String, variable: String = "") throws {
        try Self.check(nc_del_att(file, try self.variable(variable), name))
    }

    func rename(_ name: String, to new: String) throws { try Self.check(nc_rename_var(file, try variable(name), new)) }

    func renameDimension(_ name: String, to new: String) throws {
        var id: Int32 = 0
        try Self.check(nc_inq_dimid(file, name, &id))
        try Self.check(nc_rename_dim(file, id, new))
    }

    /// Sets one value of a variable.
    func set(_ name: String, _ index: [Int], _ value: Double) throws {
        try withUnsafePointer(to: Float(value)) { try Self.check(nc_put_var1_float(file, try variable(name), index, $0)) }
    }

    /// Sets a box of values to one value.
    func fill(_ name: String, from start: [Int], count: [Int], _ value: Double) throws {
        let values = [Double](repeating: value, count: count.reduce(1, *))
        try Self.check(nc_put_vara_double(file, try variable(name), start, count, values))
    }

    func group(_ name: String) throws -> NetCDFEditor {
        var id: Int32 = 0
        try Self.check(nc_def_grp(file, name, &id))
        return NetCDFEditor(file: id)
    }

    func dimension(_ name: String, _ count: Int) throws {
        var id: Int32 = 0
        try Self.check(nc_def_dim(file, name, count, &id))
    }

    /// Defines a variable on existing dimensions and writes its values.
    func define(_ name: String, _ dimensions: [String], _ values: [Double], type: Int32 = NC_FLOAT) throws {
        let ids = try dimensions.map { dimension -> Int32 in
            var id: Int32 = 0
            try Self.check(nc_inq_dimid(file, dimension, &id))
            return id
        }
        var id: Int32 = 0
        try Self.check(nc_def_var(file, name, type, Int32(ids.count), ids, &id))
        if !values.isEmpty { try Self.check(nc_put_var_double(file, id, values)) }
    }
}
