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

    /// How fields go from one level to the next.
    public enum Transfers: String, Codable, Sendable, CaseIterable {
        /// Restriction 3x3 with stride 2 and one point beyond the field, prolongation 4x4 cropped to the finer grid: any grid will do.
        case doubling
        /// The same with a 3x3 prolongation where the finer grid is odd, as published for smooth Darcy flow.
        case matched
        /// Restriction 3x3 with nothing beyond the field, prolongation 3x3 to odd and 4x4 to even grids, as published for Helmholtz.
        case inner
    }

    /// How the last hidden field becomes the output.
    public enum Head: String, Codable, Sendable, CaseIterable {
        /// A pointwise linear map without bias.
        case pointwise
        /// One more V-cycle, with as many channels as outputs.
        case cycle
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
    /// Whether level l has l + 1 times the channels of the finest.
    public var growth: Bool
    /// How fields go from one level to the next.
    public var transfers: Transfers
    /// Whether the result of each V-cycle goes through a layer normalisation that is tied to the training grid.
    public var layerNormalisation: Bool
    /// How the last hidden field becomes the output.
    public var head: Head

    /// The published configuration for Darcy flow with a rough coefficient unless said otherwise.
    public init(
        layers: Int = 4, channels: Int = 24, levels: [Level] = [1, 1, 1, 1, 1, 2].map { Level(pre: $0) }, boundary: PaddingMode = .zeros,
        bypass: Bool = true, bias: Bool = false, normalisation: Bool = false, restrictsResidual: Bool = false, residual: Bool = false,
        activation: Activation = .gelu, growth: Bool = false, transfers: Transfers = .doubling, layerNormalisation: Bool = false,
        head: Head = .pointwise
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
        self.growth = growth
        self.transfers = transfers
        self.layerNormalisation = layerNormalisation
        self.head = head
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
    private let normalisations: [FieldNormalisation]
    private let head: Head

    private enum Head: Sendable {
        case pointwise(Linear)
        case cycle(VCycle)
    }

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
        else {
            throw reject("pre-smoothing", "\(configuration.levels.map(\.pre))", "at least one level, with one step or more on the finest")
        }
        if configuration.residual, interface.inputChannels != interface.outputChannels {
            throw reject(
                "residual", "true", "false when input (\(interface.inputChannels)) and output (\(interface.outputChannels)) channels differ"
            )
        }
        self.configuration = configuration
        var cycles: [VCycle] = []
        var bypasses: [Linear] = []
        var normalisations: [FieldNormalisation] = []
        for layer in 0..<configuration.layers {
            let input = layer == 0 ? interface.inputChannels : configuration.channels
            let part = scope["layers"][layer]
            cycles.append(try VCycle(configuration, input: input, grid: interface.grid, in: part["cycle"]))
            if configuration.layerNormalisation {
                normalisations.append(FieldNormalisation(grid: interface.grid, channels: configuration.channels, in: part["normalisation"]))
            }
            if configuration.bypass { bypasses.append(Linear(input, configuration.channels, in: part["bypass"])) }
        }
        self.cycles = cycles
        self.bypasses = bypasses
        self.normalisations = normalisations
        switch configuration.head {
        case .pointwise: head = .pointwise(Linear(configuration.channels, interface.outputChannels, bias: false, in: scope["head"]))
        case .cycle:
            head = .cycle(
                try VCycle(
                    configuration, input: configuration.channels, channels: interface.outputChannels, grid: interface.grid,
                    in: scope["head"]))
        }
        try validate(grid: interface.grid)
    }

    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        var u = input.fields
        for (number, cycle) in cycles.enumerated() {
            u = u.checkpointed { u in
                let activation = normalisations.isEmpty ? configuration.activation : .identity
                let layer = bypasses.isEmpty ? cycle(u, activation) : bypasses[number](u, adding: cycle(u), activation)
                return normalisations.isEmpty ? layer : normalisations[number](layer, configuration.activation)
            }
        }
        let output =
            switch head {
            case .pointwise(let map): map(u)
            case .cycle(let cycle): cycle(u)
            }
        return configuration.residual ? output + input.fields : output
    }

    func validate(grid: [Int]) throws {
        guard grid.count == 2 else {
            throw OperatorError.shapeMismatch(layer: MgNOConfiguration.name, found: grid, expected: "a two-dimensional grid")
        }
        try cycles[0].validate(grid: grid, configuration)
    }
}

extension MgNOConfiguration.Transfers {
    /// Points beyond the field that a restriction sees.
    var padding: Int { self == .inner ? 0 : 1 }

    /// Points of the next coarser grid along an axis.
    private func coarse(_ count: Int) -> Int { self == .inner ? (count - 1) / 2 : (count + 1) / 2 }

    /// Kernel of the prolongation to a grid.
    func kernel(finer grid: [Int]) -> Int { self == .doubling || grid[0] % 2 == 0 ? 4 : 3 }

    /// The grids of all levels, finest first.
    ///
    /// - Throws: `OperatorError` when a level would have too few points, or when a kernel would have to fit an odd and an even axis.
    func sizes(of grid: [Int], levels: Int, boundary: PaddingMode) throws -> [[Int]] {
        let points = grid.map(String.init).joined(separator: " x ")
        // Reflection needs a neighbour; a kernel without padding needs three points to be restricted.
        let least = boundary == .reflect ? 2 : 1
        var sizes = [grid]
        for level in 0..<levels {
            let isRestricted = level < levels - 1
            guard sizes[level].allSatisfy({ $0 >= max(least, self == .inner && isRestricted ? 3 : 1) }) else {
                throw OperatorError.invalidSetting(
                    layer: "\(MgNOConfiguration.name) level \(level)", setting: "pre-smoothing", found: "\(levels) levels",
                    allowed:
                        "at most \(self == .inner && sizes[level].allSatisfy { $0 >= least } ? level + 1 : level) on a grid of \(points)")
            }
            guard isRestricted else { break }
            if self != .doubling, Set(sizes[level].map { $0 % 2 }).count > 1 {
                throw OperatorError.invalidSetting(
                    layer: "\(MgNOConfiguration.name) level \(level) prolongation", setting: "transfers", found: rawValue,
                    allowed: "doubling on a grid of \(points), one axis of which is odd on this level and the other even")
            }
            sizes.append(sizes[level].map(coarse))
        }
        return sizes
    }
}
