import Autodiff
import Tensors
import Transforms

/// Settings of the group-equivariant FNO: turning (and, for p4m, reflecting) the input turns the output.
///
/// Layer: `v <- s(perceptron(N(K N(v))) + W v + b)` with `s` GELU except after the last layer, where spectral convolution, perceptron and bypass act
/// on fields on the group and `N` is instance normalisation over points and group elements. With `timeModes` the operator works in space and time,
/// predicts all frames of a window at once, and `N` is the identity. With fewer equivariant layers than layers (hybrid), the rest are those of
/// `AIRSFNOConfiguration`, which see group elements as channels.
///
/// ## References
/// J. Helwig, X. Zhang, C. Fu, J. Kurtin, S. Wojtowytsch, S. Ji, "Group equivariant Fourier neural operators for partial differential equations",
/// ICML 2023, arXiv:2306.05697.
public struct GFNOConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "gfno"

    /// The group.
    public var group: SquareGroup
    /// Kept wavenumbers `|k| < modes` along both axes of the plane.
    public var modes: Int
    /// Kept wavenumbers `0 ..< timeModes` of time, for the operator in space and time; nil for the one in the plane.
    public var timeModes: Int?
    /// Zeros after the last frame, in frames, in space and time.
    public var timePadding: Int
    /// Channels of the hidden fields, each with one value for every group element.
    public var width: Int
    /// Number of layers.
    public var layers: Int
    /// Layers that are equivariant, the first ones; nil for all.
    public var equivariantLayers: Int?
    /// Channels of the layers that are not equivariant.
    public var plainWidth: Int
    /// Coordinate channels appended to the input, in space and time one for time too; `symmetric` keeps the equivariance.
    public var coordinates: CoordinateChannels

    /// The published configuration for Navier-Stokes and the group p4 unless said otherwise.
    public init(
        group: SquareGroup = .p4, modes: Int = 12, timeModes: Int? = nil, timePadding: Int = 0, width: Int = 10, layers: Int = 4,
        equivariantLayers: Int? = nil, plainWidth: Int = 20, coordinates: CoordinateChannels = .symmetric
    ) {
        self.group = group
        self.modes = modes
        self.timeModes = timeModes
        self.timePadding = timePadding
        self.width = width
        self.layers = layers
        self.equivariantLayers = equivariantLayers
        self.plainWidth = plainWidth
        self.coordinates = coordinates
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try interface.makeOperator(axes: timeModes == nil ? 2 : 3) { try GFNO(self, $0, in: scope) }
    }
}

/// The group-equivariant FNO.
struct GFNO: NeuralOperator {
    private struct Layer: Sendable {
        let spectral: GroupSpectralConvolution
        let first: GroupLinear
        let second: GroupLinear
        let bypass: GroupLinear
    }

    private struct PlainLayer: Sendable {
        let spectral: SpectralConvolution
        let perceptron: PointwiseMLP
        let bypass: Linear
    }

    private enum Projection: Sendable {
        case group(GroupLinear, GroupLinear)
        case plain(PointwiseMLP)
    }

    private let configuration: GFNOConfiguration
    private let lifting: GroupLinear
    private let layers: [Layer]
    private let plainLayers: [PlainLayer]
    private let projection: Projection

