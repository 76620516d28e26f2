import CNetCDF
import Foundation

/// An open NetCDF file (NetCDF-4, classic, or plain HDF5 for reading).
///
/// Closed by `close()` or when released.
final class NetCDFFile: @unchecked Sendable {
    /// Path as the user gave it, for messages.
    let path: String
    private let identifier: Int32
    private let writing: Bool
    // Written by close(), which only the owner calls.
    private var isOpen = true

    private init(path: String, identifier: Int32, writing: Bool) {
        self.path = path
        self.identifier = identifier
        self.writing = writing
    }

    deinit { try? close() }

    /// Creates a NetCDF-4 file, replacing what is there.
    static func create(_ path: String) throws -> NetCDFFile {
        var identifier: Int32 = -1
        try NetCDFLibrary.call("create", path: path, writing: true) {
            nc_create(absolute(path), NC_CLOBBER | NC_NETCDF4, &identifier)
        }
        let file = NetCDFFile(path: path, identifier: identifier, writing: true)
        var previous: Int32 = 0
        // Every value is written, so filling first would only write everything twice.
        try NetCDFLibrary.call("set fill mode", path: path, writing: true) { nc_set_fill(identifier, NC_NOFILL, &previous) }
        return file
    }

    /// Opens a file for reading.
    static func open(_ path: String) throws -> NetCDFFile {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw DatasetsError.noSuchFile(path: path) }
        guard !isFolder.boolValue else { throw DatasetsError.notNetCDF(path: path, reason: "it is a folder") }
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw DatasetsError.notNetCDF(path: path, reason: "no permission to read it")
        }
        try requireSignature(path)
        var identifier: Int32 = -1
        do {
            try NetCDFLibrary.call("open it", path: path) { nc_open(absolute(path), NC_NOWRITE, &identifier) }
        } catch DatasetsError.netCDF(_, _, let message) {
            throw DatasetsError.notNetCDF(path: path, reason: "truncated or damaged: \(message)")
        }
        return NetCDFFile(path: path, identifier: identifier, writing: false)
    }

    /// The root group.
    var root: NetCDFGroup { NetCDFGroup(file: self, identifier: identifier, name: "") }

    /// Flushes and closes; a full device is often only noticed here.
    func close() throws {
        guard isOpen else { return }
        isOpen = false
        try NetCDFLibrary.call("close", path: path, writing: writing) { nc_close(identifier) }
    }

    func call(_ operation: @autoclosure () -> String, isShort: Bool = true, _ body: () -> Int32) throws {
        try NetCDFLibrary.call(operation(), path: path, writing: writing, isShort: isShort, body)
    }

    /// NetCDF-C treats names like `http://...` as remote data and odd ones as Zarr stores; an absolute path never is.
    private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).path }

    /// Tells other formats apart before the library sees them, with a message that says what the file is not.
    private static func requireSignature(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw DatasetsError.notNetCDF(path: path, reason: "it cannot be opened")
        }
        defer { try? handle.close() }
        guard let head = try? handle.read(upToCount: 8), !head.isEmpty else {
            throw DatasetsError.notNetCDF(path: path, reason: "the file is empty")
        }
        let hdf5: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
        if Array(head) == hdf5 { return }
        if head.count >= 4, head.prefix(3) == Data("CDF".utf8), [1, 2, 5].contains(head[head.startIndex + 3]) { return }
        // MATLAB v7.3 puts its own 512 bytes before the HDF5 signature.
        if (try? handle.seek(toOffset: 512)) != nil, let later = try? handle.read(upToCount: 8), Array(later) == hdf5 { return }
        if head.starts(with: Data("MATLAB 5".utf8)) {
            throw DatasetsError.notNetCDF(path: path, reason: "a MATLAB file of version 5; save it in MATLAB with the option -v7.3")
        }
        throw DatasetsError.notNetCDF(path: path, reason: "neither a NetCDF nor an HDF5 signature")
    }
}
