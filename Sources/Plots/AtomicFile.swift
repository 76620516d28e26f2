import Foundation

/// Files that appear whole or not at all: temporary name, flush to disk, rename.
enum AtomicFile {
    /// Writes `data` to `url`.
    ///
    /// - Throws: `PlotError.unwritable`.
    static func write(_ data: Data, to url: URL) throws {
        let temporary = url.deletingLastPathComponent().appendingPathComponent(".\(url.lastPathComponent).\(UUID().uuidString).part")
        func failure() -> PlotError { .unwritable(file: url.path, reason: String(cString: strerror(errno))) }
        let descriptor = open(temporary.path, O_WRONLY | O_CREAT | O_EXCL, 0o644)
        guard descriptor >= 0 else { throw failure() }
        do {
            try data.withUnsafeBytes { bytes in
                var written = 0
                while written < bytes.count {
                    let count = Foundation.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                    if count < 0 {
                        if errno == EINTR { continue }
                        throw failure()
                    }
                    written += count
                }
            }
            guard fsync(descriptor) == 0 else { throw failure() }
            close(descriptor)
            guard rename(temporary.path, url.path) == 0 else { throw failure() }
        } catch {
            unlink(temporary.path)
            throw error
        }
    }
}
