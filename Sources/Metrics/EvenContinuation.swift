import Grids
import Tensors

/// A field continued evenly across the ends of its axes to a periodic one, so that its Fourier series is its cosine series.
///
/// An axis of `n` nodes (ends included) becomes a period of `2 (n - 1)` points, one of `n` centres a period of `2 n`; a periodic axis stays as it is.
/// The continued field has no jump at the ends, so its spectrum shows the field and not the jump that a plain Fourier series of a field
/// that is not periodic would have (`|u_k| ~ 1/k` whatever the field). The slope still jumps there unless it is zero: beyond the field's own
/// content the power of one mode falls as `k^-4`.
///
/// The mean of a squared continued field is that of the field, at nodes with half weights at the ends (the trapezoidal rule).
///
/// ## References
/// B. Denis, J. Cote, R. Laprise, "Spectral decomposition of two-dimensional atmospheric fields on limited-area domains using the discrete
/// cosine transform (DCT)", Mon. Weather Rev. 130 (2002) 1812-1829.
public struct EvenContinuation: Sendable {
    /// The periodic grid of the continued fields.
    public let geometry: FieldGeometry
    /// Whether no axis had to be continued.
    public let isIdentity: Bool
    private let shape: [Int]
    /// Point of the field for each point of the continued one, axis by axis.
    private let sources: [[Int]]

    /// The continuation of fields on a grid; nil where the grid is not uniform or its axes are not physical.
    public init?(_ grid: Grid) {
        guard grid.isUniform, grid.axes.allSatisfy({ $0.count > 1 }) else { return nil }
        shape = grid.shape
        sources = grid.axes.map { axis in
            let n = axis.count
            return switch axis.location {
            case .periodic: Array(0..<n)
            case .nodes: Array(0..<n) + (1..<(n - 1)).reversed()
            case .centers: Array(0..<n) + (0..<n).reversed()
            }
        }
        isIdentity = grid.isPeriodic
        geometry = FieldGeometry(
            shape: sources.map(\.count), spacing: grid.axes.map(\.spacing), periodic: sources.map { _ in true })
    }

    /// The continued field of one of the grid's shape.
    public func callAsFunction<Element: Scalar>(_ field: Tensor<Element>) -> Tensor<Element> {
        precondition(field.shape == shape, "field of shape \(field.shape) on a grid of shape \(shape)")
        if isIdentity { return field }
        // Positions in memory, built up from the slowest axis.
        var offsets = [0]
        for (axis, points) in sources.enumerated() {
            offsets = offsets.flatMap { offset in points.map { offset * shape[axis] + $0 } }
        }
        let source = field.basePointer
        return Tensor(geometry.shape, offsets.map { source[$0] })
    }
}
