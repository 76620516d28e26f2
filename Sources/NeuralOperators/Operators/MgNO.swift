import Autodiff
import Tensors

/// Settings of MgNO, the multigrid neural operator.
///
/// Every layer is `u <- activation(W u + B u)` with `W` a linear multi-channel V-cycle made of 3x3 convolutions and `B` a pointwise map
/// (absent with `bypass` off). Nothing inside the V-cycle is nonlinear, save the normalisation after each prolongation when it is on.
///
/// ## References
/// J. He, X. Liu, J. Xu, "MgNO: efficient parameterization of linear operators via multigrid", ICLR 2024, arXiv:2310.19809.
public struct MgNOConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "mgno"

    /// How a level is smoothed.
    public struct Level: Codable, Equatable, Sendable {
        /// Smoothing steps on the way down; the first one on the finest level starts from zero.
        public var pre: Int
        /// Smoothing steps on the way up.
        public var post: Int

        /// A level with so many steps.
        public init(pre: Int, post: Int = 0) {
            self.pre = pre
            self.post = post
        }
    }

    /// Number of nonlinear layers.
    public var layers: Int
    /// Channels of the solution in the V-cycle.
    public var channels: Int
    /// Smoothing steps of each level, finest first.
    public var levels: [Level]
    /// What lies outside the field: zeros for Dirichlet data, circular for periodic, reflect for Neumann.
    public var boundary: PaddingMode
    /// Whether a pointwise map with bias is added to each V-cycle.
    public var bypass: Bool
    /// Whether the smoothers and operators have biases.
    public var bias: Bool
    /// Whether each prolongation is followed by a layer normalisation that is tied to the training grid.
    public var normalisation: Bool
    /// Whether the residual `f - A u`, not `f`, is restricted.
    public var restrictsResidual: Bool
    /// Whether the network predicts the change of the input rather than the output.
    public var residual: Bool
    /// Nonlinearity between layers.
    public var activation: Activation

    /// The published configuration for Darcy flow with a rough coefficient unless said otherwise.
    public init(
        layers: Int = 4, channels: Int = 24, levels: [Level] = [1, 1, 1, 1, 1, 2].map { Level(pre: $0) }, boundary: PaddingMode = .zeros,
        bypass: Bool = true, bias: Bool = false, normalisation: Bool = false, restrictsResidual: Bool = false, residual: Bool = false,
        activation: Activation = .gelu
    ) {
        self.layers = layers
        self.channels = channels
        self.levels = levels
        self.boundary = boundary
        self.bypass = bypass
        self.bias = bias
        self.normalisation = normalisation
        self.restrictsResidual = restrictsResidual
        self.residual = residual
        self.activation = activation
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try MgNO(self, interface, in: scope)
    }
}

/// The multigrid neural operator on two-dimensional fields.
struct MgNO: NeuralOperator {
    private let configuration: MgNOConfiguration
    private let cycles: [VCycle]
    private let bypasses: [Linear]
    private let head: Linear

    init(_ configuration: MgNOConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func reject(_ setting: String, _ found: String, _ allowed: String) -> OperatorError {
            .invalidSetting(layer: MgNOConfiguration.name, setting: setting, found: found, allowed: allowed)
        }
        guard interface.dimensions == 2 else {
            throw OperatorError.shapeMismatch(layer: MgNOConfiguration.name, found: interface.grid, expected: "a two-dimensional grid")
        }
        guard configuration.layers >= 1 else { throw reject("layers", "\(configuration.layers)", "1 or more") }
        guard configuration.channels >= 1 else { throw reject("channels", "\(configuration.channels)", "1 or more") }
        guard !configuration.levels.isEmpty, configuration.levels.allSatisfy({ $0.pre >= 0 && $0.post >= 0 }),
            configuration.levels[0].pre >= 1
        else { throw reject("levels", "\(configuration.levels.map(\.pre))", "at least one level, with one step or more on the finest") }
        if configuration.residual, interface.inputChannels != interface.outputChannels {
            throw reject(
                "residual", "true", "false when input (\(interface.inputChannels)) and output (\(interface.outputChannels)) channels differ"
            )
        }
        self.configuration = configuration
        var cycles: [VCycle] = []
        var bypasses: [Linear] = []
        for layer in 0..<configuration.layers {
            let input = layer == 0 ? interface.inputChannels : configuration.channels
            let part = scope["layers"][layer]
            cycles.append(try VCycle(configuration, input: input, grid: interface.grid, in: part["cycle"]))
            if configuration.bypass { bypasses.append(Linear(input, configuration.channels, in: part["bypass"])) }
        }
        self.cycles = cycles
        self.bypasses = bypasses
        self.head = Linear(configuration.channels, interface.outputChannels, bias: false, in: scope["head"])
        try validate(grid: interface.grid)
    }

    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        var u = input.fields
        for (number, cycle) in cycles.enumerated() {
            u = u.checkpointed { u in
                let linear = cycle(u)
                return configuration.activation(bypasses.isEmpty ? linear : linear + bypasses[number](u))
            }
        }
        let output = head(u)
        return configuration.residual ? output + input.fields : output
    }

    func validate(grid: [Int]) throws {
        guard grid.count == 2 else {
            throw OperatorError.shapeMismatch(layer: MgNOConfiguration.name, found: grid, expected: "a two-dimensional grid")
        }
        var extents = grid
        let least = configuration.boundary == .reflect ? 2 : 1
        for level in configuration.levels.indices {
            guard extents.allSatisfy({ $0 >= least }) else {
                throw OperatorError.invalidSetting(
                    layer: "\(MgNOConfiguration.name) level \(level)", setting: "levels", found: "\(configuration.levels.count)",
                    allowed: "at most \(level) on a grid of \(grid.map(String.init).joined(separator: " x "))")
            }
            extents = extents.map { ($0 + 1) / 2 }
        }
        try cycles[0].validate(grid: grid)
    }
}
