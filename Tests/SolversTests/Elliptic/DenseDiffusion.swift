import Solvers
import Tensors

/// Slow reference for `DiffusionSolver`: the scheme written out point by point from its definition, and a dense Cholesky solve.
struct DenseDiffusion {
    let ny: Int
    let nx: Int
    /// Matrix and right-hand side of the equations, multiplied by the cell area; unknown `(j, i)` has number `j nx + i`.
    var matrix: [Double]
    var right: [Double]

    init(_ scheme: DiffusionScheme, coefficient a: Tensor<Double>, source f: Tensor<Double>, boundary: DiffusionBoundary) {
        (ny, nx) = (scheme.unknownShape[0], scheme.unknownShape[1])
        let (hy, hx) = (scheme.spacing[0], scheme.spacing[1])
        matrix = Array(repeating: 0, count: ny * nx * ny * nx)
        right = Array(repeating: 0, count: ny * nx)
        func mean(_ p: Double, _ q: Double) -> Double { scheme.averaging == .arithmetic ? (p + q) / 2 : 2 / (1 / p + 1 / q) }
        for j in 0..<ny {
            for i in 0..<nx {
                let row = j * nx + i
                let offset = scheme.location == .nodes ? 1 : 0
                right[row] += f[j + offset, i + offset] * hx * hy
                for (dj, di) in [(0, -1), (0, 1), (-1, 0), (1, 0)] {
                    let (jj, ii) = (j + dj, i + di)
                    let outside = jj < 0 || jj >= ny || ii < 0 || ii >= nx
                    // Coefficient on the face and distance to what lies behind it.
                    var face: Double
                    var distance = di != 0 ? hx : hy
                    switch scheme.location {
                    case .nodes:
                        face = mean(a[j + 1, i + 1], a[jj + 1, ii + 1])
                    case .cells where outside:
                        face = a[j, i]
                        distance /= 2
                    case .cells:
                        face = mean(a[j, i], a[jj, ii])
                    case .corners:
                        // The face towards (dj, di) ends at two of the corners (j, i) ... (j + 1, i + 1) of the control volume.
                        let (y, x) = (j + max(dj, 0), i + max(di, 0))
                        face = di != 0 ? mean(a[j, x], a[j + 1, x]) : mean(a[y, i], a[y, i + 1])
                    }
                    let conductance = face * (di != 0 ? hy : hx) / distance
                    matrix[row * ny * nx + row] += conductance
                    guard outside else {
                        matrix[row * ny * nx + jj * nx + ii] -= conductance
                        continue
                    }
                    let value =
                        ii < 0
                        ? boundary.west[j + offset]
                        : ii >= nx ? boundary.east[j + offset] : jj < 0 ? boundary.south[i + offset] : boundary.north[i + offset]
                    right[row] += conductance * value
                }
            }
        }
    }

    /// The unknowns, by Cholesky factorisation.
    func solve() -> [Double] {
        let n = right.count
        var l = matrix
        var x = right
        for k in 0..<n {
            l[k * n + k] = l[k * n + k].squareRoot()
            for i in k + 1..<max(n, k + 1) {
                l[i * n + k] /= l[k * n + k]
            }
            for j in k + 1..<max(n, k + 1) where l[j * n + k] != 0 {
                for i in j..<n { l[i * n + j] -= l[i * n + k] * l[j * n + k] }
            }
        }
        for i in 0..<n {
            for k in 0..<i { x[i] -= l[i * n + k] * x[k] }
            x[i] /= l[i * n + i]
        }
        for i in (0..<n).reversed() {
            for k in i + 1..<max(n, i + 1) { x[i] -= l[k * n + i] * x[k] }
            x[i] /= l[i * n + i]
        }
        return x
    }
}

/// Coefficients for tests of elliptic solvers.
enum TestCoefficients {
    /// A smooth random function on the unit square with features of the size of a tenth, values about -1 to 1: 24 random waves.
    static func smooth(_ shape: [Int], seed: UInt64) -> Tensor<Double> {
        let numbers = Philox(seed: seed, stream: 7)
        let waves = (0..<24).map { index in
            (
                kx: 20 * (numbers.uniform(at: 3 * index) - 0.5) * 2, ky: 20 * (numbers.uniform(at: 3 * index + 1) - 0.5) * 2,
                phase: 2 * Double.pi * numbers.uniform(at: 3 * index + 2)
            )
        }
        var field = Tensor<Double>(uninitialized: shape)
        field.withUnsafeMutablePointer { values in
            for j in 0..<shape[0] {
                for i in 0..<shape[1] {
                    let (y, x) = (Double(j) / Double(shape[0]), Double(i) / Double(shape[1]))
                    var sum = 0.0
                    for wave in waves { sum += Double.cos(wave.kx * x + wave.ky * y + wave.phase) }
                    values[j * shape[1] + i] = sum / 5
                }
            }
        }
        return field
    }

    /// `high` where a smooth random function is positive, `low` elsewhere.
    static func twoValued(_ shape: [Int], low: Double, high: Double, seed: UInt64) -> Tensor<Double> {
        Tensor(shape, smooth(shape, seed: seed).scalars.map { $0 >= 0 ? high : low })
    }

    /// The exponential of a smooth random function, scaled to `contrast = max / min`.
    static func logNormal(_ shape: [Int], contrast: Double, seed: UInt64) -> Tensor<Double> {
        let g = smooth(shape, seed: seed).scalars
        let (low, high) = (g.min()!, g.max()!)
        let scale = high > low ? Double.log(contrast) / (high - low) : 0
        return Tensor(shape, g.map { Double.exp(scale * ($0 - low)) })
    }

    /// Independent values at every point, `contrast = max / min`, uniform in the logarithm.
    static func rough(_ shape: [Int], contrast: Double, seed: UInt64) -> Tensor<Double> {
        let numbers = Philox(seed: seed, stream: 8)
        return Tensor(shape, numbers.uniforms(shape[0] * shape[1]).map { Double.exp(Double.log(contrast) * $0) })
    }
}
