import Numerics

/// What holds at the four sides of the domain of a Helmholtz equation.
public struct HelmholtzBoundary: Sendable, Equatable {
    /// The condition at one side with its values at the nodes of the side, by increasing coordinate, corners included.
    public struct Side: Sendable, Equatable {
        /// Which condition.
        public enum Kind: String, Hashable, Codable, CaseIterable, Sendable {
            /// `u = g`.
            case dirichlet
            /// `du/dn = g`, `n` pointing out.
            case neumann
            /// `du/dn - i k u = g`: with `g = 0` waves `exp(i(k n - omega t))` leave perpendicularly without reflection.
            case impedance
        }

        /// Which condition.
        public var kind: Kind
        /// `g` at the nodes of the side.
        public var values: [Complex<Double>]

        /// The given condition.
        public init(_ kind: Kind, _ values: [Complex<Double>]) {
            self.kind = kind
            self.values = values
        }

        /// `u = values`.
        public static func dirichlet(_ values: [Double]) -> Side { Side(.dirichlet, values.map { Complex($0, 0) }) }

        /// `du/dn = values`, `n` pointing out.
        public static func neumann(_ values: [Double]) -> Side { Side(.neumann, values.map { Complex($0, 0) }) }

        /// `du/dn - i k u = values`.
        public static func impedance(_ values: [Double]) -> Side { Side(.impedance, values.map { Complex($0, 0) }) }
    }

    /// Condition where `x` is least.
    public var west: Side
    /// Condition where `x` is greatest.
    public var east: Side
    /// Condition where `y` is least.
    public var south: Side
    /// Condition where `y` is greatest.
    public var north: Side

    /// The given conditions; where sides meet, a Dirichlet condition prevails (that of west or east over south or north).
    public init(west: Side, east: Side, south: Side, north: Side) {
        self.west = west
        self.east = east
        self.south = south
        self.north = north
    }

    /// The same homogeneous condition at every side of a grid of `shape` `[ny, nx]`.
    public init(_ kind: Side.Kind, shape: [Int]) {
        let (vertical, horizontal) = (Side(kind, Array(repeating: 0, count: shape[0])), Side(kind, Array(repeating: 0, count: shape[1])))
        self.init(west: vertical, east: vertical, south: horizontal, north: horizontal)
    }
}
