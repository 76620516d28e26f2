import Tensors
import Transforms

/// The scheme of the generator that the FNO Navier-Stokes data were made with.
///
///     (1 + h/2 (nu |kappa|^2 + mu)) w' = (1 - h/2 (nu |kappa|^2 + mu)) w - h P(u w_x + v w_y) + h f,
///
/// Crank-Nicolson for the linear part, explicit Euler for advection and forcing; the projection P of the product keeps |k_i| <= n_i/3, the
/// other modes of w are not dropped: they decay, and take part in u and grad w. The mean of w moves nothing; here viscosity leaves it as it is
/// (the generator lets it decay as if |kappa| were 1, which is nothing for fields of zero mean).
///
/// The waves at n/2, whose derivatives the generator leaves to its FFT library, have none here. First order in time. Two complex inverse transforms (u + i v, w_x + i w_y) and one forward transform a step.
///
/// ## References
/// Z. Li, N. Kovachki, K. Azizzadenesheli, B. Liu, K. Bhattacharya, A. Stuart, A. Anandkumar, "Fourier neural operator for parametric partial
/// differential equations", ICLR 2021, appendix A.3.
final class CrankNicolsonEuler<Element: Scalar> {
    let shape: [Int]
    private let name = "incompressible Navier-Stokes 2-D"
    private let columns: Int
    private let full: PairedFourierTransform<Element>
    private let pruned: PairedFourierTransform<Element>
    private let velocityBlock: Tensor<Element>
    private let gradientBlock: Tensor<Element>
    /// Pairs (g_x, g_y) = kappa / |kappa|^2 and kappa itself, with the entries zero where a derivative of a real field has none.
    private let velocityFactors: Tensor<Element>
    private let gradientFactors: Tensor<Element>
    private let decay: [Double]
    private let isKept: [Bool]
    private let forcing: Tensor<Double>?
    private let largestWavenumber: Double
    /// Factors of w, of the product and of f for the step that they were made for.
    private var factors: (timeStep: Double, state: Tensor<Element>, product: Tensor<Element>, forcing: Tensor<Element>)?

    init(shape: [Int], lengths: [Double], viscosity: Double, drag: Double, forcing: Tensor<Double>?) {
        self.shape = shape
        let (ny, nx) = (shape[0], shape[1])
        columns = nx / 2 + 1
        full = PairedFourierTransform(grid: shape)
        pruned = PairedFourierTransform(grid: shape, band: shape.map(Wavenumbers.largestDealiased))
        velocityBlock = full.makeBlock()
        gradientBlock = full.makeBlock()
        var (velocity, gradient, decay, kept) = ([Element](), [Element](), [Double](), [Bool]())
        for ky in Wavenumbers.integers(ny) {
            for kx in Wavenumbers.halfIntegers(nx) {
                var (y, x) = (2 * Double.pi * Double(ky) / lengths[0], 2 * Double.pi * Double(kx) / lengths[1])
                let square = x * x + y * y
                // The wave at n/2 has no derivative at the points.
                if 2 * kx == nx { x = 0 }
                if 2 * ky == -ny { y = 0 }
                gradient += [Element(x), Element(y)]
                velocity += square == 0 ? [0, 0] : [Element(x / square), Element(y / square)]
                decay.append(viscosity * square + drag)
                kept.append(abs(ky) <= Wavenumbers.largestDealiased(ny) && kx <= Wavenumbers.largestDealiased(nx))
            }
        }
        velocityFactors = Tensor([ny, columns, 2], velocity)
        gradientFactors = Tensor([ny, columns, 2], gradient)
        self.decay = decay
        isKept = kept
        self.forcing = forcing.map { RealFourierTransform<Double>(grid: shape).forward($0.reshaped(shape)) }
        largestWavenumber = PlanarBand(shape: shape, lengths: lengths).largestWavenumber
    }

