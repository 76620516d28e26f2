import Numerics
import Tensors
import Transforms

/// The exact solution of a linear equation with constant coefficients on a periodic box, mode by mode: `u_k(t) = u_k(0) prod_a g_a(k_a, t)`.
///
/// The discretisation is the trigonometric interpolant of the initial values, so that there is neither a time step nor an error in time; band-limited initial
/// values give the exact solution at the points.
final class ExactPropagator {
    let shape: [Int]
    private let lengths: [Double]
    private let transform: RealFourierTransform<Double>
    private let name: String

    init(name: String, shape: [Int], lengths: [Double]) throws {
        precondition((1...3).contains(shape.count) && shape.count == lengths.count, "shape \(shape), lengths \(lengths)")
        guard shape.allSatisfy({ $0 >= 1 }) else {
            throw SolverError.invalidInput(key: "shape", found: "\(shape)", allowed: "at least 1 point an axis")
        }
        guard lengths.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw SolverError.invalidInput(key: "lengths", found: "\(lengths)", allowed: "positive lengths")
        }
        self.name = name
        self.shape = shape
        self.lengths = lengths
        transform = RealFourierTransform(grid: shape)
    }

    /// Delivers the state at every time; `factor(axis, wavenumber, isNyquist, time)` is `g_a`.
    func integrate(
        from initial: Tensor<Double>, times: [Double], factor: (Int, Double, Bool, Double) -> Complex<Double>,
        deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        let spectrum = transform.forward(initial.reshaped([1] + shape))
        var (previous, intervals) = (0.0, [Double]())
        for (number, time) in times.enumerated() {
            if time > previous { intervals.append(time - previous) }
            previous = time
            guard time > 0 else {
                try deliver(number, initial)
                continue
            }
            var moved = spectrum.copied()
            let factors = shape.indices.map { axis in
                let isHalf = axis == shape.count - 1
                let integers = isHalf ? Wavenumbers.halfIntegers(shape[axis]) : Wavenumbers.integers(shape[axis])
                return integers.map { factor(axis, 2 * .pi * Double($0) / lengths[axis], 2 * abs($0) == shape[axis], time) }
            }
            moved.withUnsafeMutablePointer { multiply($0, factors) }
            let state = transform.inverse(consuming: moved).reshaped(initial.shape)
            if let index = Kernels.firstNonFinite(state.count, state.basePointer) {
                throw SolverError.diverged(solver: name, step: number, time: time, quantity: "u", value: state.basePointer[index])
            }
            try deliver(number, state)
        }
        let range = intervals.isEmpty ? 0...0 : intervals.min()!...intervals.max()!
        return IntegrationReport(steps: intervals.count, timeStep: range)
    }

    private func multiply(_ spectrum: UnsafeMutablePointer<Double>, _ factors: [[Complex<Double>]]) {
        let inner = factors[factors.count - 1]
        let outer = factors.dropLast().reduce([Complex<Double>(1, 0)]) { head, axis in head.flatMap { value in axis.map { value * $0 } } }
        for (line, left) in outer.enumerated() {
            let row = spectrum + 2 * line * inner.count
            for (k, right) in inner.enumerated() {
                let value = left * right * Complex(row[2 * k], row[2 * k + 1])
                row[2 * k] = value.real
                row[2 * k + 1] = value.imaginary
            }
        }
    }
}
