import Foundation

/// The few file operations that make writing crash-safe: temporary name, fsync, rename, fsync of the folder.
enum FileSystem {
    /// Creates a folder and its parents.
    static func createFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            let code = ((error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError)?.code
            throw DatasetsError.cannotWrite(
                path: path, reason: "the folder cannot be created: \(code.map { message(Int32($0)) } ?? error.localizedDescription)")
        }
    }

    /// Whether anything exists at `path`.
    static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    /// Forces a file (or the entries of a folder) to the device.
    static func synchronize(_ path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw DatasetsError.cannotWrite(path: path, reason: message(errno)) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else {
            let code = errno
            throw code == ENOSPC ? noSpace(path) : DatasetsError.cannotWrite(path: path, reason: message(code))
        }
    }

    /// Gives a finished temporary file its name: fsync, rename, fsync of the folder.
    static func commit(_ temporary: String, as path: String) throws {
        try synchronize(temporary)
        guard rename(temporary, path) == 0 else { throw DatasetsError.cannotWrite(path: path, reason: message(errno)) }
        try synchronize(folder(of: path))
    }

    /// Writes bytes under a temporary name and renames.
    static func write(_ data: Data, to path: String) throws {
        let temporary = temporaryName(for: path)
        do {
            try data.write(to: URL(fileURLWithPath: temporary))
            try commit(temporary, as: path)
        } catch {
            remove(temporary)
            if let error = error as? DatasetsError { throw error }
            throw available(path) < data.count
                ? noSpace(path, needed: data.count)
                : DatasetsError.cannotWrite(path: path, reason: error.localizedDescription)
        }
    }

    /// Removes a file or a folder with its content, if it exists.
    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// A hidden name beside `path`, of this process, that is renamed when complete.
    static func temporaryName(for path: String) -> String {
        let url = URL(fileURLWithPath: path)
        let unique = UInt64.random(in: .min ... .max)
        return folder(of: path) + "/.\(url.lastPathComponent).\(String(unique, radix: 36)).tmp"
    }

    /// Removes the temporary files that killed processes have left beside `path`.
    static func removeTemporaries(of path: String) {
        let folder = folder(of: path)
        let prefix = ".\(URL(fileURLWithPath: path).lastPathComponent)."
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(prefix) && name.hasSuffix(".tmp") {
            remove(folder + "/" + name)
        }
    }

    /// The folder that holds `path`.
    static func folder(of path: String) -> String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

    /// Bytes available to this process on the device that holds `path`.
    static func available(_ path: String) -> Int {
        var statistics = statvfs()
        guard statvfs(exists(path) ? path : folder(of: path), &statistics) == 0 else { return .max }
        return Int(clamping: UInt64(statistics.f_bavail).multipliedReportingOverflow(by: UInt64(statistics.f_frsize)).partialValue)
    }

    static func noSpace(_ path: String, needed: Int? = nil) -> DatasetsError {
        .noSpace(path: path, needed: needed, available: available(path))
    }

    /// The system's words, with a hint where the remedy is not plain.
    static func message(_ code: Int32) -> String {
        let message = String(cString: strerror(code))
        return [EROFS, EACCES, EPERM].contains(code) ? message + "; choose a folder that you may write to" : message
    }
}
