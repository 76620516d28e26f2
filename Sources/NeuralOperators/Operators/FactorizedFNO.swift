import Autodiff
import Tensors
import Transforms

/// Settings of F-FNO, the factorised Fourier neural operator: spectral convolutions along single axes, a perceptron after their sum, and the
/// residual added after the perceptron, so that many layers can be trained.
///
/// Layer: `b <- perceptron(sum over axes of F_a^-1 (R_a F_a v))`, `v <- v + b`; the output is a linear map of the last `b`.
///
/// ## References
/// A. Tran, A. Mathews, L. Xie, C. S. Ong, "Factorized Fourier neural operators", ICLR 2023, arXiv:2111.13802.
public struct FactorizedFNOConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "ffno"

    /// Kept wavenumbers `0..<m` along each axis.
    public var modes: [Int]
    /// Channels of the hidden fields.
    public var width: Int
    /// Number of layers.
    public var layers: Int
    /// Hidden channels of the perceptrons, as a multiple of the width.
    public var expansion: Int
    /// Linear maps of each perceptron, with ReLU between them.
    public var perceptronLayers: Int
    /// Whether all layers share the spectral weights.
    public var sharedKernels: Bool
    /// Whether all layers share the perceptron.
    public var sharedPerceptrons: Bool
    /// Whether linear maps are stored as directions and magnitudes.
    public var weightNormalisation: Bool
    /// Whether each perceptron ends with layer normalisation of the channels of each point.
    public var layerNormalisation: Bool
    /// Hidden channels of the projection.
    public var projection: Int
    /// Coordinate channels appended to the input.
    public var coordinates: CoordinateChannels

    /// The published configuration for Navier-Stokes unless said otherwise.
    public init(
        modes: [Int] = [16, 16], width: Int = 64, layers: Int = 24, expansion: Int = 4, perceptronLayers: Int = 2,
        sharedKernels: Bool = false, sharedPerceptrons: Bool = false, weightNormalisation: Bool = true, layerNormalisation: Bool = false,
        projection: Int = 128, coordinates: CoordinateChannels = .unit
    ) {
        self.modes = modes
        self.width = width
        self.layers = layers
        self.expansion = expansion
        self.perceptronLayers = perceptronLayers
        self.sharedKernels = sharedKernels
        self.sharedPerceptrons = sharedPerceptrons
        self.weightNormalisation = weightNormalisation
        self.layerNormalisation = layerNormalisation
        self.projection = projection
        self.coordinates = coordinates
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try interface.makeOperator(axes: modes.count) { try FactorizedFNO(self, $0, in: scope) }
    }
}

/// The factorised Fourier neural operator in 1 to 3 dimensions.
struct FactorizedFNO: NeuralOperator {
    private enum Map: Sendable {
        case plain(Linear)
        case normalised(WeightNormalisedLinear)

        init(_ input: Int, _ output: Int, _ configuration: FactorizedFNOConfiguration, in scope: ParameterScope) {
            self =
                configuration.weightNormalisation
                ? .normalised(WeightNormalisedLinear(input, output, in: scope)) : .plain(Linear(input, output, in: scope))
        }

        func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
            switch self {
            case .plain(let map): map(x)
            case .normalised(let map): map(x)
            }
        }
    }

    private struct Perceptron: Sendable {
        let maps: [Map]
        /// Factor and shift of each channel after standardisation.
        let normalisation: (weight: Parameter, bias: Parameter)?

        init(_ configuration: FactorizedFNOConfiguration, in scope: ParameterScope) {
            let hidden = configuration.width * configuration.expansion
            let last = configuration.perceptronLayers - 1
            maps = (0...last).map {
                Map($0 == 0 ? configuration.width : hidden, $0 == last ? configuration.width : hidden, configuration, in: scope[$0])
            }
            let part = scope["normalisation"]
            normalisation =
                configuration.layerNormalisation
                ? (part.real("weight", [configuration.width], .constant(1)), part.real("bias", [configuration.width], .constant(0))) : nil
        }

        func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
            var y = maps[0](x)
            for map in maps.dropFirst() { y = map(y.relu()) }
            guard let (weight, bias) = normalisation else { return y }
            return y.standardised(over: [y.shape.count - 1]) * y.tape.parameter(weight) + y.tape.parameter(bias)
        }
    }

    private let configuration: FactorizedFNOConfiguration
    private let lifting: Map
    private let layers: [(convolution: FactorizedSpectralConvolution, perceptron: Perceptron)]
    private let projection: [Map]

    init(_ configuration: FactorizedFNOConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(
                    layer: FactorizedFNOConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        try check((1...3).contains(interface.dimensions), "dimensions", interface.dimensions, "1 to 3")
        for (setting, value) in [
            ("width", configuration.width), ("layers", configuration.layers), ("expansion", configuration.expansion),
            ("perceptron-layers", configuration.perceptronLayers), ("projection", configuration.projection),
        ] { try check(value >= 1, setting, value, "1 or more") }
        self.configuration = configuration
        let width = configuration.width
        lifting = Map(
            interface.inputChannels + configuration.coordinates.count(dimensions: interface.dimensions), width, configuration,
            in: scope["lifting"])
        let kernels = { (part: ParameterScope) in FactorizedSpectralConvolution(width, width, modes: configuration.modes, in: part) }
        let sharedKernels = configuration.sharedKernels ? kernels(scope["kernels"]) : nil
        let sharedPerceptron = configuration.sharedPerceptrons ? Perceptron(configuration, in: scope["perceptron"]) : nil
        layers = (0..<configuration.layers).map { number in
            let part = scope["layers"][number]
            return (sharedKernels ?? kernels(part["kernels"]), sharedPerceptron ?? Perceptron(configuration, in: part["perceptron"]))
        }
        projection = [
            Map(width, configuration.projection, configuration, in: scope["projection"][0]),
            Map(configuration.projection, interface.outputChannels, configuration, in: scope["projection"][1]),
        ]
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        guard
            configuration.modes.count == grid.count,
            zip(configuration.modes, grid).allSatisfy({ $0 >= 1 && $0 <= $1 / 2 + 1 })
        else {
            throw OperatorError.invalidSetting(
                layer: "\(FactorizedFNOConfiguration.name) layers.0.kernels", setting: "modes", found: "\(configuration.modes)",
                allowed: "1 to \(grid.map { String($0 / 2 + 1) }.joined(separator: ", ")) on a grid of "
                    + grid.map(String.init).joined(separator: " x "))
        }
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        var v = lifting(configuration.coordinates.appended(to: input.fields))
        var change = v
        for (number, layer) in layers.enumerated() {
            change = v.checkpointed { layer.perceptron(layer.convolution($0)) }
            if number < layers.count - 1 { v = v + change }
        }
        return projection[1](projection[0](change))
    }
}
