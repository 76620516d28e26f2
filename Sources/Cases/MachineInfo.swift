import Foundation

/// The machine that a run happens on.
public enum MachineInfo {
    /// Largest resident memory of this process so far, in bytes (0 where the system does not tell).
    public static var peakResidentBytes: Int { statusBytes("VmHWM:") }

    /// Resident memory of this process now, in bytes (0 where the system does not tell).
    public static var residentBytes: Int { statusBytes("VmRSS:") }

    /// Number of cores.
    public static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// Name of the processor, or `unknown`.
    public static var processor: String { field("/proc/cpuinfo", "model name") ?? "unknown" }

    /// Physical memory in bytes.
    public static var memoryBytes: Int { Int(ProcessInfo.processInfo.physicalMemory) }

    /// Operating system and its version.
    public static var system: String { ProcessInfo.processInfo.operatingSystemVersionString }

    private static func statusBytes(_ key: String) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
            let number = line.split(separator: "\t").last?.split(separator: " ").first(where: { !$0.isEmpty })
        else { return 0 }
        return (Int(number) ?? 0) * 1024
    }

    private static func field(_ path: String, _ key: String) -> String? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) })
        else { return nil }
        return line.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
    }
}
