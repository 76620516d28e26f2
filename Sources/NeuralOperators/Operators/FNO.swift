import Autodiff
import Tensors
import Transforms

/// Settings of the Fourier neural operator in one, two or three dimensions, after the scripts of the paper's authors.
///
/// `v_0 = P(input, coordinates)`, four layers `v <- activation(F^-1 (R F v) + W v + b)` (no activation after the last), and a projection
/// `Q: width -> hidden -> output` with GELU between.
///
/// With one more number of modes than the grid has axes, the operator works in space and time: it predicts all frames of the window at once.
///
/// ## References
/// Z. Li, N. Kovachki, K. Azizzadenesheli, B. Liu, K. Bhattacharya, A. Stuart, A. Anandkumar, "Fourier neural operator for parametric
/// partial differential equations", ICLR 2021, arXiv:2010.08895.
public struct FNOConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "fno"

    /// Kept wavenumbers along each axis: `0..<m` of either sign, in the last axis non-negative ones.
    public var modes: [Int]
    /// Channels of the hidden fields.
    public var width: Int
    /// Number of Fourier layers.
    public var layers: Int
    /// Hidden channels of the projection.
    public var projection: Int
    /// Coordinate channels appended to the input.
    public var coordinates: CoordinateChannels
    /// Zeros added at the far end of each non-periodic axis, as a fraction of its length, so that the layers' periodicity does no harm;
    /// being a fraction, it means the same on every grid.
    public var padding: Double
    /// Zeros added at the far end of each axis, in points of whatever grid the operator is applied to, instead of a fraction.
    ///
    /// The published scripts do so, which ties the operator to one resolution; absent unless such weights were imported.
    public var paddingPoints: Int?
    /// Nonlinearity between layers.
    public var activation: Activation

    /// The published configuration for two-dimensional Darcy flow unless said otherwise.
    public init(
        modes: [Int] = [12, 12], width: Int = 32, layers: Int = 4, projection: Int = 128, coordinates: CoordinateChannels = .unit,
        padding: Double = 0, paddingPoints: Int? = nil, activation: Activation = .gelu
    ) {
        self.modes = modes
        self.width = width
        self.layers = layers
        self.projection = projection
        self.coordinates = coordinates
        self.padding = padding
        self.paddingPoints = paddingPoints
        self.activation = activation
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try interface.makeOperator(axes: modes.count) { try FNO(self, $0, in: scope) }
    }
}

/// The Fourier neural operator.
struct FNO: NeuralOperator {
    private let configuration: FNOConfiguration
    private let periodic: [Bool]
    private let lifting: Linear
    private let spectral: [SpectralConvolution]
    private let bypass: [Linear]
    private let projection: PointwiseMLP

