import Numerics
import Tensors

/// A random number of Gaussian bumps at random places of a periodic box, `u(x) = sum_i h_i exp(-|x - c_i|^2 / (2 w_i^2))`, at most `ceiling`.
///
/// Seeds of the patterns of the Gray-Scott equations. Centres are uniform over the box, heights and widths (in units of the axes) uniform in their ranges;
/// distances are to the nearest periodic image. One generator gives one function at every resolution.
public struct GaussianBumps: Hashable, Codable, Sendable {
    /// Range of the number of bumps, both ends included.
    public var count: ClosedRange<Int>
    /// Range of the heights.
    public var heights: ClosedRange<Double>
    /// Range of the widths.
    public var widths: ClosedRange<Double>
    /// Larger values are cut off; nil for none.
    public var ceiling: Double?

    /// The given ranges.
    public init(count: ClosedRange<Int>, heights: ClosedRange<Double>, widths: ClosedRange<Double>, ceiling: Double? = nil) {
        precondition(count.lowerBound >= 0 && widths.lowerBound > 0, "\(count) bumps of widths \(widths)")
        self.count = count
        self.heights = heights
        self.widths = widths
        self.ceiling = ceiling
    }

    /// The sample that `generator` determines, of the shape of the grid.
    public func sample(_ generator: Philox, on grid: Grid) -> Tensor<Double> {
        func uniform(_ index: Int, _ range: ClosedRange<Double>) -> Double {
            range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform(at: index)
        }
        let number = count.lowerBound + min(Int(generator.uniform(at: 0) * Double(count.count)), count.count - 1)
        // The exponential of a sum is the product of those along the axes.
        var values = [Double](repeating: 0, count: grid.count)
        for bump in 0..<number {
            let first = 1 + 5 * bump
            let (height, width) = (uniform(first, heights), uniform(first + 1, widths))
            let factors = grid.axes.enumerated().map { index, axis in
                let center = uniform(first + 2 + index, axis.lower...axis.upper)
                return axis.coordinates.map { x in
                    let distance = abs(x - center)
                    let nearest = min(distance, axis.length - distance)
                    return Double.exp(-nearest * nearest / (2 * width * width))
                }
            }
            let product = factors.reduce([height]) { head, axis in head.flatMap { value in axis.map { value * $0 } } }
            for position in values.indices { values[position] += product[position] }
        }
        if let ceiling { values = values.map { min($0, ceiling) } }
        return Tensor(grid.shape, values)
    }
}
