import Foundation
import Grids
import Tensors

/// A layout of dataset files that others publish and `DatasetConversion` reads.
public enum ForeignLayout: String, CaseIterable, Hashable, Sendable {
    /// PDEBench HDF5: `tensor (b, t, x)`, `density, pressure, Vx, ... (b, t, x, y, z)`, or groups `NNNN/data (t, x, y, c)`.
    case pdeBench = "pdebench"
    /// The Well HDF5: groups `t0_fields`, `t1_fields`, `t2_fields`, `dimensions`, `boundary_conditions`, `scalars`.
    case theWell = "the-well"
    /// MATLAB v7.3 files of the FNO paper: `a, u, t` or `coeff, sol`, samples first in MATLAB's order.
    case fno
}

/// One field of a foreign file and where its values come from.
struct ForeignField: Sendable {
    let description: FieldDescription
    /// Reads samples as one tensor with a leading sample axis, or the whole field if it does not vary with the sample.
    let read: @Sendable (Range<Int>) throws -> Tensor<Double>
}

/// What a foreign file holds, in terms of Eddy's datasets.
struct ForeignDataset: Sendable {
    let layout: ForeignLayout
    let schema: DatasetSchema
    let sampleCount: Int
    let fields: [ForeignField]
    /// What had to be assumed or left out, for the user and for the attribute `comment`.
    let notes: [String]
}

/// What the user says about a foreign file that the file does not say itself.
public struct ConversionOptions: Hashable, Sendable {
    /// Layout; nil to recognise it.
    public var layout: ForeignLayout?
    /// Boundary at every side, where the file and `axisBoundary` do not say; nil for what the layout implies.
    public var boundary: BoundaryKind?
    /// Boundary at both sides of some axes, by name.
    public var axisBoundary: [String: BoundaryKind]
    /// Samples to convert, nil for all; an end of `Int.max` stands for the last sample.
    public var samples: Range<Int>?
    /// Name of the split.
    public var split: String
    /// Name of the dataset; nil for the name of the file.
    public var title: String?
    /// The equation; nil for `unknown`.
    public var pde: String?
    /// Program, version and commit, for the attribute `source`.
    public var source: String
    /// The command, for the attribute `history`.
    public var command: String
    /// Licence of the data; the user must know it.
    public var license: String
    /// Store in 64 bits instead of 32.
    public var precision: DatasetSchema.Precision

    /// Options.
    public init(
        layout: ForeignLayout? = nil, boundary: BoundaryKind? = nil, axisBoundary: [String: BoundaryKind] = [:], samples: Range<Int>? = nil,
        split: String = "train", title: String? = nil, pde: String? = nil, source: String, command: String, license: String = "unknown",
        precision: DatasetSchema.Precision = .float32
    ) {
        self.layout = layout
        self.boundary = boundary
        self.axisBoundary = axisBoundary
        self.samples = samples
        self.split = split
        self.title = title
        self.pde = pde
        self.source = source
        self.command = command
        self.license = license
        self.precision = precision
    }
}
