import Foundation

/// An open file that is read at given positions.
///
/// Reads with `pread` instead of mapping: a file truncated under a mapping kills the process, a short read is an error with a message.
package final class FileReader: Sendable {
    package let path: String
    /// Size in bytes when the file was opened.
    package let byteCount: Int
    private let descriptor: Int32

    /// Opens a regular file.
    ///
    /// - Throws: ``TrainingError/cannotRead(file:reason:)``.
    package init(path: String) throws(TrainingError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .cannotRead(file: path, reason: String(cString: strerror(errno))) }
        var information = stat()
        guard fstat(descriptor, &information) == 0, information.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw .cannotRead(file: path, reason: "not a regular file")
        }
        byteCount = Int(information.st_size)
    }

    deinit { close(descriptor) }

    /// Fills `target` from position `offset`.
    package func read(at offset: Int, into target: UnsafeMutableRawBufferPointer) throws(TrainingError) {
        var done = 0
        while done < target.count {
            let count = pread(descriptor, target.baseAddress! + done, min(target.count - done, 1 << 30), off_t(offset + done))
            if count < 0 {
                if errno == EINTR { continue }
                throw .cannotRead(file: path, reason: String(cString: strerror(errno)))
            }
            if count == 0 { throw .cannotRead(file: path, reason: "the file became shorter while it was read") }
            done += count
        }
    }

    /// `count` bytes from position `offset`; the caller has checked that the file has them.
    package func bytes(at offset: Int, count: Int) throws(TrainingError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 8)
        defer { buffer.deallocate() }
        try read(at: offset, into: buffer)
        return Array(buffer)
    }
}
