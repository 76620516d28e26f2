import Foundation
import Synchronization

/// A small text file of this machine's measurements (FFT plans, chosen implementations), kept so that a later run chooses the same.
///
/// The folder is `$EDDY_CACHE`, or `eddy` in `$XDG_CACHE_HOME` or `~/.cache`, with one subfolder for each kind of processor, because a
/// home directory may be shared by unlike machines. `EDDY_CACHE` set to the empty string keeps nothing. What is stored only saves time and
/// fixes choices, so a file that cannot be read counts as absent and a folder that cannot be written is not an error.
///
/// A change is written a second later, and at the latest at the end of the process: to a temporary name, synchronised, then renamed.
public final class CacheFile: Sendable {
    /// The file's name in its folder.
    public let name: String
    private let folder: URL?
    private let contents: @Sendable (_ onDisk: String?) -> String
    private let isDirty = Mutex(false)

    /// A file `name` whose text is `contents(onDisk)`, where `onDisk` is what another process may have written meanwhile.
    public init(name: String, in folder: URL? = CacheFile.folder, contents: @escaping @Sendable (_ onDisk: String?) -> String) {
        self.name = name
        self.folder = folder
        self.contents = contents
    }

    /// The text stored by an earlier run, or nil.
    public func read() -> String? {
        guard let folder else { return nil }
        return try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    /// Arranges for the file to be written soon.
    public func setNeedsSave() {
        guard folder != nil else { return }
        let wasDirty = isDirty.withLock { dirty in
            defer { dirty = true }
            return dirty
        }
        guard !wasDirty else { return }
        CacheFile.pending.withLock { $0.append(self) }
        _ = CacheFile.savesAtExit
        DispatchQueue.global(qos: .utility).asyncAfter(deadline: .now() + 1) { self.save() }
    }

    /// Writes the file now if it has changed.
    public func save() {
        let wasDirty = isDirty.withLock { dirty in
            defer { dirty = false }
            return dirty
        }
        guard wasDirty, let folder else { return }
        CacheFile.pending.withLock { $0.removeAll { $0 === self } }
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let target = folder.appendingPathComponent(name)
        let lock = open(folder.appendingPathComponent(".lock").path, O_CREAT | O_RDWR, 0o644)
        guard lock >= 0 else { return }
        defer { close(lock) }
        guard flock(lock, LOCK_EX) == 0 else { return }
        // Who holds the lock is the only one who writes, so temporary files of this name are those of processes that were killed.
        for other in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where other.hasPrefix(name + ".") && other.hasSuffix(".tmp") {
            unlink(folder.appendingPathComponent(other).path)
        }
        let temporary = folder.appendingPathComponent("\(name).\(getpid()).tmp")
        let text = Data(contents(read()).utf8)
        let file = open(temporary.path, O_CREAT | O_WRONLY | O_TRUNC, 0o644)
        guard file >= 0 else { return }
        let written = text.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        let isComplete = written == text.count && fsync(file) == 0
        close(file)
        if !isComplete || rename(temporary.path, target.path) != 0 { unlink(temporary.path) }
    }

    private static let pending = Mutex<[CacheFile]>([])

    private static let savesAtExit: Void = {
        atexit { for file in CacheFile.pending.withLock({ $0 }) { file.save() } }
    }()

    /// The folder of all such files on this kind of machine, or nil if nothing is to be kept.
    public static let folder: URL? = {
        let environment = ProcessInfo.processInfo.environment
        let root: URL
        if let chosen = environment["EDDY_CACHE"] {
            if chosen.isEmpty { return nil }
            root = URL(fileURLWithPath: chosen)
        } else if let caches = environment["XDG_CACHE_HOME"], !caches.isEmpty {
            root = URL(fileURLWithPath: caches).appendingPathComponent("eddy")
        } else {
            root = URL(fileURLWithPath: NSHomeDirectory()).appendingPathComponent(".cache/eddy")
        }
        return root.appendingPathComponent(processorName)
    }()

    /// The kind of processor as a file name, for example `authenticamd-25-17-amd-epyc-9654`.
    static let processorName: String = {
        #if os(Linux)
            var values: [String: String] = [:]
            let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.isEmpty { break }
                let parts = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if parts.count == 2 { values[parts[0]] = parts[1] }
            }
            let name = ["vendor_id", "cpu family", "model", "model name"].compactMap { values[$0] }.joined(separator: " ")
        #else
            var size = 0
            sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
            var bytes = [UInt8](repeating: 0, count: size)
            sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0)
            let name = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        #endif
        let words = name.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
        return words.isEmpty ? "unknown" : words.joined(separator: "-")
    }()
}
