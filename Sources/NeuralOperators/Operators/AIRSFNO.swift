import Autodiff
import Tensors
import Transforms

/// Settings of the FNO that the G-FNO paper compares with: a perceptron after every spectral convolution, and in two dimensions instance
/// normalisation before and after it.
///
/// Layer: `v <- s(perceptron(N(F^-1 (R F N(v)))) + W v + b)`, with `s` GELU except after the last layer; `N` is the identity in three dimensions.
/// With one more number of modes than the grid has axes, the operator works in space and time: it predicts all frames of the window at once.
///
/// ## References
/// J. Helwig et al., "Group equivariant Fourier neural operators for partial differential equations", ICML 2023, arXiv:2306.05697, section 5.
public struct AIRSFNOConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "airs-fno"

    /// Kept wavenumbers along each axis: `0..<m` of either sign, in the last axis non-negative ones.
    public var modes: [Int]
    /// Channels of the hidden fields.
    public var width: Int
    /// Number of layers.
    public var layers: Int
    /// Coordinate channels appended to the input.
    public var coordinates: CoordinateChannels
    /// Zeros added at the far end of the last axis, in points.
    public var paddingPoints: Int

    /// The published baseline on Navier-Stokes unless said otherwise.
    public init(
        modes: [Int] = [12, 12], width: Int = 20, layers: Int = 4, coordinates: CoordinateChannels = .unit, paddingPoints: Int = 0
    ) {
        self.modes = modes
        self.width = width
        self.layers = layers
        self.coordinates = coordinates
        self.paddingPoints = paddingPoints
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try interface.makeOperator(axes: modes.count) { try AIRSFNO(self, $0, in: scope) }
    }
}

/// The FNO of the G-FNO paper.
struct AIRSFNO: NeuralOperator {
    private struct Layer: Sendable {
        let spectral: SpectralConvolution
        let perceptron: PointwiseMLP
        let bypass: Linear
    }

    private let configuration: AIRSFNOConfiguration
    private let lifting: Linear
    private let layers: [Layer]
    private let projection: PointwiseMLP

    init(_ configuration: AIRSFNOConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        guard (2...3).contains(interface.dimensions), configuration.modes.count == interface.dimensions,
            configuration.modes.allSatisfy({ $0 >= 1 })
        else {
            throw OperatorError.invalidSetting(
                layer: AIRSFNOConfiguration.name, setting: "modes", found: "\(configuration.modes)",
                allowed: "\(interface.dimensions) numbers of 1 or more on a grid of 2 or 3 axes")
        }
        guard configuration.width >= 1, configuration.layers >= 1, configuration.paddingPoints >= 0 else {
            throw OperatorError.invalidSetting(
                layer: AIRSFNOConfiguration.name, setting: "width, layers", found: "\(configuration.width), \(configuration.layers)",
                allowed: "1 or more")
        }
        self.configuration = configuration
        let width = configuration.width
        let modes = FourierModes.corners(configuration.modes)
        lifting = Linear(
            interface.inputChannels + configuration.coordinates.count(dimensions: interface.dimensions), width, in: scope["lifting"])
        layers = (0..<configuration.layers).map { number in
            let part = scope["layers"][number]
            return Layer(
                spectral: SpectralConvolution(width, width, modes: modes, in: part["spectral"]),
                perceptron: PointwiseMLP(width, width, width, in: part["perceptron"]), bypass: Linear(width, width, in: part["bypass"]))
        }
        projection = PointwiseMLP(width, 4 * width, interface.outputChannels, in: scope["projection"])
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        var padded = grid
        padded[grid.count - 1] += configuration.paddingPoints
        try SpectralConvolution.validate(modes: configuration.modes, grid: padded, layer: "\(AIRSFNOConfiguration.name) layers.0.spectral")
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        var v = lifting(configuration.coordinates.appended(to: input.fields))
        let last = v.shape.count - 2
        let count = v.shape[last]
        v = v.padded(axis: last, before: 0, after: configuration.paddingPoints)
        let isPlane = last == 2
        for (number, layer) in layers.enumerated() {
            v = v.checkpointed { v in
                // In space-time the published code leaves the normalisation out.
                let mixed =
                    isPlane
                    ? v.normalisedSpectralConvolution(
                        layer.spectral.modes, spectral: v.tape.parameter(layer.spectral.weight), groups: configuration.width,
                        outputGroups: configuration.width) : layer.spectral(v)
                return layer.perceptron(mixed, bypass: v, layer.bypass, gelu: number < layers.count - 1)
            }
        }
        return projection(v.slice(axis: last, 0..<count))
    }
}
