/// One coordinate axis: its extent, its units and where its points lie.
///
/// With `n` points on `[a, b]` the coordinates are
/// - `nodes`: `a + (b - a) i / (n - 1)`, both end points included;
/// - `centers`: `a + (b - a) (i + 1/2) / n`, the centres of `n` equal cells;
/// - `periodic`: `a + (b - a) i / n`, the end point left out because it is the first point again.
///
/// The ends of the extent are met exactly: the last node and the last face are the upper end, not the upper end up to rounding.
///
/// An axis with explicit coordinates (`init(name:coordinates:...)`) has the same three meanings but any strictly increasing values.
public struct Axis: Hashable, Codable, Sendable {
    /// Where the points of an axis lie in its extent.
    public enum Location: String, Hashable, Codable, CaseIterable, Sendable {
        /// Points at cell corners, end points included.
        case nodes
        /// Points at the centres of cells.
        case centers
        /// Points of a periodic axis without the repeated end point.
        case periodic
    }

    /// Name: `x`, `y`, `z`, `t`, or the name of a computational coordinate (`xi`, `eta`).
    public let name: String
    /// Lower end of the extent.
    public let lower: Double
    /// Upper end of the extent; on a periodic axis `upper - lower` is the period.
    public let upper: Double
    /// Number of points.
    public let count: Int
    /// Where the points lie.
    public let location: Location
    /// Units as UDUNITS writes them; `"1"` when dimensionless.
    public let units: String
    /// What the axis is, for people.
    public let longName: String
    /// Explicit coordinates of a non-uniform axis.
    private let explicit: [Double]?

    /// A uniform axis of `count` points on `[lower, upper]`.
    public init(
        name: String, from lower: Double = 0, to upper: Double = 1, count: Int, location: Location, units: String = "1",
        longName: String? = nil
    ) {
        precondition(count > 0, "axis \(name): \(count) points")
        precondition(lower.isFinite && upper.isFinite, "axis \(name): extent [\(lower), \(upper)] is not finite")
        precondition(lower < upper || (count == 1 && lower == upper), "axis \(name): extent [\(lower), \(upper)] is empty")
        self.name = name
        self.lower = lower
        self.upper = upper
        self.count = count
        self.location = location
        self.units = units
        self.longName = longName ?? Axis.defaultLongName(name)
        self.explicit = nil
    }

    /// An axis with the given strictly increasing coordinates; `extent` defaults to the first and last of them.
    public init(
        name: String, coordinates: [Double], extent: ClosedRange<Double>? = nil, location: Location = .nodes, units: String = "1",
        longName: String? = nil
    ) {
        precondition(!coordinates.isEmpty, "axis \(name): no coordinates")
        for (left, right) in zip(coordinates, coordinates.dropFirst()) {
            precondition(left < right, "axis \(name): coordinates \(left), \(right) do not increase")
        }
        self.name = name
        let (lower, upper) = (extent?.lowerBound ?? coordinates[0], extent?.upperBound ?? coordinates[coordinates.count - 1])
        self.lower = lower
        self.upper = upper
        self.count = coordinates.count
        self.location = location
        self.units = units
        self.longName = longName ?? Axis.defaultLongName(name)
        let uniform = (0..<coordinates.count).map {
            Axis.uniformCoordinate($0, count: coordinates.count, lower: lower, upper: upper, location: location)
        }
        self.explicit = uniform == coordinates ? nil : coordinates
    }

    /// Whether the points are equally spaced, up to rounding where they are given one by one.
    public var isUniform: Bool {
        guard let explicit else { return true }
        let roundOff = 4 * max(abs(lower), abs(upper)).ulp
        return explicit.indices.allSatisfy {
            abs(explicit[$0] - Axis.uniformCoordinate($0, count: count, lower: lower, upper: upper, location: location)) <= roundOff
        }
    }

    /// `upper - lower`: the period of a periodic axis.
    public var length: Double { upper - lower }

    /// Distance between neighbouring points of a uniform axis (0 for one node).
    public var spacing: Double {
        precondition(isUniform, "axis \(name) is not uniform")
        return location == .nodes ? (count > 1 ? length / Double(count - 1) : 0) : length / Double(count)
    }

    /// The coordinate of every point, increasing.
    public var coordinates: [Double] { explicit ?? (0..<count).map(coordinate(at:)) }

    /// The coordinate of point `index`.
    public func coordinate(at index: Int) -> Double {
        precondition(index >= 0 && index < count, "point \(index) of axis \(name) with \(count) points")
        return explicit?[index] ?? Axis.uniformCoordinate(index, count: count, lower: lower, upper: upper, location: location)
    }

    /// The `count + 1` cell faces of an axis of centres: end points of the extent and, between centres, the face of equal cells
    /// (the midpoint when the axis is not uniform).
    public var faces: [Double] {
        precondition(location == .centers, "faces of axis \(name), whose points are \(location.rawValue)")
        guard let explicit else { return (0..<count).map { lower + length * Double($0) / Double(count) } + [upper] }
        return [lower] + zip(explicit, explicit.dropFirst()).map { 0.5 * ($0 + $1) } + [upper]
    }

    /// The same uniform axis with another number of points.
    public func resized(to count: Int) -> Axis {
        precondition(isUniform, "axis \(name) is not uniform")
        return Axis(name: name, from: lower, to: upper, count: count, location: location, units: units, longName: longName)
    }

    private static func uniformCoordinate(_ index: Int, count: Int, lower: Double, upper: Double, location: Location) -> Double {
        let length = upper - lower
        switch location {
        case .nodes:
            if index == 0 { return lower }
            // lower + (upper - lower) need not be upper.
            return index == count - 1 ? upper : lower + length * Double(index) / Double(count - 1)
        case .centers: return lower + length * (Double(index) + 0.5) / Double(count)
        case .periodic: return lower + length * Double(index) / Double(count)
        }
    }

    private static func defaultLongName(_ name: String) -> String {
        switch name {
        case "x", "y", "z": "\(name) coordinate"
        case "t": "time"
        default: "computational coordinate \(name)"
        }
    }
}
