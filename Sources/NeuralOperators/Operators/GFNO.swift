import Autodiff
import Tensors

/// Settings of the group-equivariant FNO in two dimensions: turning (and, for p4m, reflecting) the input turns the output.
///
/// Layer: `v <- s(perceptron(N(K N(v))) + W v + b)` with `s` GELU except after the last layer, where spectral convolution, perceptron and bypass act
/// on fields on the group and `N` is instance normalisation over points and group elements.
///
/// ## References
/// J. Helwig, X. Zhang, C. Fu, J. Kurtin, S. Wojtowytsch, S. Ji, "Group equivariant Fourier neural operators for partial differential equations",
/// ICML 2023, arXiv:2306.05697.
public struct GFNOConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "gfno"

    /// The group.
    public var group: SquareGroup
    /// Kept wavenumbers `|k| < modes` along both axes.
    public var modes: Int
    /// Channels of the hidden fields, each with one value for every group element.
    public var width: Int
    /// Number of layers.
    public var layers: Int
    /// Coordinate channels appended to the input; `symmetric` keeps the equivariance.
    public var coordinates: CoordinateChannels

    /// The published configuration for Navier-Stokes and the group p4 unless said otherwise.
    public init(group: SquareGroup = .p4, modes: Int = 12, width: Int = 10, layers: Int = 4, coordinates: CoordinateChannels = .symmetric) {
        self.group = group
        self.modes = modes
        self.width = width
        self.layers = layers
        self.coordinates = coordinates
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try GFNO(self, interface, in: scope)
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

    private let configuration: GFNOConfiguration
    private let lifting: GroupLinear
    private let layers: [Layer]
    private let hidden: GroupLinear
    private let projection: GroupLinear

    init(_ configuration: GFNOConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(layer: GFNOConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        guard interface.dimensions == 2 else {
            throw OperatorError.shapeMismatch(layer: GFNOConfiguration.name, found: interface.grid, expected: "a two-dimensional grid")
        }
        try check(configuration.width >= 1, "width", configuration.width, "1 or more")
        try check(configuration.layers >= 1, "layers", configuration.layers, "1 or more")
        try check(configuration.modes >= 2, "modes", configuration.modes, "2 or more")
        self.configuration = configuration
        let (width, group) = (configuration.width, configuration.group)
        let input = interface.inputChannels + configuration.coordinates.count(dimensions: 2)
        lifting = GroupLinear(input, width, group: group, place: .lifting, in: scope["lifting"])
        layers = (0..<configuration.layers).map { number in
            let part = scope["layers"][number]
            return Layer(
                spectral: GroupSpectralConvolution(width, width, modes: configuration.modes, group: group, in: part["spectral"]),
                first: GroupLinear(width, width, group: group, place: .hidden, in: part["perceptron"]["first"]),
                second: GroupLinear(width, width, group: group, place: .hidden, in: part["perceptron"]["second"]),
                bypass: GroupLinear(width, width, group: group, place: .hidden, in: part["bypass"]))
        }
        hidden = GroupLinear(width, 4 * width, group: group, place: .hidden, in: scope["projection"]["first"])
        projection = GroupLinear(4 * width, interface.outputChannels, group: group, place: .projection, in: scope["projection"]["second"])
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        guard grid.count == 2, grid.allSatisfy({ 2 * configuration.modes - 1 <= $0 }) else {
            throw OperatorError.invalidSetting(
                layer: "gfno layers.0.spectral", setting: "modes", found: "\(configuration.modes)",
                allowed: "at most \(((grid.min() ?? 1) + 1) / 2) on a grid of \(grid.map(String.init).joined(separator: " x "))")
        }
    }

    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        var v = lifting(configuration.coordinates.appended(to: input.fields))
        for (number, layer) in layers.enumerated() {
            v = v.checkpointed { v in
                let (first, second, bypass) = (
                    layer.first.expanded(on: v.tape), layer.second.expanded(on: v.tape), layer.bypass.expanded(on: v.tape)
                )
                return layer.spectral.normalised(v).pointwiseMLP(
                    first.weight, first.bias, second.weight, second.bias, bypass: v, bypass.weight, bypass.bias,
                    gelu: number < layers.count - 1)
            }
        }
        return perceptron(v, hidden, projection)
    }

    private func perceptron<Element: Scalar>(_ x: Variable<Element>, _ first: GroupLinear, _ second: GroupLinear) -> Variable<Element> {
        let (w1, b1) = first.expanded(on: x.tape)
        let (w2, b2) = second.expanded(on: x.tape)
        return x.pointwiseMLP(w1, b1, w2, b2)
    }
}
