import Numerics
import Tensors

extension AirfoilGrid {
    /// Straight lines from airfoil and wake to the outer boundary: the algebraic grid of the published airfoil data.
    ///
    /// Surface nodes are uniform in x with one more at a quarter of the first cell. The wake runs straight from the trailing edge to
    /// `(wakeLength, 0)`. The outer boundary is a half circle about `(1, 0)` and the lines `y = +-radius`, with uniform nodes.
    ///
    /// ## References
    /// Z. Li et al., J. Mach. Learn. Res. 24 (2023), airfoil data.
    static func rays(_ shape: AirfoilShape, _ settings: Settings) -> (x: Tensor<Double>, y: Tensor<Double>) {
        let (wake, surface, nj) = (settings.wakeCells, settings.surfaceCells, settings.normalCells)
        let half = surface / 2
        let ni = 2 * wake + surface
        let parts = settings.subdivisions
        // From the trailing to the leading edge, before the cells are divided.
        let cells = half / parts
        let chord = (0...cells).map { k -> Double in
            let fromNose = cells - k
            if fromNose == 0 { return 0 }
            return fromNose == 1 ? 0.25 / Double(cells - 1) : Double(fromNose - 1) / Double(cells - 1)
        }
        let (dx, dy) = (chord[0] - chord[1], shape.halfThickness(x: chord[0]) - shape.halfThickness(x: chord[1]))
        let length = settings.wakeLength
        let surfacePoints = Stretching.divided(chord, into: parts)
        let wakePoints = Stretching.divided(
            Stretching.geometric(cells: wake / parts, first: (dx * dx + dy * dy).squareRoot() / (length - 1)), into: parts)
        let outwards = Stretching.divided(
            Stretching.geometric(cells: nj / parts, first: Double(parts) * settings.firstSpacing / settings.radius), into: parts)
        let edge = shape.height(x: 1, .upper)

        func inner(_ i: Int) -> (Double, Double) {
            if i <= wake || i >= wake + surface {
                let s = wakePoints[i <= wake ? wake - i : i - wake - surface]
                return ((1 - s) + length * s, edge * (1 - s))
            }
            let k = i - wake
            let x = surfacePoints[min(k, surface - k)]
            return (x, shape.height(x: x, k <= half ? .upper : .lower))
        }
        func outer(_ i: Int) -> (Double, Double) {
            let radius = settings.radius
            if i < wake { return (1 + (length - 1) * Double(wake - i) / Double(wake), radius) }
            if i > wake + surface { return (1 + (length - 1) * Double(i - wake - surface) / Double(wake), -radius) }
            // Mirrored angles, so that a symmetric shape has an exactly symmetric grid.
            let k = i - wake
            let angle = Double.pi / 2 * (1 + Double(min(k, surface - k)) / Double(half))
            return (1 + radius * Double.cos(angle), (k == half ? 0 : k < half ? 1 : -1) * radius * Double.sin(angle))
        }

        var (x, y) = (Tensor<Double>(uninitialized: [nj + 1, ni + 1]), Tensor<Double>(uninitialized: [nj + 1, ni + 1]))
        x.withUnsafeMutablePointer { px in
            y.withUnsafeMutablePointer { py in
                for i in 0...ni {
                    let (a, b) = (inner(i), outer(i))
                    for j in 0...nj {
                        px[j * (ni + 1) + i] = a.0 * (1 - outwards[j]) + b.0 * outwards[j]
                        py[j * (ni + 1) + i] = a.1 * (1 - outwards[j]) + b.1 * outwards[j]
                    }
                }
            }
        }
        return (x, y)
    }
}
