import Foundation

/// The machine that a training or a measurement ran on.
public struct MachineDescription: Codable, Equatable, Sendable {
    /// Model of the processor.
    public let processor: String
    /// Cores that the process may use.
    public let cores: Int
    /// Bytes of memory.
    public let memory: UInt64
    /// Operating system and its version.
    public let system: String
    /// Name of the machine in the network.
    public let host: String

    /// The machine that this process runs on.
    public static var current: MachineDescription {
        let information = ProcessInfo.processInfo
        return MachineDescription(
            processor: processorName, cores: information.activeProcessorCount, memory: information.physicalMemory,
            system: information.operatingSystemVersionString, host: information.hostName)
    }

    private static var processorName: String {
        #if os(Linux)
            let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
            for key in ["model name", "Model", "Processor"] {
                for line in text.split(separator: "\n") where line.hasPrefix(key) {
                    if let value = line.split(separator: ":", maxSplits: 1).last { return value.trimmingCharacters(in: .whitespaces) }
                }
            }
            return "unknown"
        #else
            var size = 0
            sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
            var name = [CChar](repeating: 0, count: max(size, 1))
            sysctlbyname("machdep.cpu.brand_string", &name, &size, nil, 0)
            return String(cString: name)
        #endif
    }
}