    /// See `EvolutionSolver.integrate`; `state` is `[y, x]`.
    func integrate(
        from initial: Tensor<Double>, timeStep: Double, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        let transform = RealFourierTransform<Double>(grid: shape)
        let scale = 1 / Double(shape[0] * shape[1])
        var state = transform.forward(initial).scalars.map { Element(scale * $0) }
        var (time, steps) = (0.0, 0)
        var (smallest, largest) = (Double.infinity, 0.0)
        for (number, target) in times.enumerated() {
            let count = Int(((target - time) / timeStep * (1 - 1e-9)).rounded(.up))
            let start = time
            for index in 0..<max(0, count) {
                let step = (target - start) / Double(count)
                time = start + Double(index) * step
                let speed = state.withUnsafeMutableBufferPointer { take(step, $0.baseAddress!) }
                steps += 1
                guard speed.isFinite else {
                    throw SolverError.diverged(solver: name, step: steps, time: time, quantity: "largest speed", value: speed)
                }
                guard step * largestWavenumber * speed <= 1 else {
                    throw SolverError.cflViolation(
                        solver: name, courant: step * largestWavenumber * speed, limit: 1, timeStep: step)
                }
                (smallest, largest) = (min(smallest, step), max(largest, step))
            }
            time = max(time, target)
            if steps == 0 {
                try deliver(number, initial)
            } else {
                let spectrum = Tensor([shape[0], columns, 2], state.map { Double($0) })
                let field = transform.inverse(consuming: spectrum, scaling: .none)
                if let index = Kernels.firstNonFinite(field.count, field.basePointer) {
                    throw SolverError.diverged(
                        solver: name, step: steps, time: time, quantity: "vorticity", value: field.basePointer[index])
                }
                try deliver(number, field)
            }
        }
        return IntegrationReport(steps: steps, timeStep: steps == 0 ? 0...0 : smallest...largest)
    }

    /// One step over `state`, the normalised half spectrum `[ny, nx/2 + 1]`; returns the largest speed before.
    private func take(_ step: Double, _ state: UnsafeMutablePointer<Element>) -> Double {
        let factors = prepare(step)
        let (z, g) = (velocityBlock.kernelPointer, gradientBlock.kernelPointer)
        let points = (y: shape[0], x: shape[1])
        HalfSpectrumKernels.pairs(
            columns: columns, state, velocityFactors.basePointer, gradientFactors.basePointer, points: points, rowStride: full.rowStride, z,
            g)
        full.toFields(z)
        full.toFields(g)
        var largest: Element = 0
        for row in 0..<points.y {
            largest = max(largest, PairedKernels.advection(points.x, z + 2 * row * full.rowStride, g + 2 * row * full.rowStride))
        }
        pruned.toSpectra(z)
        HalfSpectrumKernels.update(
            points.y, columns: columns, state, factors.state.basePointer, z, rowStride: full.rowStride, factors.product.basePointer,
            factors.forcing.basePointer)
        return Double(largest).squareRoot()
    }

    private func prepare(_ step: Double) -> (timeStep: Double, state: Tensor<Element>, product: Tensor<Element>, forcing: Tensor<Element>) {
        if let factors, abs(factors.timeStep - step) <= 1e-12 * step { return factors }
        let count = Double(shape[0] * shape[1])
        func table(_ value: (Int) -> Double) -> Tensor<Element> {
            Tensor([2 * decay.count], (0..<2 * decay.count).map { Element(value($0)) })
        }
        let implicit = decay.map { 1 / (1 + step / 2 * $0) }
        let new = (
            timeStep: step, state: table { (1 - step / 2 * decay[$0 / 2]) * implicit[$0 / 2] },
            product: table { isKept[$0 / 2] ? -step * implicit[$0 / 2] / count : 0 },
            forcing: table { index in forcing.map { step * implicit[index / 2] * $0.basePointer[index] / count } ?? 0 }
        )
        factors = new
        return new
    }
}
