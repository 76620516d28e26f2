import Autodiff
import Grids
import Tensors

/// Settings of the unstacked deep operator network: a branch net for the input function, a trunk net for the query point.
///
/// `u(y) = sum_k branch_k(v) trunk_k(y) + b` at any point `y` of the unit cube; the branch sees the values of the input fields at the points of
/// the training grid (its sensors). Where several frames are predicted at once, time is a further coordinate of `y`.
///
/// ## References
/// L. Lu, P. Jin, G. Pang, Z. Zhang, G. E. Karniadakis, "Learning nonlinear operators via DeepONet", Nature Machine Intelligence 3 (2021),
/// arXiv:1910.03193, eq. 2. Several outputs, the POD basis, features and hard boundary conditions: L. Lu, X. Meng, S. Cai, Z. Mao, S. Goswami,
/// Z. Zhang, G. E. Karniadakis, CMAME 393 (2022), arXiv:2111.05512, section 3.1.
public struct DeepONetConfiguration: FittedConfiguration {
    /// Name in cases and model files.
    public static let name = "deeponet"
    /// Numbers of a whole sample enter the branch beside the sensors.
    public static let takesScalarParameters = true

    /// One where the trunk net is evaluated at points that all samples share, and is not computed again for every part.
    public func shards(batch: Int) -> Int { basis == .trunk && queries == .grid && convolutions.isEmpty ? 1 : 4 }

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

    /// What the coefficients of the branch multiply.
    public enum Basis: String, Codable, Sendable, CaseIterable {
        /// The trunk net.
        case trunk
        /// Principal components of the training outputs, added to their mean (POD-DeepONet).
        case pod
    }

    /// Where the trunk is evaluated.
    public enum Queries: String, Codable, Sendable, CaseIterable {
        /// At the points of the grid, in the unit cube.
        case grid
        /// On a curvilinear grid at the physical coordinates of each sample's own points.
        case physical
    }

    /// Hidden widths of the branch net.
    public var branch: [Int]
    /// Channels of convolutions (5 points along each axis, stride 2) before the branch net; empty for none.
    public var convolutions: [Int]
    /// Hidden widths of the trunk net.
    public var trunk: [Int]
    /// Number of products that are summed, p.
    public var products: Int
    /// What the coefficients of the branch multiply.
    public var basis: Basis
    /// Nonlinearity: of the branch between its layers, of the trunk after its last layer too.
    public var activation: Activation
    /// Nonlinearity of the trunk where it is another one.
    public var trunkActivation: Activation?
    /// How several output fields share the nets.
    public var outputs: Outputs
    /// Number of harmonics of which the trunk sees cosine and sine; 0 for the plain coordinate.
    ///
    /// On periodic axes harmonics of the period in place of the coordinate, on others of twice the length beside it.
    public var harmonics: Int
    /// Whether several predicted frames are one output over space and time rather than an output each.
    public var timeInTrunk: Bool
    /// Where the trunk is evaluated.
    public var queries: Queries
    /// Whether the output is exactly zero on Dirichlet sides (and, through the harmonics, periodic on periodic axes).
    public var hardBoundary: Bool
    /// The basis of each output, or one for all, once it is known.
    var bases: [ProperOrthogonalBasis] = []

    private enum CodingKeys: CodingKey {
        case branch, convolutions, trunk, products, basis, activation, trunkActivation, outputs, harmonics, timeInTrunk, queries,
            hardBoundary
    }

    /// A network with two hidden layers of 128 in both nets unless said otherwise.
    public init(
        branch: [Int] = [128, 128], convolutions: [Int] = [], trunk: [Int] = [128, 128], products: Int = 128, basis: Basis = .trunk,
        activation: Activation = .gelu, trunkActivation: Activation? = nil, outputs: Outputs = .independent, harmonics: Int = 0,
        timeInTrunk: Bool = true, queries: Queries = .grid, hardBoundary: Bool = false
    ) {
        self.branch = branch
        self.convolutions = convolutions
        self.trunk = trunk
        self.products = products
        self.basis = basis
        self.activation = activation
        self.trunkActivation = trunkActivation
        self.outputs = outputs
        self.harmonics = harmonics
        self.timeInTrunk = timeInTrunk
        self.queries = queries
        self.hardBoundary = hardBoundary
    }

    /// Builds the operator; throws `OperatorError` when a setting does not fit the interface.
    public func makeOperator(_ interface: OperatorInterface, in scope: ParameterScope) throws -> any NeuralOperator {
        try check(interface)
        return try DeepONet(self, interface, in: scope)
    }
}

extension DeepONetConfiguration {
    /// Frames that one output holds.
    func frames(_ interface: OperatorInterface) -> Int { timeInTrunk ? interface.outputFrames : 1 }

    /// Number of outputs, each with values at all points and frames.
    func outputCount(_ interface: OperatorInterface) -> Int { interface.outputChannels / frames(interface) }

