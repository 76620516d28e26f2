import Grids

/// Axes and boundaries of foreign files, which store coordinates (often in 32 bits) or nothing at all.
struct ForeignGeometry {
    let path: String
    let options: ConversionOptions

    /// The boundary of axis `name`: what the user says of it, else what the file says, else what the user says of all, else `implied`.
    func kind(axis name: String, file: BoundaryKind? = nil, implied: BoundaryKind? = nil) throws -> BoundaryKind {
        if let kind = options.axisBoundary[name] ?? file ?? options.boundary ?? implied { return kind }
        throw DatasetsError.notConvertible(
            path: path,
            reason: "the file does not say which boundary axis \(name) has; give one of "
                + BoundaryKind.allCases.map(\.rawValue).joined(separator: ", "))
    }

    /// An axis from stored coordinates, rounding of 32-bit numbers removed.
    ///
    /// The points are centres when the first lies half a spacing from a multiple of the spacing, else nodes, or points of a periodic axis
    /// when the boundary is periodic.
    func axis(_ name: String, coordinates: [Double], kind: BoundaryKind) throws -> Axis {
        let n = coordinates.count
        guard n > 1, zip(coordinates, coordinates.dropFirst()).allSatisfy({ $0 < $1 }), coordinates.allSatisfy(\.isFinite) else {
            throw DatasetsError.invalid(
                path: path, item: "coordinate '\(name)'", found: "\(n) values that do not increase", expected: "strictly increasing values")
        }
        guard let spacing = Self.spacing(coordinates) else { return Axis(name: name, coordinates: coordinates) }
        let phase = coordinates[0] / spacing
        let isCentred = abs(phase - phase.rounded(.down) - 0.5) < 0.05
        let location: Axis.Location = isCentred ? .centers : kind == .periodic ? .periodic : .nodes
        let (lower, upper) =
            switch location {
            case .centers: (coordinates[0] - spacing / 2, coordinates[n - 1] + spacing / 2)
            case .nodes: (coordinates[0], coordinates[n - 1])
            case .periodic: (coordinates[0], coordinates[0] + spacing * Double(n))
            }
        let scale = max(abs(lower), abs(upper))
        return Axis(name: name, from: Self.tidy(lower, scale), to: Self.tidy(upper, scale), count: n, location: location)
    }

    /// An axis on the unit interval, for files without coordinates.
    func unitAxis(_ name: String, count: Int, kind: BoundaryKind) -> Axis {
        Axis(name: name, count: count, location: kind == .periodic ? .periodic : .nodes)
    }

    /// The first `count` times; foreign files may store one more than there are frames.
    func times(_ values: [Double], count: Int) throws -> Axis {
        let values = Array(values.prefix(count))
        guard values.count == count, zip(values, values.dropFirst()).allSatisfy({ $0 < $1 }), values.allSatisfy(\.isFinite) else {
            throw DatasetsError.invalid(
                path: path, item: "times", found: "\(values.count) values",
                expected: "\(count) strictly increasing values, one for each frame")
        }
        guard count > 1, Self.spacing(values) != nil else { return Axis(name: "t", coordinates: values) }
        let scale = max(abs(values[0]), abs(values[count - 1]))
        return Axis(name: "t", from: Self.tidy(values[0], scale), to: Self.tidy(values[count - 1], scale), count: count, location: .nodes)
    }

    /// The distance of equally spaced values, or nil; 32-bit values are equally spaced only to their rounding.
    private static func spacing(_ values: [Double]) -> Double? {
        let spacing = (values[values.count - 1] - values[0]) / Double(values.count - 1)
        return values.indices.allSatisfy { abs(values[$0] - values[0] - spacing * Double($0)) < 0.01 * spacing } ? spacing : nil
    }

    func boundary(_ kinds: [String: BoundaryKind]) -> Boundary { Boundary(kinds.mapValues { Boundary.Sides(lower: $0, upper: $0) }) }

    /// The nearest short decimal, if it differs by no more than the rounding of 32-bit numbers.
    private static func tidy(_ value: Double, _ scale: Double) -> Double {
        let unit = 1e5 / scale
        let rounded = (value * unit).rounded() / unit
        let decimal = (value * 1e5).rounded() / 1e5
        if abs(decimal - value) <= 2e-6 * scale { return decimal }
        return abs(rounded - value) <= 2e-6 * scale ? rounded : value
    }
}