    init(_ configuration: FNOConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(layer: FNOConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        try check((1...3).contains(interface.dimensions), "dimensions", interface.dimensions, "1 to 3")
        try check(
            configuration.modes.count == interface.dimensions, "modes", configuration.modes, interface.axisCounts)
        try check(configuration.modes.allSatisfy { $0 >= 1 }, "modes", configuration.modes, "numbers of 1 or more")
        try check(configuration.width >= 1, "width", configuration.width, "1 or more")
        try check(configuration.layers >= 1, "layers", configuration.layers, "1 or more")
        try check(configuration.projection >= 1, "projection", configuration.projection, "1 or more")
        try check((0...1).contains(configuration.padding), "padding", configuration.padding, "0 to 1")
        self.configuration = configuration
        periodic = interface.periodic
        let width = configuration.width
        let modes = FourierModes.corners(configuration.modes)
        let input = interface.inputChannels + configuration.coordinates.count(dimensions: interface.dimensions)
        lifting = Linear(input, width, in: scope["lifting"])
        spectral = (0..<configuration.layers).map { SpectralConvolution(width, width, modes: modes, in: scope["layers"][$0]["spectral"]) }
        bypass = (0..<configuration.layers).map { Linear(width, width, in: scope["layers"][$0]["bypass"]) }
        projection = PointwiseMLP(width, configuration.projection, interface.outputChannels, in: scope["projection"])
        try validate(grid: interface.grid)
    }

    func validate(grid: [Int]) throws {
        guard grid.count == periodic.count else {
            throw OperatorError.shapeMismatch(layer: FNOConfiguration.name, found: grid, expected: "\(periodic.count) axes")
        }
        try SpectralConvolution.validate(
            modes: configuration.modes, grid: zip(grid, added(to: grid)).map(+), layer: "fno layers.0.spectral")
    }

    /// Whether last layer and projection are one operation (`Variable.fourierProjection`): at every point it saves three products with the bypass and one with the
    /// first matrix of the projection, for which `projection - width` more channels are transformed forward and backward.
    ///
    /// In one dimension a channel of a point costs `2 modes` operations in a truncated transform, at half the rate of a product; in more dimensions, too much.
    private var projectsCoefficients: Bool {
        let (width, hidden) = (configuration.width, configuration.projection)
        return periodic.count == 1 && 8 * configuration.modes[0] * (hidden - width) < 2 * width * (3 * width + hidden)
    }

    /// Points added at the far end of each axis.
    private func added(to grid: [Int]) -> [Int] {
        if let points = configuration.paddingPoints { return grid.map { _ in points } }
        return zip(grid, periodic).map { $1 ? 0 : Int((configuration.padding * Double($0)).rounded()) }
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        let isNarrow = configuration.coordinates.count(dimensions: periodic.count) + input.fields.shape.last! + 1 < configuration.width
        let fields = configuration.coordinates.appended(to: input.fields, ones: isNarrow)
        let grid = Array(fields.shape[1..<(fields.shape.count - 1)])
        var v = isNarrow ? fields : lifting(fields)
        for (axis, count) in added(to: grid).enumerated() { v = v.padded(axis: axis + 1, before: 0, after: count) }
        for layer in spectral.indices {
            let isLast = layer == spectral.count - 1
            v = v.checkpointed {
                let weights = $0.tape.fourierLayerWeights(spectral[layer], bypass[layer], lifting: layer == 0 && isNarrow ? lifting : nil)
                if isLast { return weights.applied(to: $0, before: projectsCoefficients ? projection : nil) }
                return weights.applied(to: $0, configuration.activation)
            }
        }
        for axis in grid.indices { v = v.slice(axis: axis + 1, 0..<grid[axis]) }
        return projectsCoefficients ? v : projection(v)
    }
}

/// The weights of one Fourier layer on a tape.
private struct FourierLayerWeights<Element: Scalar> {
    let modes: FourierModes
    let spectral, weight, bias: Variable<Element>

    /// `activation(F^-1 (R F x) + x W + b)`, fused where the activation is GELU or the identity.
    func applied(to x: Variable<Element>, _ activation: Activation) -> Variable<Element> {
        let fused = x.fourierLayer(modes, spectral: spectral, weight: weight, bias: bias, gelu: activation == .gelu)
        return activation == .gelu ? fused : activation(fused)
    }

    /// The layer without activation, and the projection after it if there is one to be fused with.
    func applied(to x: Variable<Element>, before projection: PointwiseMLP?) -> Variable<Element> {
        guard let projection else { return applied(to: x, .identity) }
        let (first, second) = (projection.first, projection.second)
        return x.fourierProjection(
            modes, spectral: spectral, weight: weight, bias: bias, w1: x.tape.parameter(first.weight), b1: x.tape.parameter(first.bias!),
            w2: x.tape.parameter(second.weight), b2: x.tape.parameter(second.bias!))
    }
}

extension Tape {
    /// The weights of a Fourier layer.
    ///
    /// With a lifting, those of both together, for a field that is what would be lifted and ones after it (zeros where the lifted field is
    /// padded). Lifting and layer are both linear, so the few weights are multiplied instead of the many points: the wide field is never
    /// formed, transformed, or given a gradient.
    fileprivate func fourierLayerWeights(
        _ spectral: SpectralConvolution, _ bypass: Linear, lifting: Linear?
    ) -> FourierLayerWeights<Element> {
        let (kernel, weight, bias) = (parameter(spectral.weight), parameter(bypass.weight), parameter(bypass.bias!))
        guard let lifting else { return FourierLayerWeights(modes: spectral.modes, spectral: kernel, weight: weight, bias: bias) }
        // Recorded where it is used: `derived` records even inside a checkpointed computation.
        func map() -> Variable<Element> {
            .concatenate([parameter(lifting.weight), parameter(lifting.bias!).reshaped([1, lifting.weight.shape[1]])], axis: 0)
        }
        return FourierLayerWeights(
            modes: spectral.modes,
            spectral: derived(from: spectral.weight, as: "after the lifting") { kernel.spectralWeight(after: map()) },
            weight: derived(from: bypass.weight, as: "after the lifting") { map().matmul(weight) }, bias: bias)
    }
}
