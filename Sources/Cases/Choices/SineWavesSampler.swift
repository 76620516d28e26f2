import Grids
import Tensors

/// `[sampler] name = "sine-waves"`: a sum of a few sine waves of random wavenumber, amplitude and phase.
public struct SineWavesSampler: InitialFieldSampler, Equatable {
    /// The name in case files.
    public static let name = "sine-waves"
    /// One line for `eddy list`.
    public static let summary = "a sum of sine waves of random wavenumber, amplitude and phase, in one dimension"

    /// Number of waves.
    public var terms = 5
    /// Smallest and largest wavenumber.
    public var wavenumbers = [1, 3]
    /// Smallest and largest amplitude.
    public var amplitudes = [-0.5, 0.5]

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("terms", \.terms, .range(1...1000), "number of waves"),
        .integers("wavenumbers", \.wavenumbers, .range(0...10_000), count: 2...2, "smallest and largest number of periods in the domain"),
        .numbers("amplitudes", \.amplitudes, count: 2...2, "smallest and largest amplitude"),
    ]

    /// Ranges are not empty.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if wavenumbers[0] > wavenumbers[1] { checker.reject("wavenumbers", allowed: "the smaller one first") }
        if amplitudes[0] > amplitudes[1] { checker.reject("amplitudes", allowed: "the smaller one first") }
    }

    /// The values of the sum; they do not depend on the grid.
    public func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double> {
        let waves = RandomSineWaves(
            terms: terms, wavenumbers: wavenumbers[0]...wavenumbers[1], amplitudes: amplitudes[0]...amplitudes[1])
        return { waves.sample($0, on: grid.axes[0]) }
    }

    /// The law.
    public var initialAccount: String {
        "\(terms) sine waves of \(wavenumbers[0]) to \(wavenumbers[1]) periods and amplitudes \(amplitudes[0]) to \(amplitudes[1])"
    }
}
