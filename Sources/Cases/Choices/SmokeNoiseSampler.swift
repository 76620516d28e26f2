/// `[sampler] name = "smoke-noise"`: a random smooth distribution of smoke in still air.
public struct SmokeNoiseSampler: SamplerSettings, Equatable {
    /// The name in case files.
    public static let name = "smoke-noise"
    /// One line for `eddy list`.
    public static let summary = "a random smooth distribution of smoke in still air (PDEArena's smoke data)"

    /// Length scale of the noise.
    public var scale = 11.0
    /// Decay of its spectrum.
    public var smoothness = 6.0
    /// Smallest and largest buoyancy, uniform between them and an input of the operator unless both are equal.
    public var buoyancy = [0.5, 0.5]

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .number("scale", \.scale, .positive, "length scale of the noise, in the units of the box"),
        .number("smoothness", \.smoothness, .nonnegative, "decay of its spectrum"),
        .numbers(
            "buoyancy", \.buoyancy, .nonnegative, count: 2...2,
            "smallest and largest acceleration by a unit of smoke; each sample draws its own, which is then an input of the operator"),
    ]

    /// The range is in order.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if buoyancy[0] > buoyancy[1] { checker.reject("buoyancy", allowed: "the smaller one first") }
    }

    /// Whether the buoyancy differs from sample to sample.
    var variesBuoyancy: Bool { buoyancy[0] < buoyancy[1] }
}
