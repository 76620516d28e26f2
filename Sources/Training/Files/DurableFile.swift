import Foundation

/// Files that appear whole or not at all: written under a temporary name, flushed to the disk, then renamed.
///
/// A process killed at any moment leaves either the old file or the new one under the real name; a left-over `NAME.tmp` is overwritten
/// by the next write.
package enum DurableFile {
    /// Creates or replaces `path` with what `body` writes.
    ///
    /// - Throws: ``TrainingError/cannotWrite(file:reason:)``, and what `body` throws; the old file is then untouched.
    package static func write(to path: String, _ body: (borrowing FileWriter) throws -> Void) throws {
        let temporary = path + ".tmp"
        do {
            let writer = try FileWriter(creating: temporary, reportedAs: path)
            try body(writer)
            try writer.synchronize()
        } catch {
            unlink(temporary)
            throw error
        }
        try rename(temporary, to: path)
    }

    /// Creates or replaces `path` with text in UTF-8.
    package static func write(_ text: String, to path: String) throws {
        try write(to: path) { try $0.write(Array(text.utf8)) }
    }

    /// Renames a file or folder and flushes the folder that holds it, so that the new name survives a loss of power.
    package static func rename(_ old: String, to new: String) throws {
        guard Foundation.rename(old, new) == 0 else { throw TrainingError.cannotWrite(file: new, reason: systemMessage()) }
        try synchronizeFolder(folder(of: new))
    }

    /// The folder part of a path: `a` of `a/b` and of `a/b/`, `/` of `/a`, nothing of `a`.
    ///
    /// Foundation's `deletingLastPathComponent` traps on Linux when a path is a single character.
    package static func folder(of path: String) -> String {
        let name = path[...].dropLast(while: "/")
        guard let slash = name.lastIndex(of: "/") else { return path.hasPrefix("/") ? "/" : "" }
        let folder = name[..<slash].dropLast(while: "/")
        return folder.isEmpty ? "/" : String(folder)
    }

    /// Flushes the entries of a folder.
    package static func synchronizeFolder(_ path: String) throws {
        let folder = path.isEmpty ? "." : path
        let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw TrainingError.cannotWrite(file: folder, reason: systemMessage()) }
        defer { close(descriptor) }
        // Some network file systems cannot flush a folder and say so with EINVAL; the rename itself has been done.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw TrainingError.cannotWrite(file: folder, reason: systemMessage())
        }
    }

    /// The system's words for the last error, with a hint where the remedy is not plain.
    package static func systemMessage(_ code: Int32 = errno) -> String {
        let message = String(cString: strerror(code))
        switch code {
        case ENOSPC, EDQUOT: return message + "; free some space and start again with --resume"
        case EROFS, EACCES, EPERM: return message + "; choose a folder that you may write to"
        default: return message
        }
    }

    /// The same for a file or folder that was there when the run began.
    package static func systemMessageDuringRun(_ code: Int32 = errno) -> String {
        code == ENOENT ? systemMessage(code) + "; removed during the run? start again with --resume" : systemMessage(code)
    }
}

/// An open file that is written from front to back.
package struct FileWriter: ~Copyable {
    private let descriptor: Int32
    private let name: String

    /// Creates or empties a file; errors name `reportedAs`.
    init(creating path: String, reportedAs name: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw TrainingError.cannotWrite(file: name, reason: DurableFile.systemMessage()) }
        self.init(adopting: descriptor, reportedAs: name)
    }

    /// Takes over an open file.
    init(adopting descriptor: Int32, reportedAs name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    deinit { close(descriptor) }

    /// Appends bytes.
    package func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    /// Appends bytes; a write cut short by a signal or a full device is continued or reported.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            // One call writes at most about 2 GiB on Linux and macOS.
            let count = Foundation.write(descriptor, bytes.baseAddress! + done, min(bytes.count - done, 1 << 30))
            if count < 0 {
                if errno == EINTR { continue }
                throw TrainingError.cannotWrite(file: name, reason: DurableFile.systemMessage())
            }
            done += count
        }
    }

    /// Waits until the device has everything.
    func synchronize() throws {
        guard fsync(descriptor) == 0 else { throw TrainingError.cannotWrite(file: name, reason: DurableFile.systemMessage()) }
    }
}

extension Substring {
    fileprivate func dropLast(while character: Character) -> Substring {
        var rest = self
        while rest.last == character { rest.removeLast() }
        return rest
    }
}
