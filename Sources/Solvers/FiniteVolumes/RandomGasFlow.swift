import Grids
import Numerics
import Tensors

/// Random initial states of a compressible gas in a periodic box: waves of small wavenumbers in velocity, pressure and density.
///
/// Each of the four fields is a sum over the wavenumbers `k = (i, j)`, `1 <= |i|, |j| <= n`, with phases of its own,
///
///     s(x) = sum_k |k|^(-1/2) sin(2 pi k . x / L + phi_k).
///
/// With a background density `rho0` and temperature `T0`, both uniform in a range, the state is
/// `v = (s1, s2) M sqrt(gamma T0) / mean|(s1, s2)|`, `p = rho0 T0 (1 + dP s3 / mean|s3|)`, `rho = rho0 (1 + dD s4 / mean|s4|)`.
/// With probability 1/2 the departures from the background are confined to a window in `x` and `y` whose edges `tanh((x - a) / (0.01 L))` lie
/// at random in [0.1, 0.45] and [0.55, 0.9] of the box.
///
/// The waves, and the means taken over a fixed grid of 128 x 128 points, belong to the generator's stream alone: one stream is one
/// state at every resolution. A sample may have a density or pressure that is not positive (rare, at large `dD`, `dP`); a solver refuses it.
///
/// ## References
/// M. Takamoto et al., "PDEBench: an extensive benchmark for scientific machine learning", arXiv:2210.07182: the initial condition
/// `2D_rand` of the compressible Navier-Stokes data.
public struct RandomGasFlow: Sendable {
    /// The periodic grid `[y, x]` of the samples.
    public let grid: Grid
    /// Ratio of specific heats.
    public let adiabaticIndex: Double
    /// Mean speed over the sound speed of the background, `M`.
    public let machNumber: Double
    /// Largest wavenumber `n` along an axis.
    public let maximalWavenumber: Int
    /// Range of the background density `rho0`.
    public let densities: ClosedRange<Double>
    /// Range of the background temperature `T0`.
    public let temperatures: ClosedRange<Double>
    /// Range of both relative amplitudes, `dD` and `dP`.
    public let amplitudes: ClosedRange<Double>

    /// The law of the published data unless told otherwise.
    public init(
        grid: Grid, adiabaticIndex: Double = 5.0 / 3, machNumber: Double = 0.1, maximalWavenumber: Int = 4,
        densities: ClosedRange<Double> = 0.1...10,
        temperatures: ClosedRange<Double> = 0.1...10, amplitudes: ClosedRange<Double> = 0.01...0.2
    ) {
        precondition(grid.dimension == 2 && grid.isUniform, "random gas flow on the grid \(grid)")
        precondition(maximalWavenumber >= 1, "maximal wavenumber \(maximalWavenumber)")
        precondition(densities.lowerBound > 0 && temperatures.lowerBound > 0, "densities \(densities), temperatures \(temperatures)")
        self.grid = grid
        self.adiabaticIndex = adiabaticIndex
        self.machNumber = machNumber
        self.maximalWavenumber = maximalWavenumber
        self.densities = densities
        self.temperatures = temperatures
        self.amplitudes = amplitudes
    }

    /// The state `[y, x, field]` that `generator` determines: density, velocity along `x` and `y`, pressure.
    public func sample(_ generator: Philox) -> Tensor<Double> {
        func draw(_ index: Int, _ range: ClosedRange<Double>) -> Double {
            range.lowerBound + (range.upperBound - range.lowerBound) * generator.uniform(at: index)
        }
        let (density, densityAmplitude) = (draw(0, densities), draw(1, amplitudes))
        let (temperature, pressureAmplitude) = (draw(2, temperatures), draw(3, amplitudes))
        let pressure = density * temperature
        let speed = machNumber * (adiabaticIndex * temperature).squareRoot()
        let isWindowed = generator.uniform(at: 4) < 0.5

        let phases = Philox(seed: generator.seed, stream: generator.stream).uniforms(8 + phaseCount, in: 0...2 * .pi)
        let reference = (0..<128).map { Double($0) / 128 }
        let waves = waves(y: reference, x: reference, phases)
        let count = Double(reference.count * reference.count)
        let speeds = zip(waves[0], waves[1]).reduce(0) { $0 + ($1.0 * $1.0 + $1.1 * $1.1).squareRoot() } / count
        let pressures = waves[2].reduce(0) { $0 + abs($1) } / count
        let densities = waves[3].reduce(0) { $0 + abs($1) } / count

        let positions = grid.axes.map { axis in axis.coordinates.map { ($0 - axis.lower) / axis.length } }
        let fields = self.waves(y: positions[0], x: positions[1], phases)
        var windows = positions.map { $0.map { _ in 1.0 } }
        if isWindowed {
            for (axis, index) in [(1, 5), (0, 7)] {
                let (lower, upper) = (draw(index, 0.1...0.45), draw(index + 1, 0.55...0.9))
                windows[axis] = positions[axis].map { 0.5 * (.tanh(($0 - lower) / 0.01) - .tanh(($0 - upper) / 0.01)) }
            }
        }
        var state = Tensor<Double>(uninitialized: grid.shape + [4])
        let columns = grid.shape[1]
        state.withUnsafeMutablePointer { target in
            for i in 0..<grid.count {
                let window = windows[0][i / columns] * windows[1][i % columns]
                target[4 * i] = density * (1 + window * densityAmplitude * fields[3][i] / densities)
                target[4 * i + 1] = window * speed * fields[0][i] / speeds
                target[4 * i + 2] = window * speed * fields[1][i] / speeds
                target[4 * i + 3] = pressure * (1 + window * pressureAmplitude * fields[2][i] / pressures)
            }
        }
        return state
    }

    /// Random numbers from the ninth on are the phases, four for each wavenumber.
    private var phaseCount: Int { 1 + 4 * (2 * maximalWavenumber + 1) * (2 * maximalWavenumber + 1) }

    /// The four sums of waves at the points `y` x `x` (in units of the box), in row-major order.
    private func waves(y: [Double], x: [Double], _ phases: [Double]) -> [[Double]] {
        let n = maximalWavenumber
        let waves = (-n...n).filter { $0 != 0 }
        var sums = [[Double]](repeating: [Double](repeating: 0, count: y.count * x.count), count: 4)
        let tables = waves.map { k in x.map { (cosine: Double.cos(2 * .pi * Double(k) * $0), sine: Double.sin(2 * .pi * Double(k) * $0)) } }
        for field in 0..<4 {
            for (row, position) in y.enumerated() {
                for (number, i) in waves.enumerated() {
                    // sin(i x + b) with b = j y + phase, summed over j first.
                    var (sine, cosine) = (0.0, 0.0)
                    for j in waves {
                        let scale = 1 / Double(i * i + j * j).squareRoot().squareRoot()
                        let phase = phases[9 + 4 * ((j + n) * (2 * n + 1) + i + n) + field]
                        let angle = 2 * .pi * Double(j) * position + phase
                        sine += scale * .sin(angle)
                        cosine += scale * .cos(angle)
                    }
                    tables[number].withUnsafeBufferPointer { table in
                        for column in 0..<x.count {
                            sums[field][row * x.count + column] += table[column].sine * cosine + table[column].cosine * sine
                        }
                    }
                }
            }
        }
        return sums
    }
}
