import Foundation
import Grids
import Solvers
import Tensors
import Transforms

/// The vorticity equation written out with plain transforms and products at the points: the slow twin of `NavierStokes2D`.
struct PlanarFlowReference {
    let shape: [Int]
    var lengths: [Double] = [1, 1]
    let viscosity: Double
    var drag = 0.0
    var forcing: Tensor<Double>?

    /// The part of a field `[y, x]` in the band of the 2/3 rule.
    func dealiased(_ field: Tensor<Double>) -> Tensor<Double> {
        let transform = RealFourierTransform<Double>(grid: shape)
        let mask = Wavenumbers.dealiasingMask(grid: shape, Double.self).scalars
        let spectrum = transform.forward(field)
        return transform.inverse(consuming: Tensor(spectrum.shape, spectrum.scalars.enumerated().map { $1 * mask[$0 / 2] }))
    }

    /// w_t, every term at the points.
    func rate(_ w: Tensor<Double>) -> Tensor<Double> {
        let derivative = SpectralDerivative<Double>(grid: shape, lengths: lengths)
        let gradient = derivative.gradient(w).map(\.scalars)
        let velocity = PeriodicFlow2D(shape: shape, lengths: lengths).velocity(fromVorticity: w).scalars
        var products = w.scalars
        for index in 0..<w.count {
            products[index] = velocity[2 * index] * gradient[1][index] + velocity[2 * index + 1] * gradient[0][index]
        }
        products = dealiased(Tensor(shape, products)).scalars
        let laplacian = derivative.laplacian(w).scalars
        let forcing = self.forcing.map { dealiased($0.reshaped(shape)).scalars } ?? Array(repeating: 0, count: w.count)
        var result = w.scalars
        for index in 0..<w.count {
            result[index] = viscosity * laplacian[index] - drag * result[index] - products[index] + forcing[index]
        }
        return Tensor(shape, result)
    }

    /// Classical Runge-Kutta steps from the band's part of `w`.
    func integrate(_ w: Tensor<Double>, to time: Double, steps: Int) -> Tensor<Double> {
        let h = time / Double(steps)
        func moved(_ a: Tensor<Double>, _ factor: Double, _ b: Tensor<Double>) -> Tensor<Double> {
            Tensor(shape, zip(a.scalars, b.scalars).map { $0 + factor * $1 })
        }
        var state = dealiased(w.reshaped(shape))
        for _ in 0..<steps {
            let first = rate(state)
            let second = rate(moved(state, h / 2, first))
            let third = rate(moved(state, h / 2, second))
            let fourth = rate(moved(state, h, third))
            state = moved(moved(moved(moved(state, h / 6, first), h / 3, second), h / 3, third), h / 6, fourth)
        }
        return state
    }
}

/// The generator of the FNO data as published, in its own array order `[x, y]` and with its five real transforms: the slow twin of the
/// Crank-Nicolson scheme.
struct PublishedGenerator {
    let n: Int
    let viscosity: Double
    let forcing: Tensor<Double>
    let timeStep: Double

    func integrate(_ initial: Tensor<Double>, steps: Int) -> Tensor<Double> {
        let transform = RealFourierTransform<Double>(grid: [n, n])
        let columns = n / 2 + 1
        let turn = 2 * Double.pi
        let k1 = Wavenumbers.integers(n).map { Double($0) }
        var w = transform.forward(initial).scalars
        let f = transform.forward(forcing).scalars
        for _ in 0..<steps {
            func field(_ factor: (_ k1: Double, _ k2: Double, _ laplacian: Double) -> Double) -> [Double] {
                var spectrum = w
                for i in 0..<n {
                    for j in 0..<columns {
                        let k2 = Double(j)
                        let laplacian = i == 0 && j == 0 ? 1 : turn * turn * (k1[i] * k1[i] + k2 * k2)
                        let (index, value) = (2 * (i * columns + j), factor(k1[i], k2, laplacian))
                        (spectrum[index], spectrum[index + 1]) = (-value * w[index + 1], value * w[index])
                    }
                }
                return transform.inverse(consuming: Tensor([n, columns, 2], spectrum)).scalars
            }
            let q = field { turn * $1 / $2 }
            let v = field { -turn * $0 / $2 }
            let w1 = field { k1, _, _ in turn * k1 }
            let w2 = field { _, k2, _ in turn * k2 }
            var values = q
            for index in 0..<n * n { values[index] = q[index] * w1[index] + v[index] * w2[index] }
            let product = transform.forward(Tensor([n, n], values)).scalars
            for i in 0..<n {
                for j in 0..<columns {
                    let laplacian = i == 0 && j == 0 ? 1 : turn * turn * (k1[i] * k1[i] + Double(j * j))
                    let limit = 2 / 3 * Double(n / 2)
                    let isKept = abs(k1[i]) <= limit && Double(j) <= limit
                    for part in 0..<2 {
                        let index = 2 * (i * columns + j) + part
                        let explicit = (isKept ? -timeStep * product[index] : 0) + timeStep * f[index]
                        let half = 0.5 * timeStep * viscosity * laplacian
                        w[index] = (explicit + (1 - half) * w[index]) / (1 + half)
                    }
                }
            }
        }
        return transform.inverse(consuming: Tensor([n, columns, 2], w))
    }
}

/// A smooth random vorticity `[y, x, 1]` of zero mean with the wavenumbers up to `largest`, the same function on every grid.
func smoothVorticity(_ shape: [Int], largest: Int = 4, seed: UInt64 = 7) -> Tensor<Double> {
    let waves = (2 * largest + 1) * (2 * largest + 1)
    let amplitudes = Philox(seed: seed, stream: 3).normals(2 * waves)
    var values = [Double](repeating: 0, count: shape[0] * shape[1])
    for p in -largest...largest {
        for q in -largest...largest where (p, q) != (0, 0) {
            let number = (p + largest) * (2 * largest + 1) + q + largest
            let size = 3 / (1 + Double(p * p + q * q))
            let (a, b) = (size * Double(amplitudes[2 * number]), size * Double(amplitudes[2 * number + 1]))
            for y in 0..<shape[0] {
                for x in 0..<shape[1] {
                    let phase = 2 * Double.pi * (Double(p * y) / Double(shape[0]) + Double(q * x) / Double(shape[1]))
                    values[y * shape[1] + x] += a * cos(phase) + b * sin(phase)
                }
            }
        }
    }
    return Tensor(shape + [1], values)
}

/// A field `[y, x]` of the unit square by its values.
func planarField(_ n: Int, _ value: (_ y: Double, _ x: Double) -> Double) -> Tensor<Double> {
    var values: [Double] = []
    for y in 0..<n { for x in 0..<n { values.append(value(Double(y) / Double(n), Double(x) / Double(n))) } }
    return Tensor([n, n], values)
}

/// The forcing of the FNO data, 0.1 (sin 2 pi (x + y) + cos 2 pi (x + y)).
func diagonalForcing(_ n: Int) -> Tensor<Double> {
    planarField(n) { y, x in
        let phase = 2 * Double.pi * (x + y)
        return 0.1 * (sin(phase) + cos(phase))
    }
}