    init(_ configuration: GFNOConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(layer: GFNOConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        if let timeModes = configuration.timeModes {
            try check(
                interface.dimensions == 3, "time-modes", timeModes, "none, unless several frames of a plane are predicted at once")
            try check(timeModes >= 1, "time-modes", timeModes, "1 or more")
        }
        guard interface.dimensions == (configuration.timeModes == nil ? 2 : 3) else {
            throw OperatorError.shapeMismatch(layer: GFNOConfiguration.name, found: interface.grid, expected: "a two-dimensional grid")
        }
        try check(configuration.width >= 1, "width", configuration.width, "1 or more")
        try check(configuration.plainWidth >= 1, "plain-width", configuration.plainWidth, "1 or more")
        try check(configuration.layers >= 1, "layers", configuration.layers, "1 or more")
        try check(configuration.modes >= 2, "modes", configuration.modes, "2 or more")
        try check(
            configuration.timePadding >= 0 && (configuration.timePadding == 0 || configuration.timeModes != nil), "time-padding",
            configuration.timePadding, configuration.timeModes == nil ? "0 without time-modes" : "0 or more")
        let equivariant = configuration.equivariantLayers ?? configuration.layers
        try check(
            (1...configuration.layers).contains(equivariant), "equivariant-layers", equivariant, "1 to \(configuration.layers), the layers")
        try check(
            equivariant == configuration.layers || configuration.timeModes == nil, "equivariant-layers", equivariant,
            "\(configuration.layers), all layers, in space and time")
        self.configuration = configuration
        let (width, group, isPlane) = (configuration.width, configuration.group, configuration.timeModes == nil)
        let input = interface.inputChannels + GFNO.coordinateCount(configuration.coordinates, isPlane: isPlane)
        lifting = GroupLinear(input, width, group: group, place: .lifting, in: scope["lifting"])
        let table = GroupSpectralTable(width, width, modes: configuration.modes, timeModes: configuration.timeModes, group: group)
        layers = (0..<equivariant).map { number in
            let part = scope["layers"][number]
            return Layer(
                spectral: GroupSpectralConvolution(table, in: part["spectral"]),
                first: GroupLinear(width, width, group: group, place: .hidden, in: part["perceptron"]["first"]),
                second: GroupLinear(width, width, group: group, place: .hidden, in: part["perceptron"]["second"]),
                bypass: GroupLinear(width, width, group: group, place: .hidden, in: part["bypass"]))
        }
        let plain = configuration.plainWidth
        plainLayers = (equivariant..<configuration.layers).map { number in
            let part = scope["layers"][number]
            let incoming = number == equivariant ? width * group.order : plain
            return PlainLayer(
                spectral: SpectralConvolution(
                    incoming, plain, modes: .corners([configuration.modes, configuration.modes]), in: part["spectral"]),
                perceptron: PointwiseMLP(plain, plain, plain, in: part["perceptron"]), bypass: Linear(incoming, plain, in: part["bypass"]))
        }
        if plainLayers.isEmpty {
            projection = .group(
                GroupLinear(width, 4 * width, group: group, place: .hidden, in: scope["projection"]["first"]),
                GroupLinear(4 * width, interface.outputChannels, group: group, place: .projection, in: scope["projection"]["second"]))
        } else {
            projection = .plain(PointwiseMLP(plain, 4 * plain, interface.outputChannels, in: scope["projection"]))
        }
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        guard grid.count == (configuration.timeModes == nil ? 2 : 3) else {
            throw OperatorError.shapeMismatch(layer: GFNOConfiguration.name, found: grid, expected: "a two-dimensional grid")
        }
        let plane = grid.prefix(2)
        let points = plane.map(String.init).joined(separator: " x ")
        guard plane.allSatisfy({ 2 * configuration.modes - 1 <= $0 }) else {
            throw OperatorError.invalidSetting(
                layer: "gfno layers.0.spectral", setting: "modes", found: "\(configuration.modes)",
                allowed: "at most \((plane.min()! + 1) / 2) on a grid of \(points)")
        }
        if !plainLayers.isEmpty {
            try SpectralConvolution.validate(
                modes: [configuration.modes, configuration.modes], grid: grid, layer: "gfno layers.\(layers.count).spectral")
        }
        guard let timeModes = configuration.timeModes else { return }
        let frames = grid[2] + configuration.timePadding
        guard timeModes <= frames / 2 + 1 else {
            throw OperatorError.invalidSetting(
                layer: "gfno layers.0.spectral", setting: "time-modes", found: "\(timeModes)",
                allowed: "at most \(frames / 2 + 1) for \(grid[2]) frames with \(configuration.timePadding) of padding")
        }
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        // The lifted field is the same on all elements of the group until the first layer, and has none until then.
        let fields = withCoordinates(input.fields)
        let (weight, bias) = lifting.plain(on: fields.tape)
        var v = fields.linear(weight, bias: bias)
        let isPlane = configuration.timeModes == nil
        let frames = isPlane ? 0 : v.shape[3]
        if !isPlane { v = v.padded(axis: 3, before: 0, after: configuration.timePadding) }
        for (number, layer) in layers.enumerated() {
            v = v.checkpointed { v in
                let (first, second) = (layer.first.paired(on: v.tape), layer.second.paired(on: v.tape))
                let bypass = number == 0 ? layer.bypass.plain(on: v.tape) : layer.bypass.paired(on: v.tape)
                let mixed = isPlane ? layer.spectral.normalised(v) : layer.spectral(v)
                return mixed.pairedMLP(
                    first.weight, first.bias, second.weight, second.bias + bypass.bias, bypass: (v, bypass.weight),
                    gelu: number < configuration.layers - 1)
            }
        }
        for (number, layer) in plainLayers.enumerated() {
            v = v.checkpointed { v in
                // The first of them normalises each group element by itself.
                let mixed = v.normalisedSpectralConvolution(
                    layer.spectral.modes, spectral: v.tape.parameter(layer.spectral.weight), groups: v.shape[3],
                    outputGroups: configuration.plainWidth)
                return layer.perceptron(mixed, bypass: v, layer.bypass, gelu: number < plainLayers.count - 1)
            }
        }
        if !isPlane { v = v.slice(axis: 3, 0..<frames) }
        switch projection {
        case .plain(let perceptron): return perceptron(v)
        case .group(let first, let second):
            let (w1, b1) = first.paired(on: v.tape)
            let (w2, b2) = second.paired(on: v.tape)
            return v.pairedMLP(w1, b1, w2, b2)
        }
    }

    private static func coordinateCount(_ coordinates: CoordinateChannels, isPlane: Bool) -> Int {
        coordinates.count(dimensions: 2) + (isPlane || coordinates == .none ? 0 : 1)
    }

    /// Appends the coordinates of the plane and, in space and time, the place of each frame from 0 to 1.
    private func withCoordinates<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        let coordinates = configuration.coordinates
        guard configuration.timeModes != nil, coordinates != .none else { return coordinates.appended(to: x) }
        let (height, width, frames) = (x.shape[1], x.shape[2], x.shape[3])
        let tape = x.tape
        let plane = tape.constant(coordinates.values(grid: [height, width], as: Element.self))
        let count = plane.shape[2]
        let times = (0..<frames).map { Element(frames == 1 ? 0 : Double($0) / Double(frames - 1)) }
        let lead = [x.shape[0], height, width, frames]
        return .concatenate(
            [
                x, plane.reshaped([1, height, width, 1, count]).broadcast(to: lead + [count]),
                tape.constant(Tensor([frames, 1], times)).broadcast(to: lead + [1]),
            ], axis: 4)
    }
}
