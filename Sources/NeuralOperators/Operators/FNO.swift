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

    /// Points added at the far end of each axis.
    private func added(to grid: [Int]) -> [Int] {
        if let points = configuration.paddingPoints { return grid.map { _ in points } }
        return zip(grid, periodic).map { $1 ? 0 : Int((configuration.padding * Double($0)).rounded()) }
    }

    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        var v = lifting(configuration.coordinates.appended(to: input.fields))
        let grid = Array(v.shape[1..<(v.shape.count - 1)])
        let added = added(to: grid)
        for (axis, count) in added.enumerated() { v = v.padded(axis: axis + 1, before: 0, after: count) }
        for layer in spectral.indices {
            let isLast = layer == spectral.count - 1
            let activation = isLast ? .identity : configuration.activation
            v = v.checkpointed { $0.tape.fourierLayer($0, spectral[layer], bypass[layer], activation) }
        }
        for axis in grid.indices { v = v.slice(axis: axis + 1, 0..<grid[axis]) }
        return projection(v)
    }
}

extension Tape {
    /// One Fourier layer, `activation(spectral(x) + bypass(x))`, fused where the activation is GELU or the identity.
    func fourierLayer(
        _ x: Variable<Element>, _ spectral: SpectralConvolution, _ bypass: Linear, _ activation: Activation
    ) -> Variable<Element> {
        let fused = x.fourierLayer(
            spectral.modes, spectral: parameter(spectral.weight), weight: parameter(bypass.weight), bias: parameter(bypass.bias!),
            gelu: activation == .gelu)
        return activation == .gelu ? fused : activation(fused)
    }
}
