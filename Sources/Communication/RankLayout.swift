import Foundation

/// Where the ranks run, and which share of the cores each has.
public struct RankLayout: Sendable, Equatable {
    /// What one rank says of itself.
    public struct Place: Codable, Sendable, Equatable {
        /// Name of its machine.
        public var host: String
        /// Kind of its processor.
        public var processor: String
        /// Numbers of the cores that the launcher lets it use.
        public var cores: [Int]
        /// Cores of the machine.
        public var coresOfMachine: Int

        /// A place.
        public init(host: String, processor: String, cores: [Int], coresOfMachine: Int) {
            self.host = host
            self.processor = processor
            self.cores = cores
            self.coresOfMachine = coresOfMachine
        }
    }

    /// The places of the ranks, in order.
    public let places: [Place]

    /// A layout of given places.
    public init(_ places: [Place]) {
        precondition(!places.isEmpty, "a layout of no ranks")
        self.places = places
    }

    /// Asks all ranks for their places; `processor` names the kind of processor of this machine.
    public init(of communicator: some Communicator, processor: String) throws {
        let own = Place(
            host: ProcessInfo.processInfo.hostName, processor: processor, cores: Self.allowedCores,
            coresOfMachine: Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let all = try communicator.gather { own }
        places = try communicator.lead { all }
    }

    /// Threads for a rank: its cores, of which those that other ranks of its machine may use as well count as shares; at least 1.
    public func threads(of rank: Int) -> Int {
        let place = places[rank]
        let neighbours = places.filter { $0.host == place.host }.map { Set($0.cores) }
        let share = place.cores.reduce(0.0) { sum, core in sum + 1 / Double(neighbours.count { $0.contains(core) }) }
        return max(1, Int(share + 1e-9))
    }

    /// Number of machines.
    public var machines: Int { Set(places.map(\.host)).count }

    /// Kinds of processors, sorted.
    public var processors: [String] { Set(places.map(\.processor)).sorted() }

    /// The machine of which the ranks may use the smallest fraction of the cores, if that is less than all.
    public var leastUsed: (host: String, used: Int, cores: Int)? {
        let hosts = Dictionary(grouping: places, by: \.host).map { host, places in
            (host: host, used: places.reduce(into: Set<Int>()) { $0.formUnion($1.cores) }.count, cores: places[0].coresOfMachine)
        }
        return hosts.filter { $0.used < $0.cores }.min { ($0.used * $1.cores, $0.host) < ($1.used * $0.cores, $1.host) }
    }

    /// Cores that the system lets this process run on.
    static var allowedCores: [Int] {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        let cores = line.map { Self.cores(inList: $0.drop { $0 != ":" }.dropFirst()) } ?? []
        return cores.isEmpty ? Array(0..<ProcessInfo.processInfo.activeProcessorCount) : cores
    }

    /// Numbers in a list of the kernel, such as `0-3,8`.
    package static func cores(inList list: some StringProtocol) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
            guard let first = ends.first, let last = ends.last, first <= last else { return [] }
            return Array(first...last)
        }
    }
}
