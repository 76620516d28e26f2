import Tensors

/// Where the values of one field lie, as far as a metric needs to know: extents, spacings, periodicity, quadrature weights.
public struct FieldGeometry: Sendable, Equatable {
    /// Extent of each axis, slowest first: `[x]`, `[y, x]` or `[z, y, x]`.
    public let shape: [Int]
    /// Distance between neighbours along each axis, in physical units; nil on a grid that is not uniform (curvilinear, stretched).
    public let spacing: [Double]?
    /// Whether the field is periodic along each axis; a periodic axis holds each point once (the end is the beginning).
    public let periodic: [Bool]
    /// Quadrature weight (cell volume) of each value, shape `shape`; nil where all are equal.
    public let weights: Tensor<Double>?

    /// A uniform grid with equal quadrature weights.
    public init(shape: [Int], spacing: [Double], periodic: [Bool]) {
        self.init(shape: shape, spacing: spacing, periodic: periodic, weights: nil)
    }

    /// Any structured grid: `spacing` nil where not uniform, `weights` nil where all values weigh the same.
    public init(shape: [Int], spacing: [Double]?, periodic: [Bool], weights: Tensor<Double>?) {
        precondition(!shape.isEmpty && shape.allSatisfy { $0 > 0 }, "field of shape \(shape)")
        precondition(periodic.count == shape.count, "\(periodic.count) periodicity flags for shape \(shape)")
        precondition(spacing == nil || spacing!.count == shape.count, "\(spacing?.count ?? 0) spacings for shape \(shape)")
        precondition(spacing == nil || spacing!.allSatisfy { $0 > 0 && $0.isFinite }, "spacings \(spacing ?? []) must be positive")
        precondition(weights == nil || weights!.shape == shape, "weights of shape \(weights?.shape ?? []) for shape \(shape)")
        self.shape = shape
        self.spacing = spacing
        self.periodic = periodic
        self.weights = weights
    }

    /// The periodic box `[0, length)` in every direction with `shape` points.
    public static func periodicBox(_ shape: [Int], length: Double = 1) -> FieldGeometry {
        FieldGeometry(shape: shape, spacing: shape.map { length / Double($0) }, periodic: shape.map { _ in true })
    }

    /// Number of values.
    public var count: Int { shape.reduce(1, *) }

    /// Length of each periodic axis, `spacing * extent`.
    package var lengths: [Double]? { spacing.map { zip($0, shape).map { $0 * Double($1) } } }
}
