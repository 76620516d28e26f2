import Grids
import Numerics
import Tensors

/// Random initial states of buoyant flow: smoke of large scales in a fluid at rest.
///
/// The smoke is the magnitude of a periodic Gaussian field of mean 0 and, in each sample, variance 1 over the box,
///
///     s(x) = |sum_m |m|^(-2 r) (a_m cos(2 pi m . x / L) + b_m sin(2 pi m . x / L))| / norm,        0 < |m_x|, |m_y| <= n,
///
/// with independent normal numbers `a`, `b`. Wavenumbers with `(scale |m| / L)^2 <= 0.1` are left out. One generator gives one function at
/// every resolution.
///
/// ## References
/// J. K. Gupta, J. Brandstetter, arXiv:2209.15616: noise of scale 11 and smoothness `r = 6` in a box of side 32.
public struct RandomSmoke: Sendable {
    /// The grid `[y, x]` of the samples.
    public let grid: Grid
    /// Length, in the units of the box, that sets the longest waves.
    public let scale: Double
    /// Exponent `r` of the decay with the squared wavenumber.
    public let smoothness: Double
    /// Largest wavenumber `n` along an axis.
    public let maximalWavenumber: Int

    /// The law of the published data unless told otherwise.
    public init(grid: Grid, scale: Double = 11, smoothness: Double = 6, maximalWavenumber: Int = 16) {
        precondition(grid.dimension == 2 && grid.isUniform, "random smoke on the grid \(grid)")
        precondition(
            scale > 0 && smoothness >= 0 && maximalWavenumber >= 1,
            "scale \(scale), smoothness \(smoothness), wavenumber \(maximalWavenumber)")
        self.grid = grid
        self.scale = scale
        self.smoothness = smoothness
        self.maximalWavenumber = maximalWavenumber
    }

    /// The state `[y, x, field]` that `generator` determines: smoke, velocity along `x` and `y` (zero).
    public func sample(_ generator: Philox) -> Tensor<Double> {
        let n = maximalWavenumber
        let (rows, columns) = (grid.shape[0], grid.shape[1])
        let (side, height) = (grid.axes[1].length, grid.axes[0].length)
        let angles = grid.axes.map { axis in axis.coordinates.map { 2 * .pi * ($0 - axis.lower) / axis.length } }
        let cosines = (0...n).map { m in angles[1].map { Double.cos(Double(m) * $0) } }
        let sines = (0...n).map { m in angles[1].map { Double.sin(Double(m) * $0) } }
        var field = [Double](repeating: 0, count: grid.count)
        var variance = 0.0
        // Of m and -m one is kept: they are one wave, with twice the variance.
        for j in 0...n {
            for i in -n...n where j > 0 || i > 0 {
                let wave = (x: Double(i) * scale / side, y: Double(j) * scale / height)
                let square = wave.x * wave.x + wave.y * wave.y
                guard square > 0.1 else { continue }
                let (a, b) = generator.normalPair(at: j * (2 * n + 1) + i + n)
                let amplitude = Double.pow(square, -smoothness)
                variance += 0.5 * amplitude * amplitude * (a * a + b * b)
                let (cosine, sine, sign) = (cosines[abs(i)], sines[abs(i)], Double(i.signum()))
                for y in 0..<rows {
                    // a cos(i x + t) + b sin(i x + t) by the angle t = j y of the row.
                    let (c, s) = (Double.cos(Double(j) * angles[0][y]), Double.sin(Double(j) * angles[0][y]))
                    let (even, odd) = (amplitude * (a * c + b * s), amplitude * sign * (b * c - a * s))
                    for x in 0..<columns { field[y * columns + x] += even * cosine[x] + odd * sine[x] }
                }
            }
        }
        let norm = 1 / max(variance.squareRoot(), .leastNormalMagnitude)
        var state = Tensor<Double>(grid.shape + [3])
        state.withUnsafeMutablePointer { target in
            for i in 0..<grid.count { target[3 * i] = abs(field[i]) * norm }
        }
        return state
    }
}
