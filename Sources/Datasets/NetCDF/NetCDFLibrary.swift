import CNetCDF
import Foundation

/// The only door to NetCDF-C.
///
/// Neither it nor HDF5 is thread-safe, so every call holds one lock, and every status is checked here.
package enum NetCDFLibrary {
    private static let lock = NSLock()

    /// `H5Eset_auto2` of the HDF5 library inside NetCDF-C, which has no interface of its own for this.
    private static let setErrorPrinting: (@convention(c) (Int64, UnsafeRawPointer?, UnsafeRawPointer?) -> Int32)? = {
        let program = dlopen(nil, RTLD_NOW)
        // Files appear by renaming, so nobody reads one that is being written. HDF5's own locks fail on many network file systems, and outlive
        // the file in child processes.
        setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0)
        // HDF5 tries at exit to flush files that it could not close on a full device, and crashes; every file is closed here.
        if let symbol = dlsym(program, "H5dont_atexit") { _ = unsafeBitCast(symbol, to: (@convention(c) () -> Int32).self)() }
        guard let symbol = dlsym(program, "H5Eset_auto2") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) (Int64, UnsafeRawPointer?, UnsafeRawPointer?) -> Int32).self)
    }()

    /// Runs code that calls NetCDF-C itself while nobody else does.
    package static func exclusively<R>(_ body: () throws -> R) rethrows -> R {
        lock.lock()
        defer { lock.unlock() }
        _ = setErrorPrinting?(0, nil, nil)
        return try body()
    }

    /// Runs one library call under the lock and throws when it fails.
    static func call(
        _ operation: @autoclosure () -> String, path: String, writing: Bool = false, isShort: Bool = true, _ body: () -> Int32
    ) throws {
        lock.lock()
        // HDF5 prints its error stack by default, and keeps that setting for each thread apart; errors are reported here instead.
        _ = setErrorPrinting?(0, nil, nil)
        errno = 0
        let status = writing ? body() : DamagedFileGuard.reading(path, isShort: isShort, body)
        let code = errno
        lock.unlock()
        guard status != NC_NOERR else { return }
        throw error(status, code: code, operation: operation(), path: path, writing: writing)
    }

    /// Statuses of reading that come from the content of a file.
    private static let damage: Set<Int32> = [
        NC_ENOTNC, NC_EHDFERR, NC_EDIMMETA, NC_EATTMETA, NC_EVARMETA, NC_ENOCOMPOUND, NC_EATTEXISTS, NC_EBADTYPE, NC_EBADDIM, NC_ENOTATT,
        NC_EINTERNAL,
        NC_EFILTER, NC_ENOTBUILT, NC_EBADCHUNK, NC_EBADNAME, NC_EBADGRPID, NC_ETYPDEFINED, NC_EBADFIELD, NC_EBADCLASS,
    ]

    private static func error(_ status: Int32, code: Int32, operation: String, path: String, writing: Bool) -> DatasetsError {
        let message = status > 0 ? FileSystem.message(status) : String(cString: nc_strerror(status))
        if writing {
            // HDF5 reports a full device as its own error; errno or the device itself says why.
            if code == ENOSPC || status == ENOSPC || FileSystem.available(path) < 1 << 16 { return FileSystem.noSpace(path) }
            if code == EDQUOT || code == EACCES || code == EROFS || code == EPERM {
                return .cannotWrite(path: path, reason: FileSystem.message(code))
            }
            if status > 0 || status == NC_EPERM { return .cannotWrite(path: path, reason: message) }
        }
        // What the library says of damaged content ("HDF error", "Unknown file format") is about its own insides.
        if !writing, damage.contains(status) { return .notNetCDF(path: path, reason: "truncated or damaged: could not \(operation)") }
        return .netCDF(path: path, operation: operation, message: message)
    }
}

/// The number types that Eddy reads and writes.
enum NetCDFType: Int32, Sendable {
    case byte = 1
    case character = 2
    case short = 3
    case int = 4
    case float = 5
    case double = 6
    case unsignedByte = 7
    case unsignedShort = 8
    case unsignedInt = 9
    case int64 = 10
    case unsignedInt64 = 11
    case string = 12

    /// Name as in CDL.
    var name: String {
        switch self {
        case .byte: "byte"
        case .character: "char"
        case .short: "short"
        case .int: "int"
        case .float: "float"
        case .double: "double"
        case .unsignedByte: "ubyte"
        case .unsignedShort: "ushort"
        case .unsignedInt: "uint"
        case .int64: "int64"
        case .unsignedInt64: "uint64"
        case .string: "string"
        }
    }

    /// Bytes of one value; nil for strings.
    var size: Int? {
        switch self {
        case .byte, .character, .unsignedByte: 1
        case .short, .unsignedShort: 2
        case .int, .float, .unsignedInt: 4
        case .double, .int64, .unsignedInt64: 8
        case .string: nil
        }
    }

    /// Whether values are numbers.
    var isNumeric: Bool { self != .character && self != .string }
}

/// A Swift number that NetCDF-C can read into and write from, converting where the stored type differs.
protocol NetCDFNumber: BitwiseCopyable, Sendable {
    static var netCDFType: NetCDFType { get }
    static func get(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ target: UnsafeMutablePointer<Self>) -> Int32
    static func put(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ source: UnsafePointer<Self>) -> Int32
}

extension Float: NetCDFNumber {
    static var netCDFType: NetCDFType { .float }
    static func get(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ target: UnsafeMutablePointer<Float>) -> Int32 {
        nc_get_vara_float(file, variable, start, count, target)
    }
    static func put(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ source: UnsafePointer<Float>) -> Int32 {
        nc_put_vara_float(file, variable, start, count, source)
    }
}

extension Double: NetCDFNumber {
    static var netCDFType: NetCDFType { .double }
    static func get(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ target: UnsafeMutablePointer<Double>) -> Int32 {
        nc_get_vara_double(file, variable, start, count, target)
    }
    static func put(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ source: UnsafePointer<Double>) -> Int32 {
        nc_put_vara_double(file, variable, start, count, source)
    }
}

extension Int32: NetCDFNumber {
    static var netCDFType: NetCDFType { .int }
    static func get(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ target: UnsafeMutablePointer<Int32>) -> Int32 {
        nc_get_vara_int(file, variable, start, count, target)
    }
    static func put(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ source: UnsafePointer<Int32>) -> Int32 {
        nc_put_vara_int(file, variable, start, count, source)
    }
}

extension Int8: NetCDFNumber {
    static var netCDFType: NetCDFType { .byte }
    static func get(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ target: UnsafeMutablePointer<Int8>) -> Int32 {
        nc_get_vara_schar(file, variable, start, count, target)
    }
    static func put(_ file: Int32, _ variable: Int32, _ start: [Int], _ count: [Int], _ source: UnsafePointer<Int8>) -> Int32 {
        nc_put_vara_schar(file, variable, start, count, source)
    }
}
