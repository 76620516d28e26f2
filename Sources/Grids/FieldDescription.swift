/// What a field means: name, units, role, where it lives and what it depends on.
public struct FieldDescription: Hashable, Codable, Sendable {
    /// The part a field plays in the equation.
    public enum Role: String, Hashable, Codable, CaseIterable, Sendable {
        /// An unknown of the equation.
        case state
        /// A number or function the equation depends on.
        case parameter
        /// A source term.
        case forcing
        /// A coefficient field of the operator.
        case coefficient
        /// 1 inside the domain, 0 outside.
        case mask
        /// A physical coordinate of a curvilinear grid.
        case coordinate
        /// Values prescribed on a boundary.
        case boundary
        /// A measured property of the solution (error, drift, force); missing values are allowed.
        case diagnostic
    }

    /// Where in a cell the values live.
    public enum Location: String, Hashable, Codable, CaseIterable, Sendable {
        /// Cell corners (points of the grid).
        case node
        /// Cell centres.
        case center
        /// Faces normal to x.
        case faceX = "face_x"
        /// Faces normal to y.
        case faceY = "face_y"
        /// Faces normal to z.
        case faceZ = "face_z"
        /// Not located: a number per sample or per frame.
        case none
    }

    /// What a field varies with.
    ///
    /// Axes of the tensor are always in the order sample, time, spatial axes, slowest first.
    public struct Dependence: Hashable, Codable, Sendable {
        /// Which spatial axes a field varies along.
        public enum Space: Hashable, Codable, Sendable {
            /// All axes of the grid.
            case all
            /// None: a number.
            case none
            /// Some, as values on a boundary do.
            case axes([String])
        }

        /// Differs between samples.
        public var sample: Bool
        /// Differs between frames.
        public var time: Bool
        /// Spatial axes.
        public var space: Space

        /// A dependence on the given things.
        public init(sample: Bool, time: Bool, space: Space) {
            self.sample = sample
            self.time = time
            self.space = space
        }

        /// `(sample, space)`: a coefficient, an initial value, a steady solution.
        public static let field = Dependence(sample: true, time: false, space: .all)
        /// `(sample, time, space)`: a solution in time.
        public static let trajectory = Dependence(sample: true, time: true, space: .all)
        /// `(sample)`: a parameter of the equation.
        public static let parameter = Dependence(sample: true, time: false, space: .none)
        /// `(sample, time)`: a time series.
        public static let series = Dependence(sample: true, time: true, space: .none)
        /// `(space)`: the same field for every sample.
        public static let shared = Dependence(sample: false, time: false, space: .all)
        /// A number that is the same for every sample.
        public static let constant = Dependence(sample: false, time: false, space: .none)
    }

    /// Short name, a valid identifier: `vorticity`, `u`, `a`.
    public let name: String
    /// What it is, for people.
    public let longName: String
    /// Name in the CF standard name table, where there is one.
    public let standardName: String?
    /// Units as UDUNITS writes them; `"1"` when dimensionless.
    public let units: String
    /// The part it plays.
    public let role: Role
    /// Where its values live.
    public let location: Location
    /// What it varies with.
    public let dependence: Dependence
    /// 0 for a scalar, 1 for a component of a vector, 2 for a component of a tensor.
    public let tensorOrder: Int
    /// Which component (`x`, `y`, `xy`); nil for a scalar.
    public let tensorComponent: String?
    /// Boundary of this field where it differs from that of the dataset.
    public let boundary: Boundary?

    /// A description; the name must be a letter followed by letters, digits or underscores.
    public init(
        name: String, longName: String, standardName: String? = nil, units: String = "1", role: Role, location: Location = .node,
        dependence: Dependence, tensorOrder: Int = 0, tensorComponent: String? = nil, boundary: Boundary? = nil
    ) {
        precondition(FieldDescription.isValidName(name), "field name '\(name)' is not a letter followed by letters, digits or underscores")
        self.name = name
        self.longName = longName
        self.standardName = standardName
        self.units = units
        self.role = role
        self.location = dependence.space == .none ? .none : location
        self.dependence = dependence
        self.tensorOrder = tensorOrder
        self.tensorComponent = tensorComponent
        self.boundary = boundary
    }

    /// Whether a name can be used in files: an ASCII letter followed by letters, digits or underscores.
    public static func isValidName(_ name: String) -> Bool {
        guard let first = name.utf8.first, first | 0x20 >= 0x61, first | 0x20 <= 0x7A else { return false }
        return name.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
    }

    /// Names of the spatial axes of this field on a grid, slowest first.
    public func axes(on grid: Grid) -> [Axis] {
        switch dependence.space {
        case .all: grid.axes
        case .none: []
        case .axes(let names): grid.axes.filter { names.contains($0.name) }
        }
    }
}