    /// Checks the settings against an interface.
    func check(_ interface: OperatorInterface) throws {
        func require(_ holds: Bool, _ setting: String, _ found: Any, _ allowed: String) throws {
            guard holds else {
                throw OperatorError.invalidSetting(layer: Self.name, setting: setting, found: "\(found)", allowed: allowed)
            }
        }
        try require(branch.allSatisfy { $0 >= 1 }, "branch", branch, "widths of 1 or more")
        try require(convolutions.allSatisfy { $0 >= 1 }, "convolutions", convolutions, "channels of 1 or more")
        try require(trunk.allSatisfy { $0 >= 1 }, "trunk", trunk, "widths of 1 or more")
        try require(products >= 1, "products", products, "1 or more")
        try require(harmonics >= 0, "harmonics", harmonics, "0 or more")
        if queries == .physical {
            try require(
                interface.coordinateChannels.count == interface.dimensions, "queries", queries.rawValue,
                "grid: these data have no input fields with coordinates of their points")
            try require(basis == .trunk, "queries", queries.rawValue, "grid with a POD basis, which belongs to points of the grid")
            try require(!hardBoundary, "queries", queries.rawValue, "grid with hard-boundary, which needs the unit cube")
        }
        guard hardBoundary else { return }
        try require(basis == .trunk, "hard-boundary", true, "false with a POD basis, which has the boundary values of the data")
        let kinds = interface.boundary.map { "\($0.lower.rawValue), \($0.upper.rawValue)" }
        guard interface.boundary.contains(where: { $0.lower == .periodic || $0.lower == .dirichlet || $0.upper == .dirichlet }) else {
            throw OperatorError.unsupportedBoundary(
                layer: "\(Self.name) hard-boundary", found: kinds.joined(separator: "; "), allowed: "a dirichlet side or a periodic axis")
        }
        try require(
            harmonics >= 1 || !interface.periodic.contains(true), "harmonics", harmonics, "1 or more with hard-boundary on a periodic axis")
        try require(
            interface.outputZero != nil, "hard-boundary", true, "false with an output normaliser that differs from point to point")
    }
}

/// The deep operator network.
struct DeepONet: NeuralOperator {
    private let configuration: DeepONetConfiguration
    private let interface: OperatorInterface
    private let branches: [BranchNet]
    private let trunks: [MLP]
    private let bias: Parameter?
    private let outputs: Int
    private let frames: Int

