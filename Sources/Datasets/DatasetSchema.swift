import Grids

/// What a dataset file holds: grid, frames, boundary and fields.
///
/// Two files of one schema differ in samples and provenance only.
public struct DatasetSchema: Hashable, Codable, Sendable {
    /// Stored precision of fields that vary in space.
    public enum Precision: String, Hashable, Codable, CaseIterable, Sendable {
        /// 32-bit numbers.
        case float32
        /// 64-bit numbers.
        case float64
    }

    /// The grid of all spatial fields.
    public let grid: Grid
    /// Times of the frames (simulation time, an axis named `t`); nil when nothing depends on time.
    public let times: Axis?
    /// The boundary of the domain.
    public let boundary: Boundary
    /// All fields, in the order in which they are stored.
    public let fields: [FieldDescription]
    /// Stored precision of fields that vary in space; numbers per sample are always stored in 64 bits.
    public let precision: Precision

    /// A schema; names of fields must be unique and must not be those of coordinates and per-sample records.
    public init(grid: Grid, times: Axis? = nil, boundary: Boundary, fields: [FieldDescription], precision: Precision = .float32) {
        precondition(times == nil || times!.name == "t", "the axis of times is named '\(times!.name)', not 't'")
        precondition(Set(fields.map(\.name)).count == fields.count, "repeated field name in \(fields.map(\.name))")
        let reserved = DatasetSchema.reservedNames(grid)
        for field in fields {
            precondition(!reserved.contains(field.name), "field name '\(field.name)' is reserved for a coordinate or a record")
            precondition(times != nil || !field.dependence.time, "field '\(field.name)' depends on time, but there are no times")
        }
        for name in grid.mapping {
            precondition(fields.contains { $0.name == name && $0.role == .coordinate }, "the grid's coordinate field '\(name)' is missing")
        }
        self.grid = grid
        self.times = times
        self.boundary = boundary
        self.fields = fields
        self.precision = precision
    }

    /// The field of that name.
    public func field(_ name: String) -> FieldDescription? { fields.first { $0.name == name } }

    /// Number of frames, 1 without times.
    public var frameCount: Int { times?.count ?? 1 }

    /// Shape of one sample of a field: `[time, z, y, x]` less what it does not depend on.
    public func shape(of field: FieldDescription) -> [Int] {
        (field.dependence.time ? [frameCount] : []) + field.axes(on: grid).map(\.count)
    }

    /// Dimension names of a field in the file.
    func dimensions(of field: FieldDescription) -> [String] {
        (field.dependence.sample ? ["sample"] : []) + (field.dependence.time ? ["time"] : []) + field.axes(on: grid).map(\.name)
    }

    /// Stored type of a field: spatial fields in the precision of the schema, numbers in double.
    func type(of field: FieldDescription) -> NetCDFType {
        field.dependence.space == .none || precision == .float64 ? .double : .float
    }

    /// Bytes of one sample in a file, for predicting sizes.
    public var bytesPerSample: Int {
        fields.filter(\.dependence.sample).reduce(0) { $0 + shape(of: $1).reduce(1, *) * type(of: $1).size! }
    }

    static func reservedNames(_ grid: Grid) -> Set<String> {
        Set(["sample", "time", "t", "nv"] + SampleRecord.variables.map(\.name) + grid.axes.flatMap { [$0.name, $0.name + "_bnds"] })
    }
}
