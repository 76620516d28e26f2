/// What holds at the four sides of the domain of a wave equation.
public struct WaveBoundary: Hashable, Codable, Sendable {
    /// The condition at one side.
    public enum Condition: String, Hashable, Codable, CaseIterable, Sendable {
        /// The field continues at the opposite side; comes in pairs.
        case periodic
        /// `u = 0`: reflects with opposite sign.
        case dirichlet
        /// `du/dn = 0`: reflects with the same sign.
        case neumann
        /// `u_t + c du/dn = 0`: lets waves out that arrive perpendicularly; of those at angle `theta` to the normal the share
        /// `(1 - cos theta) / (1 + cos theta)` comes back.
        ///
        /// Reference: B. Engquist, A. Majda, "Absorbing boundary conditions for the numerical simulation of waves", Math. Comp. 31 (1977) 629,
        /// first condition, doi:10.1090/S0025-5718-1977-0436612-4.
        case absorbing
    }

    /// Condition where `x` is least.
    public var west: Condition
    /// Condition where `x` is greatest.
    public var east: Condition
    /// Condition where `y` is least.
    public var south: Condition
    /// Condition where `y` is greatest.
    public var north: Condition

    /// The given conditions; periodic ones in pairs.
    public init(west: Condition, east: Condition, south: Condition, north: Condition) {
        precondition((west == .periodic) == (east == .periodic), "periodic on one side only: west \(west), east \(east)")
        precondition((south == .periodic) == (north == .periodic), "periodic on one side only: south \(south), north \(north)")
        self.west = west
        self.east = east
        self.south = south
        self.north = north
    }

    /// The same condition at every side.
    public init(_ condition: Condition) { self.init(west: condition, east: condition, south: condition, north: condition) }

    /// Whether a wave can leave the domain.
    public var isAbsorbing: Bool { [west, east, south, north].contains(.absorbing) }
}
