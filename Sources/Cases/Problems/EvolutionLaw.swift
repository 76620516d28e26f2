import Grids
import Metrics
import Solvers
import Tensors
import Transforms

/// What the solutions of a discrete equation obey from frame to frame: a conserved quantity, or a bound of one by its value a frame earlier.
///
/// Laws belong to one thread.
public struct EvolutionLaw {
    /// A number of a frame, and the size by which its error is measured.
    public typealias Quantity = (_ frame: EvolutionFrame) -> (value: Double, size: Double)

    enum Rule {
        case conserved
        /// At most what the function makes of the value a frame earlier and the time between.
        case bounded((_ earlier: Double, _ interval: Double) -> Double)
        /// Zero at every time but the first.
        case zero
    }

    let name: String
    let rule: Rule
    let limit: Double
    let quantity: Quantity

    /// The quantity does not change, up to `limit` times its size at the beginning.
    public static func conserved(_ name: String, limit: Double, _ quantity: @escaping Quantity) -> EvolutionLaw {
        EvolutionLaw(name: name, rule: .conserved, limit: limit, quantity: quantity)
    }

    /// The quantity is at most a function of its value a frame earlier and the time between, up to `limit` times its size then.
    public static func bounded(
        _ name: String, limit: Double,
        by bound: @escaping (_ earlier: Double, _ interval: Double) -> Double = { earlier, _ in
            earlier
        }, _ quantity: @escaping Quantity
    ) -> EvolutionLaw {
        EvolutionLaw(name: name, rule: .bounded(bound), limit: limit, quantity: quantity)
    }

    /// The quantity is at most `limit` times its size, at all times after the first.
    public static func zero(_ name: String, limit: Double, _ quantity: @escaping Quantity) -> EvolutionLaw {
        EvolutionLaw(name: name, rule: .zero, limit: limit, quantity: quantity)
    }
}

/// A state of a trajectory as laws see it.
public final class EvolutionFrame {
    /// Values `[x..., field]`.
    public let state: Tensor<Double>
    private let makeSpectrum: (Tensor<Double>) -> Spectrum?

    /// The spectrum of the kinetic energy; nil for equations without one.
    public private(set) lazy var spectrum = makeSpectrum(state)

    init(_ state: Tensor<Double>, spectrum: @escaping (Tensor<Double>) -> Spectrum?) {
        self.state = state
        makeSpectrum = spectrum
    }
}

/// Follows a trajectory and holds it to a law.
struct LawWatch {
    private let law: EvolutionLaw
    private let solver: String
    private let size: Double
    private var previous: (value: Double, size: Double)
    private var time = 0.0

    init(_ law: EvolutionLaw, solver: String, initial: EvolutionFrame) {
        self.law = law
        self.solver = solver
        previous = law.quantity(initial)
        size = previous.size
    }

    /// - Throws: `SolverError.notConserved`, `SolverError.inadmissible`.
    mutating func check(_ frame: EvolutionFrame, time: Double) throws {
        guard time > self.time else { return }
        let current = law.quantity(frame)
        switch law.rule {
        case .conserved:
            let drift = abs(current.value - previous.value) / max(size, .leastNormalMagnitude)
            guard drift <= law.limit else {
                throw SolverError.notConserved(solver: solver, quantity: law.name, time: time, drift: drift, limit: law.limit)
            }
            // Compared with the beginning, so that small changes do not add up unseen.
            return
        case .bounded(let bound):
            // What has decayed to rounding is at rest.
            let rounding = 1e-12 * size
            let excess = (current.value - bound(previous.value, time - self.time) - rounding) / max(previous.size, .leastNormalMagnitude)
            guard excess <= law.limit else {
                throw SolverError.inadmissible(
                    solver: solver, quantity: "\(law.name) rises above its bound", time: time, excess: excess, limit: law.limit)
            }
        case .zero:
            let share = abs(current.value) / max(current.size, .leastNormalMagnitude)
            guard share <= law.limit else {
                throw SolverError.inadmissible(
                    solver: solver, quantity: "\(law.name) is not zero", time: time, excess: share, limit: law.limit)
            }
        }
        previous = current
        self.time = time
    }
}

// MARK: - Quantities

extension EvolutionLaw {
    /// Mean over the points of a function of the fields at a point; its size is the mean magnitude.
    static func mean(_ value: @escaping (UnsafePointer<Double>) -> Double) -> Quantity {
        { frame in
            let state = frame.state
            let fields = state.shape[state.rank - 1]
            let points = state.count / fields
            var (sum, size) = (0.0, 0.0)
            for point in 0..<points {
                let term = value(state.basePointer + point * fields)
                sum += term
                size += abs(term)
            }
            return (sum / Double(points), size / Double(points))
        }
    }

