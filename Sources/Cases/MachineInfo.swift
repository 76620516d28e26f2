import Foundation

/// Memory of the machine and of this process; `MachineDescription` says the rest.
public enum MachineInfo {
    /// Largest resident memory of this process so far, in bytes (0 where the system does not tell).
    public static var peakResidentBytes: Int { statusBytes("VmHWM:") }

    /// Resident memory of this process now, in bytes (0 where the system does not tell).
    public static var residentBytes: Int { statusBytes("VmRSS:") }

    private static func statusBytes(_ key: String) -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(key) }),
            let number = line.split(separator: "\t").last?.split(separator: " ").first(where: { !$0.isEmpty })
        else { return 0 }
        return (Int(number) ?? 0) * 1024
    }

    /// Physical memory in bytes.
    public static var memoryBytes: Int { Int(ProcessInfo.processInfo.physicalMemory) }
}
