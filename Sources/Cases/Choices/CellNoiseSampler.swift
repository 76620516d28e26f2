import Grids
import Tensors

/// `[sampler] name = "cell-noise"`: independent normal numbers on the cells of a fixed grid.
public struct CellNoiseSampler: SamplerSettings, Equatable {
    /// The name in case files.
    public static let name = "cell-noise"
    /// One line for `eddy list`.
    public static let summary = "independent normal numbers on the cells of a fixed grid (PDEBench's reaction-diffusion data)"

    /// Cells along every axis.
    public var cells = 128
    /// Standard deviation.
    public var deviation = 1.0

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("cells", \.cells, .range(1...4096), "cells along every axis; the solver's grid has a multiple of them"),
        .number("deviation", \.deviation, .positive, "standard deviation"),
    ]
}
