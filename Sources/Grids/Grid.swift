/// A structured grid: the product of its axes, slowest first (`z, y, x`), so that `x` is contiguous in memory.
///
/// A field on the grid is a tensor `[z, y, x, channel]`. On a curvilinear grid the axes are computational coordinates (`eta, xi`) and
/// `mapping` names the fields that hold the physical coordinates of every point, as `x(eta, xi)` and `y(eta, xi)`; those may differ
/// from sample to sample, so they are data, not part of the grid.
public struct Grid: Hashable, Codable, Sendable {
    /// The axes, slowest first.
    public let axes: [Axis]
    /// Names of the fields with the physical coordinates of a curvilinear grid; empty when the axes themselves are physical.
    public let mapping: [String]

    /// The grid of the given axes, slowest first.
    public init(_ axes: [Axis], mapping: [String] = []) {
        precondition(!axes.isEmpty, "a grid needs an axis")
        precondition(Set(axes.map(\.name)).count == axes.count, "repeated axis name in \(axes.map(\.name))")
        self.axes = axes
        self.mapping = mapping
    }

    /// A uniform grid of shape `[nz, ny, nx]` (or `[ny, nx]`, `[nx]`) on the cube `[lower, upper]^d`.
    public init(shape: [Int], from lower: Double = 0, to upper: Double = 1, location: Axis.Location, units: String = "1") {
        let names = Grid.axisNames(dimension: shape.count)
        self.init(zip(names, shape).map { Axis(name: $0, from: lower, to: upper, count: $1, location: location, units: units) })
    }

    /// Names of physical axes, slowest first: `[x]`, `[y, x]` or `[z, y, x]`.
    public static func axisNames(dimension: Int) -> [String] {
        precondition((1...3).contains(dimension), "\(dimension) spatial axes")
        return Array(["z", "y", "x"].suffix(dimension))
    }

    /// Number of axes.
    public var dimension: Int { axes.count }

    /// Points along each axis, slowest first.
    public var shape: [Int] { axes.map(\.count) }

    /// Number of points.
    public var count: Int { axes.reduce(1) { $0 * $1.count } }

    /// Whether every axis is periodic.
    public var isPeriodic: Bool { axes.allSatisfy { $0.location == .periodic } }

    /// Whether every axis is uniform and the axes are physical.
    public var isUniform: Bool { mapping.isEmpty && axes.allSatisfy(\.isUniform) }

    /// The axis of that name.
    public func axis(_ name: String) -> Axis? { axes.first { $0.name == name } }

    /// The same domain with another number of points along each axis.
    public func resized(to shape: [Int]) -> Grid {
        precondition(shape.count == dimension, "shape \(shape) for a grid of axes \(axes.map(\.name))")
        return Grid(zip(axes, shape).map { $0.resized(to: $1) }, mapping: mapping)
    }

    /// Whether `other` covers the same domain in the same way, whatever its resolution.
    public func hasSameDomain(as other: Grid) -> Bool {
        guard mapping == other.mapping, axes.count == other.axes.count else { return false }
        return zip(axes, other.axes).allSatisfy {
            $0.name == $1.name && $0.lower == $1.lower && $0.upper == $1.upper && $0.location == $1.location && $0.units == $1.units
        }
    }
}

extension Grid: CustomStringConvertible {
    /// Name, points and extent of every axis.
    public var description: String {
        axes.map { "\($0.name): \($0.count) \($0.location.rawValue) on [\($0.lower), \($0.upper)]" }.joined(separator: ", ")
    }
}