    /// Mean of a field over the points; its size is the largest magnitude.
    static func mean(field: Int) -> Quantity {
        { frame in
            let state = frame.state
            let fields = state.shape[state.rank - 1]
            var (sum, size) = (0.0, 0.0)
            for index in stride(from: field, to: state.count, by: fields) {
                sum += state.basePointer[index]
                size = max(size, abs(state.basePointer[index]))
            }
            return (sum * Double(fields) / Double(state.count), size)
        }
    }

    /// Root of the mean square of all fields about their means.
    static func fluctuation(_ frame: EvolutionFrame) -> (value: Double, size: Double) {
        let state = frame.state
        let fields = state.shape[state.rank - 1]
        let points = state.count / fields
        var total = 0.0
        for field in 0..<fields {
            var (sum, squares) = (0.0, 0.0)
            for point in 0..<points { sum += state.basePointer[point * fields + field] }
            let mean = sum / Double(points)
            for point in 0..<points {
                let deviation = state.basePointer[point * fields + field] - mean
                squares += deviation * deviation
            }
            total += squares / Double(points)
        }
        return (total.squareRoot(), total.squareRoot())
    }

    /// Largest value of a field, or with `sign = -1` the negative of the least; its size is the largest magnitude.
    static func extreme(field: Int, sign: Double) -> Quantity {
        { frame in
            let state = frame.state
            let fields = state.shape[state.rank - 1]
            var (largest, size) = (-Double.infinity, 0.0)
            for index in stride(from: field, to: state.count, by: fields) {
                largest = max(largest, sign * state.basePointer[index])
                size = max(size, abs(state.basePointer[index]))
            }
            return (largest, size)
        }
    }

    /// Root of the mean kinetic energy of the flow, without the mean velocity of one that is given by its vorticity.
    static func speed(_ frame: EvolutionFrame) -> (value: Double, size: Double) {
        let speed = frame.spectrum!.total.squareRoot()
        return (speed, speed)
    }

    /// `|div u|` against `|grad u|`, both as the root of the sum over all Fourier modes; components `x, y, ...` of the state on a periodic grid.
    static func periodicDivergence(on grid: Grid) -> Quantity {
        let space = PeriodicSpace(grid)
        let transform = RealFourierTransform<Double>(grid: grid.shape)
        return { frame in
            let fields = frame.state.fieldsFirst
            let axes = grid.dimension
            let spectra = (0..<axes).map { transform.forward(fields.rows($0..<($0 + 1)).reshaped([1] + grid.shape)) }
            var (divergence, gradient) = (0.0, 0.0)
            for (mode, k) in space.wavenumbers.enumerated() {
                var (sum, power, square) = (SIMD2<Double>.zero, 0.0, 0.0)
                for axis in 0..<axes {
                    let pointer = spectra[axis].basePointer + 2 * mode
                    let value = SIMD2(pointer[0], pointer[1])
                    sum += k[axes - 1 - axis] * value
                    power += (value * value).sum()
                    square += k[axis] * k[axis]
                }
                divergence += (sum * sum).sum()
                gradient += square * power
            }
            return (divergence.squareRoot(), gradient.squareRoot())
        }
    }

    /// The divergence of a staggered velocity that the means at the centres of cells still show, against the largest speed over a cell's width.
    ///
    /// With `D` the divergence of the faces' velocities and weights `(1, 2, 1) / 4`, twice along each axis, the central differences of the means satisfy
    /// `(w_y d_x u + w_x d_y v) = w_y w_x D`.
    static func staggeredDivergence(on grid: Grid, velocity: (x: Int, y: Int)) -> Quantity {
        let (rows, columns) = (grid.shape[0], grid.shape[1])
        let (height, width) = (grid.axes[0].spacing, grid.axes[1].spacing)
        return { frame in
            let state = frame.state
            let fields = state.shape[2]
            func value(_ field: Int, _ y: Int, _ x: Int) -> Double { state.basePointer[(y * columns + x) * fields + field] }
            var (largest, speed) = (0.0, 0.0)
            for y in 0..<rows { for x in 0..<columns { speed = max(speed, abs(value(velocity.x, y, x)), abs(value(velocity.y, y, x))) } }
            for y in 1..<(rows - 1) {
                for x in 1..<(columns - 1) {
                    var sum = 0.0
                    for (offset, weight) in [(-1, 0.25), (0, 0.5), (1, 0.25)] {
                        sum += weight * (value(velocity.x, y + offset, x + 1) - value(velocity.x, y + offset, x - 1)) / (2 * width)
                        sum += weight * (value(velocity.y, y + 1, x + offset) - value(velocity.y, y - 1, x + offset)) / (2 * height)
                    }
                    // The comparison is written so that what is not a number counts.
                    if !(abs(sum) <= largest) { largest = abs(sum) }
                }
            }
            return (largest, speed / min(width, height))
        }
    }
}
