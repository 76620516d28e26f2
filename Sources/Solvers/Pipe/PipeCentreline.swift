import Tensors

/// The centre line `y = c(x)` of a pipe: cubic polynomials between equally spaced nodes with given heights and slopes (Hermite).
///
/// Height and slope are continuous; the curvature jumps at the inner nodes.
///
/// ## References
/// Z. Li, D. Z. Huang, B. Liu, A. Anandkumar, "Fourier neural operator with learned deformations for PDEs on general geometries",
/// J. Mach. Learn. Res. 24 (2023), section 4 (pipe): length 10, five nodes, heights uniform in [-2, 2], slopes uniform in [-1, 1].
public struct PipeCentreline: Sendable, Hashable {
    /// Length of the pipe along `x`.
    public let length: Double
    /// Height of each node.
    public let heights: [Double]
    /// Slope at each node.
    public let slopes: [Double]

    /// The number of polynomials.
    public var pieces: Int { heights.count - 1 }

    /// The centre line through two or more nodes.
    public init(length: Double = 10, heights: [Double], slopes: [Double]) {
        precondition(
            heights.count == slopes.count && heights.count >= 2, "\(heights.count) heights and \(slopes.count) slopes of a centre line")
        precondition(length > 0, "centre line of length \(length)")
        self.length = length
        self.heights = heights
        self.slopes = slopes
    }

    /// The centre line that `generator` determines: heights uniform in `[-height, height]`, slopes in `[-slope, slope]`, all independent.
    public static func random(
        _ generator: Philox, length: Double = 10, nodes: Int = 5, height: Double = 2, slope: Double = 1
    ) -> PipeCentreline {
        func draw(_ index: Int, _ largest: Double) -> Double { largest * (2 * generator.uniform(at: index) - 1) }
        return PipeCentreline(
            length: length, heights: (0..<nodes).map { draw($0, height) }, slopes: (0..<nodes).map { draw(nodes + $0, slope) })
    }

    /// `c(x)`; the end polynomials continue beyond the ends.
    public func height(at x: Double) -> Double {
        let (node, t, h) = place(x)
        let s = 1 - t
        return (1 + 2 * t) * s * s * heights[node] + h * t * s * s * slopes[node] + t * t * (3 - 2 * t) * heights[node + 1]
            - h * t * t * s * slopes[node + 1]
    }

    /// `c'(x)`.
    public func slope(at x: Double) -> Double {
        let (node, t, h) = place(x)
        let chord = (heights[node + 1] - heights[node]) / h
        return 6 * t * (1 - t) * chord + (1 - t) * (1 - 3 * t) * slopes[node] + t * (3 * t - 2) * slopes[node + 1]
    }

    /// `c''(x)`; at an inner node that of the polynomial behind it.
    public func curvature(at x: Double) -> Double {
        let (node, t, h) = place(x)
        let chord = (heights[node + 1] - heights[node]) / h
        return (6 * (1 - 2 * t) * chord + (6 * t - 4) * slopes[node] + (6 * t - 2) * slopes[node + 1]) / h
    }

    /// The piece that `x` lies on, where in it (0 to 1), and its length.
    private func place(_ x: Double) -> (node: Int, t: Double, length: Double) {
        let h = length / Double(pieces)
        let node = min(max(Int((x / h).rounded(.down)), 0), pieces - 1)
        return (node, x / h - Double(node), h)
    }
}
