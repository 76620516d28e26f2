import Grids
import Tensors

/// Reads the HDF5 layout of The Well: scalar, vector and tensor fields `(sample, time, x, y, z, components)` in groups of their own.
///
/// Whether a field varies with sample and time is stored as HDF5 booleans, which NetCDF-C cannot read; it follows from the shapes.
///
/// Reference: R. Ohana et al., "The Well: a large-scale collection of diverse physics simulations for machine learning", NeurIPS 2024,
/// arXiv:2412.00568.
enum TheWellImporter {
    static func recognises(_ root: NetCDFGroup) throws -> Bool { try root.group("t0_fields") != nil && root.group("dimensions") != nil }

    /// What all fields share.
    private struct Frame {
        let file: NetCDFFile
        let samples: Int
        let frames: Int
        /// Spatial axes in the order of the file, `x` first.
        let names: [String]
        let shape: [Int]
    }

    static func open(_ file: NetCDFFile, options: ConversionOptions) throws -> ForeignDataset {
        let root = file.root
        let attributes = try root.attributes()
        guard let dimensions = try root.group("dimensions"), let trajectories = attributes["n_trajectories"]?.number, trajectories >= 1
        else {
            throw DatasetsError.notConvertible(path: file.path, reason: "no group 'dimensions' or no attribute 'n_trajectories'")
        }
        if let type = attributes["grid_type"]?.text, type != "cartesian" {
            throw DatasetsError.notConvertible(path: file.path, reason: "the grid is '\(type)'; only 'cartesian' grids can be converted")
        }
        let geometry = ForeignGeometry(path: file.path, options: options)
        let names = try spatialNames(dimensions, file)
        let stored = try boundaries(root)
        let kinds = try names.map { try geometry.kind(axis: $0, file: stored[$0]) }
        let axes = try names.indices.map { index in
            guard let variable = try dimensions.variable(names[index]), variable.shape.count == 1 else {
                throw DatasetsError.notConvertible(path: file.path, reason: "no coordinate 'dimensions/\(names[index])' of one dimension")
            }
            return try geometry.axis(names[index], coordinates: variable.readAll(as: Double.self), kind: kinds[index])
        }
        guard let time = try dimensions.variable("time"), let frames = time.shape.last, time.shape.count <= 2 else {
            throw DatasetsError.notConvertible(path: file.path, reason: "no coordinate 'dimensions/time'")
        }
        let times = try geometry.times(times(time, file), count: frames)
        let frame = Frame(file: file, samples: Int(trajectories), frames: frames, names: names, shape: axes.map(\.count))
        let grid = Grid(axes.reversed())
        var fields: [ForeignField] = []
        for (group, order) in [("t0_fields", 0), ("t1_fields", 1), ("t2_fields", 2)] {
            for variable in try root.group(group)?.variables() ?? [] { fields += try self.fields(variable, order: order, frame) }
        }
        for variable in try root.group("scalars")?.variables() ?? [] {
            if let field = try scalar(variable, frame) { fields.append(field) }
        }
        guard fields.contains(where: { $0.description.role == .state }) else {
            throw DatasetsError.notConvertible(path: file.path, reason: "no field that varies with time")
        }
        let notes = try unconverted(root)
        return ForeignDataset(
            layout: .theWell,
            schema: DatasetSchema(
                grid: grid, times: times, boundary: geometry.boundary(Dictionary(uniqueKeysWithValues: zip(names, kinds))),
                fields: fields.map(\.description), precision: options.precision),
            sampleCount: frame.samples, fields: fields, notes: notes)
    }

    private static func spatialNames(_ dimensions: NetCDFGroup, _ file: NetCDFFile) throws -> [String] {
        let listed = try dimensions.attributes()["spatial_dims"]?.text?.split(separator: " ").map(String.init)
        let names = try listed ?? ["x", "y", "z"].filter { try dimensions.variable($0) != nil }
        guard (1...3).contains(names.count), names == Array(["x", "y", "z"].prefix(names.count)) else {
            throw DatasetsError.notConvertible(path: file.path, reason: "the spatial axes are \(names), not x, y, z")
        }
        return names
    }

    /// Times of the frames; the same for all trajectories.
    private static func times(_ variable: NetCDFVariable, _ file: NetCDFFile) throws -> [Double] {
        let values = try variable.readAll(as: Double.self)
        guard variable.shape.count == 2 else { return values }
        let frames = variable.shape[1]
        let first = Array(values.prefix(frames))
        for row in 0..<variable.shape[0] where Array(values[row * frames..<(row + 1) * frames]) != first {
            throw DatasetsError.notConvertible(path: file.path, reason: "the times of trajectory \(row) differ from those of the first")
        }
        return first
    }

