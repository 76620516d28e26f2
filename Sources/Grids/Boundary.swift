/// What holds at one side of the domain.
public enum BoundaryKind: String, Hashable, Codable, CaseIterable, Sendable {
    /// The field continues at the opposite side.
    case periodic
    /// The value is given.
    case dirichlet
    /// The normal derivative is given.
    case neumann
    /// A combination of value and normal derivative is given.
    case robin
    /// A solid wall (no flow through it; the solver says whether it slips).
    case wall
    /// An open or far-field side.
    case open
}

/// The two ends of an axis.
public enum Side: String, Hashable, Codable, CaseIterable, Sendable {
    /// Where the coordinate is least.
    case lower
    /// Where the coordinate is greatest.
    case upper
}

/// The kind of boundary at every side of the domain.
public struct Boundary: Hashable, Codable, Sendable {
    /// Kinds at the lower and upper side of one axis.
    public struct Sides: Hashable, Codable, Sendable {
        /// Kind where the coordinate is least.
        public var lower: BoundaryKind
        /// Kind where the coordinate is greatest.
        public var upper: BoundaryKind

        /// The kinds of both sides; periodic comes in pairs.
        public init(lower: BoundaryKind, upper: BoundaryKind) {
            precondition((lower == .periodic) == (upper == .periodic), "periodic on one side only: \(lower), \(upper)")
            self.lower = lower
            self.upper = upper
        }
    }

    /// Sides by axis name.
    public let sides: [String: Sides]

    /// Boundary with the given sides by axis name.
    public init(_ sides: [String: Sides]) { self.sides = sides }

    /// The same kind at every side of a grid.
    public init(_ kind: BoundaryKind, on grid: Grid) {
        self.init(Dictionary(uniqueKeysWithValues: grid.axes.map { ($0.name, Sides(lower: kind, upper: kind)) }))
    }

    /// The kind at one side; nil when the axis is not described.
    public func kind(axis: String, side: Side) -> BoundaryKind? {
        sides[axis].map { side == .lower ? $0.lower : $0.upper }
    }

    /// Whether the axis is periodic.
    public func isPeriodic(axis: String) -> Bool { sides[axis]?.lower == .periodic }
}
