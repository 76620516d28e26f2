import Autodiff
import Tensors

/// Settings of the unstacked deep operator network: a branch net for the input function, a trunk net for the query point.
///
/// `u(y) = sum_k branch_k(v) trunk_k(y) + b` at any point `y` of the unit cube; the branch sees the values of the input fields at the points of
/// the training grid (its sensors).
///
/// ## References
/// L. Lu, P. Jin, G. Pang, Z. Zhang, G. E. Karniadakis, "Learning nonlinear operators via DeepONet", Nature Machine Intelligence 3 (2021),
/// arXiv:1910.03193, eq. 2. Several outputs: L. Lu et al., CMAME 393 (2022), arXiv:2111.05512, section 3.1.6.
public struct DeepONetConfiguration: OperatorConfiguration {
    /// Name in cases and model files.
    public static let name = "deeponet"

    /// How several output fields share the nets.
    public enum Outputs: String, Codable, Sendable, CaseIterable {
        /// Nets of its own for each output.
        case independent
        /// Both nets are as many times wider and each output takes a part of both.
        case splitBoth = "split-both"
        /// Each output takes a part of a wider branch; the trunk is shared.
        case splitBranch = "split-branch"
        /// Each output takes a part of a wider trunk; the branch is shared.
        case splitTrunk = "split-trunk"
    }

    /// Hidden widths of the branch net.
    public var branch: [Int]
    /// Hidden widths of the trunk net.
    public var trunk: [Int]
    /// Number of products that are summed, p.
    public var products: Int
    /// Nonlinearity: of the branch between its layers, of the trunk after its last layer too.
    public var activation: Activation
    /// How several output fields share the nets.
    public var outputs: Outputs
    /// Number of harmonics of which the trunk sees cosine and sine, for periodic axes; 0 for the plain coordinate.
    public var harmonics: Int
    /// Whether the output is multiplied by `prod_d 4 y_d (1 - y_d)`, which makes it zero on the boundary.
    public var zeroBoundary: Bool

    /// A network with two hidden layers of 128 in both nets unless said otherwise.
    public init(
        branch: [Int] = [128, 128], trunk: [Int] = [128, 128], products: Int = 128, activation: Activation = .gelu,
        outputs: Outputs = .independent, harmonics: Int = 0, zeroBoundary: Bool = false
    ) {
        self.branch = branch
        self.trunk = trunk
        self.products = products
        self.activation = activation
        self.outputs = outputs
        self.harmonics = harmonics
        self.zeroBoundary = zeroBoundary
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try DeepONet(self, interface, in: scope)
    }
}

/// The deep operator network.
struct DeepONet: NeuralOperator {
    private let configuration: DeepONetConfiguration
    private let interface: OperatorInterface
    private let branches: [MLP]
    private let trunks: [MLP]
    private let bias: Parameter

    init(_ configuration: DeepONetConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        func check(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(
                    layer: DeepONetConfiguration.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        try check(configuration.branch.allSatisfy { $0 >= 1 }, "branch", configuration.branch, "widths of 1 or more")
        try check(configuration.trunk.allSatisfy { $0 >= 1 }, "trunk", configuration.trunk, "widths of 1 or more")
        try check(configuration.products >= 1, "products", configuration.products, "1 or more")
        try check(configuration.harmonics >= 0, "harmonics", configuration.harmonics, "0 or more")
        self.configuration = configuration
        self.interface = interface
        let outputs = interface.outputChannels
        let sensors = interface.grid.reduce(1, *) * interface.inputChannels
        let features = interface.dimensions * (configuration.harmonics > 0 ? 2 * configuration.harmonics : 1)
        let strategy = outputs == 1 ? DeepONetConfiguration.Outputs.splitBoth : configuration.outputs
        let nets = strategy == .independent ? outputs : 1
        let branchWidth = configuration.products * (strategy == .splitBoth || strategy == .splitBranch ? outputs : 1)
        let trunkWidth = configuration.products * (strategy == .splitBoth || strategy == .splitTrunk ? outputs : 1)
        branches = (0..<nets).map {
            MLP([sensors] + configuration.branch + [branchWidth], activation: configuration.activation, in: scope["branch"][$0])
        }
        trunks = (0..<nets).map {
            MLP(
                [features] + configuration.trunk + [trunkWidth], activation: configuration.activation, activatesLast: true,
                in: scope["trunk"][$0])
        }
        bias = scope.real("bias", [outputs], .constant(0))
    }

    func validate(grid: [Int]) throws {
        guard grid == interface.grid else {
            throw OperatorError.shapeMismatch(
                layer: "deeponet branch", found: grid, expected: "the sensors of the training grid, \(interface.grid)")
        }
    }

    /// `[b, x..., input] -> [b, x..., output]`, or `[b, point, output]` at query points.
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        let tape = input.fields.tape
        let batch = input.fields.shape[0]
        let grid = Array(input.fields.shape[1..<(input.fields.shape.count - 1)])
        let points =
            input.queries
            ?? tape.constant(
                CoordinateChannels.unit.values(grid: grid, as: Element.self).reshaped([grid.reduce(1, *), grid.count]))
        let sensors = input.fields.reshaped([batch, -1])
        let queries = features(points)
        let branchOutputs = branches.map { $0(sensors) }
        let trunkOutputs = trunks.map { $0(queries) }
        let p = configuration.products
        func part(_ net: Variable<Element>, _ output: Int) -> Variable<Element> {
            net.shape[1] == p ? net : net.slice(axis: 1, (output * p)..<((output + 1) * p))
        }
        let outputs = (0..<interface.outputChannels).map { output -> Variable<Element> in
            let net = branches.count > 1 ? output : 0
            let product = part(branchOutputs[net], output).matmul(part(trunkOutputs[net], output), otherTransposed: true)
            return product.reshaped([batch, points.shape[0], 1])
        }
        var result = outputs.count == 1 ? outputs[0] : .concatenate(outputs, axis: 2)
        result = result.addingBias(tape.parameter(bias))
        if configuration.zeroBoundary {
            let distance = (points * (-points + 1) * 4)
            var factor = distance.slice(axis: 1, 0..<1)
            for axis in 1..<max(points.shape[1], 1) { factor = factor * distance.slice(axis: 1, axis..<(axis + 1)) }
            result = result * factor
        }
        return input.queries == nil ? result.reshaped([batch] + grid + [interface.outputChannels]) : result
    }

    /// What the trunk sees of query points `[point, axis]`.
    private func features<Element: Scalar>(_ points: Variable<Element>) -> Variable<Element> {
        guard configuration.harmonics > 0 else { return points }
        let waves = (1...configuration.harmonics).flatMap { harmonic -> [Variable<Element>] in
            let angle = points * Element(2 * Double.pi * Double(harmonic))
            return [angle.cos(), angle.sin()]
        }
        return .concatenate(waves, axis: 1)
    }
}