    /// Boundary of each axis from `boundary_conditions/*` with `bc_type` and `associated_dims`.
    private static func boundaries(_ root: NetCDFGroup) throws -> [String: BoundaryKind] {
        var result: [String: BoundaryKind] = [:]
        for group in try root.group("boundary_conditions")?.groups() ?? [] {
            let attributes = try group.attributes()
            let kind: BoundaryKind? =
                switch attributes["bc_type"]?.text?.uppercased() {
                case "PERIODIC": .periodic
                case "WALL": .wall
                case "OPEN": .open
                default: nil
                }
            let axes = attributes["associated_dims"]?.text?.split(separator: " ").map(String.init) ?? [group.name.prefix(1).lowercased()]
            guard let kind else { continue }
            for axis in axes { result[axis] = kind }
        }
        return result
    }

    /// One field for a scalar, one for each component of a vector or tensor.
    private static func fields(_ variable: NetCDFVariable, order: Int, _ frame: Frame) throws -> [ForeignField] {
        let dimension = frame.names.count
        let leading = variable.shape.count - dimension - order
        let tail = frame.shape + [Int](repeating: dimension, count: order)
        guard (0...2).contains(leading), Array(variable.shape.suffix(dimension + order)) == tail,
            let (inSample, inTime) = dependence(Array(variable.shape.prefix(max(0, leading))), frame)
        else {
            throw DatasetsError.notConvertible(
                path: frame.file.path,
                reason:
                    "'\(variable.group.name)/\(variable.name)' has the shape \(variable.shape); expected (\(frame.samples), \(frame.frames), "
                    + tail.map { "\($0)" }.joined(separator: ", ") + ")")
        }
        let components = (0..<order).reduce([[Int]()]) { list, _ in list.flatMap { c in (0..<dimension).map { c + [$0] } } }
        return components.map { component in
            let suffix = component.map { frame.names[$0] }.joined()
            let name = identifier(variable.name)
            let description = FieldDescription(
                name: order == 0 ? name : "\(name)_\(suffix)", longName: variable.name + (order == 0 ? "" : ", component \(suffix)"),
                role: inTime ? .state : .coefficient, dependence: .init(sample: inSample, time: inTime, space: .all), tensorOrder: order,
                tensorComponent: order == 0 ? nil : suffix)
            let axes =
                (inSample ? [.sample] : []) + (inTime ? [.time] : []) + frame.names.compactMap(ForeignAxis.init)
                + component.map(ForeignAxis.entry)
            return ForeignField(description: description, read: ForeignVariable(variable: variable, axes: axes).read)
        }
    }

    /// A number, a number per trajectory, or a time series; nil for a series shared by all, which datasets do not have.
    private static func scalar(_ variable: NetCDFVariable, _ frame: Frame) throws -> ForeignField? {
        guard variable.type?.isNumeric == true, let (inSample, inTime) = dependence(variable.shape, frame) else { return nil }
        let description = FieldDescription(
            name: identifier(variable.name), longName: variable.name, role: .parameter,
            dependence: .init(sample: inSample, time: inTime, space: .none))
        let axes: [ForeignAxis] = (inSample ? [.sample] : []) + (inTime ? [.time] : [])
        return ForeignField(description: description, read: ForeignVariable(variable: variable, axes: axes).read)
    }

    /// What the leading extents mean: samples, frames, both or neither.
    private static func dependence(_ leading: [Int], _ frame: Frame) -> (sample: Bool, time: Bool)? {
        if leading == [frame.samples, frame.frames] { return (true, true) }
        if leading == [frame.samples] { return (true, false) }
        if leading == [frame.frames] { return (false, true) }
        return leading.isEmpty ? (false, false) : nil
    }

    private static func unconverted(_ root: NetCDFGroup) throws -> [String] {
        let additional = try root.group("additional_information")
        return additional == nil ? [] : ["the group 'additional_information' was left out"]
    }

    /// The name with everything but letters, digits and underscores replaced.
    private static func identifier(_ name: String) -> String {
        let cleaned = String(name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
        return FieldDescription.isValidName(cleaned) ? cleaned : "field_" + cleaned
    }
}
