import Numerics
import Tensors

/// Random periodic functions made of a square wave and, if asked, half an ellipse: the initial values of the advection data of the comparison of DeepONet and FNO.
///
///     u(x) = h1 [|x - c1| <= w1 / 2] + sqrt(max(h2^2 - a^2 (x - c2)^2, 0))
///
/// with `x` in [0, 1), the distance from the lower end over the length. The functions have jumps; the exact solution of `u_t + v u_x = 0` is
/// `u(x - v t)`, which `sample` gives with a shift.
///
/// Reference: L. Lu et al., "A comprehensive and fair comparison of two neural operators (with practical extensions) based on FAIR data", CMAME 393 (2022)
/// 114778, arXiv:2111.05512, section 5.4.
public struct RandomPulses: Hashable, Codable, Sendable {
    /// Half an ellipse `sqrt(height^2 - slope^2 (x - center)^2)`.
    public struct Ellipse: Hashable, Codable, Sendable {
        /// Range of `c2`.
        public var center: ClosedRange<Double>
        /// Range of `a`.
        public var slope: ClosedRange<Double>
        /// Range of `h2`.
        public var height: ClosedRange<Double>

        /// The given ranges.
        public init(center: ClosedRange<Double>, slope: ClosedRange<Double>, height: ClosedRange<Double>) {
            self.center = center
            self.slope = slope
            self.height = height
        }
    }

    /// Range of the centre `c1` of the square wave.
    public var center: ClosedRange<Double>
    /// Range of its width `w1`.
    public var width: ClosedRange<Double>
    /// Range of its height `h1`.
    public var height: ClosedRange<Double>
    /// The ellipse, if there is one.
    public var ellipse: Ellipse?

    /// The given ranges.
    public init(center: ClosedRange<Double>, width: ClosedRange<Double>, height: ClosedRange<Double>, ellipse: Ellipse? = nil) {
        self.center = center
        self.width = width
        self.height = height
        self.ellipse = ellipse
    }

    /// A square wave: cases I and II of the comparison.
    public static let squareWave = RandomPulses(center: 0.3...0.7, width: 0.3...0.6, height: 1...2)

    /// A square wave and half an ellipse: case III of the comparison.
    public static let squareAndEllipse = RandomPulses(
        center: 0.2...0.3, width: 0.1...0.2, height: 0.5...2,
        ellipse: Ellipse(center: 0.7...0.8, slope: 5...10, height: 0.5...2))

    /// The values at `positions - shift`, distances from the lower end over the length, of the function that `generator` determines.
    public func sample(_ generator: Philox, at positions: [Double], shift: Double = 0) -> [Double] {
        func uniform(_ index: Int, _ range: ClosedRange<Double>) -> Double {
            range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform(at: index)
        }
        let (c, w, h) = (uniform(0, center), uniform(1, width), uniform(2, height))
        let arc = ellipse.map { (center: uniform(3, $0.center), slope: uniform(4, $0.slope), height: uniform(5, $0.height)) }
        return positions.map { position in
            // Distance of multiples of 1 that are round-off away from the next integer must not fall off the period.
            let moved = position - shift
            let x = moved - (moved + 1e-12).rounded(.down)
            let square = abs(x - c) <= w / 2 ? h : 0
            guard let arc else { return square }
            return square + max(arc.height * arc.height - arc.slope * arc.slope * (x - arc.center) * (x - arc.center), 0).squareRoot()
        }
    }

    /// The sample that `generator` determines on an axis, moved by `shift` in the units of the axis; `[n]`.
    public func sample(_ generator: Philox, on axis: Axis, shift: Double = 0) -> Tensor<Double> {
        Tensor(
            [axis.count], sample(generator, at: axis.coordinates.map { ($0 - axis.lower) / axis.length }, shift: shift / axis.length))
    }
}