    init(_ configuration: DeepONetConfiguration, _ interface: OperatorInterface, in scope: ParameterScope) throws {
        self.configuration = configuration
        self.interface = interface
        outputs = configuration.outputCount(interface)
        frames = configuration.frames(interface)
        let axes = interface.periodic + (frames > 1 ? [false] : [])
        let features = axes.reduce(0) { $0 + TrunkFeatures.count(harmonics: configuration.harmonics, isPeriodic: $1) }
        let strategy = outputs == 1 ? DeepONetConfiguration.Outputs.splitBoth : configuration.outputs
        let nets = strategy == .independent ? outputs : 1
        let p = configuration.products
        let branchWidth = p * (strategy == .splitBoth || strategy == .splitBranch ? outputs : 1)
        let trunkWidth = p * (strategy == .splitBoth || strategy == .splitTrunk ? outputs : 1)
        branches = try (0..<nets).map {
            try BranchNet(
                interface.inputChannels, numbers: interface.scalarParameters, grid: interface.grid,
                convolutions: configuration.convolutions, hidden: configuration.branch,
                output: branchWidth, activation: configuration.activation, in: scope["branch"][$0])
        }
        guard configuration.basis == .trunk else {
            trunks = []
            bias = nil
            guard configuration.bases.count == (strategy == .splitTrunk ? 1 : outputs) else {
                throw OperatorError.invalidSetting(
                    layer: DeepONetConfiguration.name, setting: "basis", found: "pod without the outputs of a training",
                    allowed: "trunk, or pod in a training")
            }
            return
        }
        trunks = (0..<nets).map {
            MLP(
                [features] + configuration.trunk + [trunkWidth], activation: configuration.trunkActivation ?? configuration.activation,
                activatesLast: true, in: scope["trunk"][$0])
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
    @specialized(where Element == Float)
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        let batch = input.fields.shape[0]
        let coefficients = branches.map { $0(input) }
        let (values, points) = configuration.basis == .pod ? expanded(coefficients, input) : products(coefficients, input)
        // [b, point * frame] of each output becomes [b, point, frame * output].
        let columns = values.map { $0.reshaped([batch, points, frames, 1]) }
        var result = columns.count == 1 ? columns[0] : Variable.concatenate(columns, axis: 3)
        if let bias { result = result.addingBias(input.fields.tape.parameter(bias)) }
        result = result.reshaped([batch, points, frames * outputs])
        if configuration.hardBoundary { result = vanishing(result, self.points(of: input)) }
        return input.queries == nil ? result.reshaped([batch] + interface.grid + [interface.outputChannels]) : result
    }

    /// Part `output` of what a net gives, which is all of it unless the net is split.
    private func part<Element: Scalar>(_ net: Variable<Element>, _ output: Int) -> Variable<Element> {
        let (p, axis) = (configuration.products, net.shape.count - 1)
        return net.shape[axis] == p ? net : net.slice(axis: axis, (output * p)..<((output + 1) * p))
    }

    /// Query points `[point, axis]` or `[b, point, axis]`.
    private func points<Element: Scalar>(of input: OperatorInput<Element>) -> Variable<Element> {
        if let queries = input.queries { return queries }
        let (fields, count) = (input.fields, interface.grid.reduce(1, *))
        guard configuration.queries == .physical else {
            return fields.tape.constant(GridPoints.unit(interface.grid, interface.locations))
        }
        let last = fields.shape.count - 1
        return .concatenate(interface.coordinateChannels.map { fields.slice(axis: last, $0..<($0 + 1)) }, axis: last)
            .reshaped([fields.shape[0], count, interface.dimensions])
    }

    /// Sums of products with the trunk, `[b, point * frame]` for each output.
    private func products<Element: Scalar>(
        _ coefficients: [Variable<Element>], _ input: OperatorInput<Element>
    ) -> ([Variable<Element>], points: Int) {
        let batch = input.fields.shape[0]
        let isOwn = input.queries.map { $0.shape.count == 3 } ?? (configuration.queries == .physical)
        // At the points of the grid they follow from the weights alone, and are kept for all samples and predictions.
        let isKept = input.queries == nil && !isOwn
        let values = trunks.map { trunk in
            isKept
                ? input.fields.tape.derived(from: trunk.firstWeight, as: "trunk") { trunkValues(trunk, input) } : trunkValues(trunk, input)
        }
        let count = values[0].shape[isOwn ? 1 : 0] / frames
        let sums = (0..<outputs).map { output -> Variable<Element> in
            let net = branches.count > 1 ? output : 0
            let (c, t) = (part(coefficients[net], output), part(values[net], output))
            guard isOwn else { return c.matmul(t, otherTransposed: true) }
            let p = configuration.products
            return (t.reshaped([batch, count * frames, p]) * c.reshaped([batch, 1, p])).sum(axes: [2])
        }
        return (sums, count)
    }

    /// Values of a trunk net, `[point * frame, p]` or `[b, point * frame, p]`.
    private func trunkValues<Element: Scalar>(_ trunk: MLP, _ input: OperatorInput<Element>) -> Variable<Element> {
        trunk(TrunkFeatures(harmonics: configuration.harmonics, periodic: interface.periodic, frames: frames)(points(of: input)))
    }

    /// Sums of modes and mean, `[b, point * frame]` for each output.
    private func expanded<Element: Scalar>(
        _ coefficients: [Variable<Element>], _ input: OperatorInput<Element>
    ) -> ([Variable<Element>], points: Int) {
        precondition(input.queries == nil, "a POD basis has values at the points of its grid only")
        let tape = input.fields.tape
        let count = interface.grid.reduce(1, *)
        let sums = (0..<configuration.bases.count).map { number -> Variable<Element> in
            let basis = configuration.bases[number]
            let c = branches.count > 1 ? coefficients[number] : part(coefficients[0], number)
            return c.matmul(tape.constant(basis.modes.cast())) + tape.constant(basis.mean.cast())
        }
        guard configuration.bases.count < outputs else { return (sums, count) }
        let entries = count * frames
        return ((0..<outputs).map { sums[0].slice(axis: 1, ($0 * entries)..<(($0 + 1) * entries)) }, count)
    }

    /// The output `[b, point, channel]` times a function of the point that vanishes on Dirichlet sides, shifted to physical zero.
    private func vanishing<Element: Scalar>(_ result: Variable<Element>, _ points: Variable<Element>) -> Variable<Element> {
        let last = points.shape.count - 1
        var factor: Variable<Element>?
        for (axis, sides) in interface.boundary.enumerated() {
            let y = points.slice(axis: last, axis..<(axis + 1))
            let term: Variable<Element>
            switch (sides.lower == .dirichlet, sides.upper == .dirichlet) {
            case (true, true): term = y * (-y + 1) * 4
            case (true, false): term = y
            case (false, true): term = -y + 1
            case (false, false): continue
            }
            factor = factor.map { $0 * term } ?? term
        }
        guard let factor else { return result }
        let zero = interface.outputZero!.map { Element($0) }
        let offset = points.tape.constant(Tensor([zero.count], zero))
        // Points of all samples alike lack the axis of the batch.
        return result * factor.reshaped([last == 2 ? factor.shape[0] : 1, -1, 1]) + offset
    }
}
