import Numerics
import Tensors
import Transforms

/// The semilinear equation `u_t + a u u_x = L u` on a periodic interval, in Fourier space: Burgers, Korteweg-de Vries and Kuramoto-Sivashinsky differ in `L` alone.
///
///     du_k/dt = L_k u_k - (i k a / 2) (u^2)_k,   u(x_j) = sum_k u_k exp(i k x_j)
///
/// A state holds the coefficients 0...K, K = `Wavenumbers.largestDealiased`, so that the product is free of aliasing in them; the mean is conserved exactly.
package final class QuadraticConvection: SemilinearSpectralEquation {
    package typealias Element = Double

    package let name: String
    package let linearSymbol: LinearSymbol
    let points: Int
    /// Largest integer wavenumber of a state.
    package let kept: Int
    private let speedFactor: Double
    private let transform: InPlaceFourierTransform<Double>
    private let block: Storage<Double>
    /// `a k / (2 n)` of every coefficient.
    private let factors: Storage<Double>
    /// Wavenumbers `2 pi k / L`.
    private let wavenumbers: [Double]
    /// The least of `-Re L_m / k_m` over `m >= k`: above this speed the wave `k`, or a shorter one, is convected faster than it is damped.
    private let dampingSpeed: [Double]
    private var largestSquare = 0.0

    /// The equation with the linear symbol `symbol(k)` at wavenumber `k`.
    package init(name: String, points: Int, length: Double, speedFactor: Double, symbol: (Double) -> Complex<Double>) {
        self.name = name
        self.points = points
        self.speedFactor = speedFactor
        kept = Wavenumbers.largestDealiased(points)
        transform = InPlaceFourierTransform(grid: [points])
        block = Storage(count: transform.count)
        factors = Storage(count: kept + 1)
        wavenumbers = (0...kept).map { 2 * .pi * Double($0) / length }
        let symbols = wavenumbers.map(symbol)
        linearSymbol =
            symbols.allSatisfy { $0.imaginary == 0 }
            ? .real(symbols.map(\.real)) : .complex(symbols.flatMap { [$0.real, $0.imaginary] })
        for (k, wavenumber) in wavenumbers.enumerated() { factors.pointer[k] = 0.5 * speedFactor * wavenumber / Double(points) }
        var damping = [Double](repeating: .infinity, count: kept + 2)
        for k in stride(from: kept, to: 0, by: -1) { damping[k] = min(damping[k + 1], -symbols[k].real / wavenumbers[k]) }
        dampingSpeed = damping
    }

    /// Scalars of a state.
    var count: Int { 2 * (kept + 1) }

    package func nonlinearTerm(of state: UnsafePointer<Double>, time: Double, into rate: UnsafeMutablePointer<Double>) {
        let u = block.pointer
        u.update(from: state, count: count)
        (u + count).update(repeating: 0, count: transform.count - count)
        transform.toFields(u)
        largestSquare = square(points, u)
        transform.toSpectra(u)
        differentiate(kept + 1, u, factors.pointer, into: rate)
    }

    /// 2.8 over the largest convection rate `a max|u| k` among waves that are not damped faster than they are convected.
    package var stableTimeStep: Double {
        let speed = abs(speedFactor) * largestSquare.squareRoot()
        guard speed > 0 else { return .infinity }
        // The damping speed does not fall with k: bisection for the shortest wave below `speed`.
        var (low, high) = (0, kept + 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if dampingSpeed[middle] < speed { low = middle } else { high = middle }
        }
        return low == 0 ? .infinity : 2.8 / (speed * wavenumbers[low])
    }

    // MARK: - Between points and coefficients

    /// Coefficients of the values at the points, and the share of their energy, without the mean, in waves that the state leaves out.
    func coefficients(of values: UnsafePointer<Double>, into state: UnsafeMutablePointer<Double>) -> Double {
        let u = block.pointer
        u.update(from: values, count: points)
        transform.toSpectra(u)
        let factor = 1 / Double(points)
        for i in 0..<count { state[i] = factor * u[i] }
        let inside = energy(state, 1...kept)
        var outside = 0.0
        for i in count..<transform.count { outside += factor * factor * u[i] * u[i] }
        return outside / max(inside + outside, .leastNormalMagnitude)
    }

    /// The values at the points.
    func values(of state: UnsafePointer<Double>, into values: UnsafeMutablePointer<Double>) {
        let u = block.pointer
        u.update(from: state, count: count)
        (u + count).update(repeating: 0, count: transform.count - count)
        transform.toFields(u)
        values.update(from: u, count: points)
    }

    /// Share of the energy, without the mean, in the shortest tenth of the waves of a state.
    func tail(of state: UnsafePointer<Double>) -> Double {
        let first = max(1, kept - kept / 10)
        return energy(state, first...kept) / max(energy(state, 1...kept), .leastNormalMagnitude)
    }

    private func energy(_ state: UnsafePointer<Double>, _ range: ClosedRange<Int>) -> Double {
        range.reduce(0) { $0 + state[2 * $1] * state[2 * $1] + state[2 * $1 + 1] * state[2 * $1 + 1] }
    }
}

/// Squares in place; the largest square.
private func square(_ count: Int, _ u: UnsafeMutablePointer<Double>) -> Double {
    var largest = SIMD8<Double>.zero
    let raw = UnsafeMutableRawPointer(u)
    let whole = count - count % 8
    for i in stride(from: 0, to: whole, by: 8) {
        let value = raw.loadUnaligned(fromByteOffset: 8 * i, as: SIMD8<Double>.self)
        let product = value * value
        raw.storeBytes(of: product, toByteOffset: 8 * i, as: SIMD8<Double>.self)
        largest.replace(with: product, where: product .> largest)
    }
    var result = largest.max()
    for i in whole..<count {
        u[i] *= u[i]
        result = max(result, u[i])
    }
    // Comparisons lose what is not a number; the last value of a transform shows it everywhere.
    return u[0].isFinite ? result : .infinity
}

/// `rate = -i f s` for complex pairs `s`.
private func differentiate(_ count: Int, _ s: UnsafePointer<Double>, _ f: UnsafePointer<Double>, into rate: UnsafeMutablePointer<Double>) {
    for k in 0..<count {
        rate[2 * k] = f[k] * s[2 * k + 1]
        rate[2 * k + 1] = -f[k] * s[2 * k]
    }
}
