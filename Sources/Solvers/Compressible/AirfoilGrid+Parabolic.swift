import Numerics
import Tensors

extension AirfoilGrid {
    /// A grid of confocal parabolas, see `Family.parabolic`.
    ///
    /// With `z_0` half the nose radius behind the leading edge, `zeta = xi + i eta = sqrt(2 (z - z_0))` maps airfoil and wake to
    /// `eta = S(xi)`, almost flat; nodes are `zeta = xi_i + i (S_i + (eta_max - S_i) s_j)`. Spacings follow analytic functions of `i` and
    /// `j`, so a grid of half the cells is every second node.
    static func parabolic(_ shape: AirfoilShape, _ settings: Settings) -> (x: Tensor<Double>, y: Tensor<Double>) {
        let (wake, surface, nj) = (settings.wakeCells, settings.surfaceCells, settings.normalCells)
        let half = surface / 2
        let ni = 2 * wake + surface
        let length = settings.wakeLength
        let nose = (x: shape.leadingEdgeRadius / 2, y: shape.height(x: 0, .upper) + noseSlope(shape) * shape.leadingEdgeRadius / 2)
        // x = s^2 on the surface: s is proportional to xi, and the ends of the distribution are the edges.
        let chord = Stretching.twoSided(first: noseSpacing, last: tailSpacing)
        // The cells on both sides of the trailing edge are alike: dx/dt = 2 s ds/dt there. Slopes, not the widths of the cells
        // themselves, so that grids nest.
        let along = Stretching.exponential(slope: 2 * tailSpacing * Double(wake) / (Double(half) * (length - 1)))
        let top = (2 * (settings.radius + nose.x)).squareRoot()
        let outwards = Stretching.exponential(slope: settings.firstSpacing * Double(nj) / top)
        let edge = shape.height(x: 1, .upper)

        func inner(_ i: Int) -> (Double, Double) {
            if i <= wake || i >= wake + surface {
                let s = along(Double(i <= wake ? wake - i : i - wake - surface) / Double(wake))
                return (1 + (length - 1) * s, edge * (1 - s))
            }
            let k = i - wake
            let s = chord(Double(abs(k - half)) / Double(half))
            return (s * s, shape.height(x: s * s, k <= half ? .upper : .lower))
        }

        var (x, y) = (Tensor<Double>(uninitialized: [nj + 1, ni + 1]), Tensor<Double>(uninitialized: [nj + 1, ni + 1]))
        x.withUnsafeMutablePointer { px in
            y.withUnsafeMutablePointer { py in
                for i in 0...ni {
                    let point = inner(i)
                    let (xi, s) = unwrap(point.0 - nose.x, point.1 - nose.y, upper: i <= ni / 2)
                    for j in 0...nj {
                        let eta = s + (top - s) * outwards(Double(j) / Double(nj))
                        px[j * (ni + 1) + i] = nose.x + (xi * xi - eta * eta) / 2
                        py[j * (ni + 1) + i] = nose.y + xi * eta
                    }
                    // The inner nodes themselves, so that both sides of the cut have the same bits.
                    (px[i], py[i]) = point
                }
            }
        }
        return (x, y)
    }

    /// Slope `ds/dt` of the surface distribution at the leading and at the trailing edge.
    private static let noseSpacing = 1.27
    private static let tailSpacing = 0.18

    /// Slope of the mean line at the leading edge.
    private static func noseSlope(_ shape: AirfoilShape) -> Double {
        let step = 1e-6
        return (shape.box.displacement(x: step, y: 0) - shape.box.displacement(x: -step, y: 0)) / (2 * step)
    }

    /// `sqrt(2 z)` on the branch that continues from the upper (`xi > 0`) or lower (`xi < 0`) side of the cut along positive x.
    private static func unwrap(_ x: Double, _ y: Double, upper: Bool) -> (Double, Double) {
        guard upper else {
            // By reflection, so that a symmetric shape has an exactly symmetric grid.
            let (xi, eta) = unwrap(x, -y, upper: true)
            return (-xi, eta)
        }
        let radius = (2 * (x * x + y * y).squareRoot()).squareRoot()
        if y == 0 && x < 0 { return (0, radius) }
        var angle = Double.atan2(y: y, x: x)
        if angle < -Double.pi / 2 { angle += 2 * Double.pi }
        return (radius * Double.cos(angle / 2), radius * Double.sin(angle / 2))
    }
}
