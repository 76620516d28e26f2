import Grids
import Tensors

/// `[sampler] name = "bumps"`: Gaussian bumps at random places.
public struct GaussianBumpsSampler: InitialFieldSampler, Equatable {
    /// The name in case files.
    public static let name = "bumps"
    /// One line for `eddy list`.
    public static let summary = "a random number of Gaussian bumps at random places of the box"

    /// Smallest and largest number of bumps.
    public var count = [2, 5]
    /// Smallest and largest height.
    public var heights = [0.5, 1.0]
    /// Smallest and largest width, in units of the axes.
    public var widths = [0.02, 0.08]

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integers("count", \.count, .range(1...1000), count: 2...2, "smallest and largest number of bumps"),
        .numbers("heights", \.heights, count: 2...2, "smallest and largest height"),
        .numbers("widths", \.widths, .positive, count: 2...2, "smallest and largest width, in units of the axes"),
    ]

    /// Ranges are not empty.
    public mutating func resolve(_ checker: inout CaseChecker) {
        if count[0] > count[1] { checker.reject("count", allowed: "the smaller one first") }
        if heights[0] > heights[1] { checker.reject("heights", allowed: "the smaller one first") }
        if widths[0] > widths[1] { checker.reject("widths", allowed: "the smaller one first") }
    }

    /// The values of the bumps; they do not depend on the grid.
    public func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double> {
        let bumps = GaussianBumps(count: count[0]...count[1], heights: heights[0]...heights[1], widths: widths[0]...widths[1])
        return { bumps.sample($0, on: grid) }
    }

    /// The law.
    public var initialAccount: String {
        "\(count[0]) to \(count[1]) Gaussian bumps of heights \(heights[0]) to \(heights[1]) and widths \(widths[0]) to \(widths[1])"
    }
}
