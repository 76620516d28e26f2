/// `[sampler] name = "random-waves"`: waves of small wavenumbers in velocity, pressure and density of a gas.
public struct RandomWavesSampler: SamplerSettings, Equatable {
    /// The name in case files.
    public static let name = "random-waves"
    /// One line for `eddy list`.
    public static let summary = "waves of small wavenumbers in velocity, pressure and density (PDEBench's 2D_rand)"

    /// Mean speed over the sound speed of the background.
    public var mach = 0.1
    /// Largest wavenumber along an axis.
    public var wavenumber = 4

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("mach", \.mach, .between(0, 10), "mean speed over the sound speed of the background"),
        .integer("wavenumber", \.wavenumber, .range(1...64), "largest wavenumber along an axis"),
    ]
}
