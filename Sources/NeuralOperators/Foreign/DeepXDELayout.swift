import Autodiff
import Tensors

/// Weights of DeepXDE's `DeepONetCartesianProd` and `DeepONet` (PyTorch): `branch.linears.*`, `trunk.linears.*`, `b.*`, with any number of outputs.
enum DeepXDELayout: ForeignLayout {
    static let name = "deepxde"
    static let summary = "DeepONet of DeepXDE (DeepONetCartesianProd, DeepONet, PyTorch)"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let branch = try widths(configuration, "branch")
        let trunk = try widths(configuration, "trunk")
        let count = try configuration.integer("num_outputs", default: 1)
        let strategies: [String: DeepONetConfiguration.Outputs] = [
            "independent": .independent, "split_both": .splitBoth, "split_branch": .splitBranch, "split_trunk": .splitTrunk,
        ]
        let strategy =
            count == 1
            ? DeepONetConfiguration.Outputs.splitBoth
            : strategies[try configuration.text("multi_output_strategy", default: "independent", allowed: strategies.keys.sorted())]!
        // What each net has to be divided by to give the number of products.
        let (branchParts, trunkParts) =
            switch strategy {
            case .independent: (1, 1)
            case .splitBoth: (count, count)
            case .splitBranch: (count, 1)
            case .splitTrunk: (1, count)
            }
        guard branch.last! % branchParts == 0, trunk.last! % trunkParts == 0, branch.last! / branchParts == trunk.last! / trunkParts else {
            throw ForeignModelError.invalidConfiguration(
                key: "trunk", found: "\(trunk)",
                allowed:
                    "a last width that gives as many products as the branch, \(branch.last!) for \(count) outputs, \(strategy.rawValue)")
        }
        let isAligned =
            try configuration.text("class", default: "DeepONetCartesianProd", allowed: ["DeepONet", "DeepONetCartesianProd"])
            == "DeepONetCartesianProd"
        let settings = DeepONetConfiguration(
            branch: Array(branch.dropFirst().dropLast()), trunk: Array(trunk.dropFirst().dropLast()),
            products: branch.last! / branchParts, activation: try activation(configuration, "branch"),
            trunkActivation: try activation(configuration, "trunk"), outputs: strategy)
        let biases = (0..<count).map { "b.\($0)" }
        var arrays: [String: ArraySource] = [
            "bias": ArraySource(biases) { arrays in .concatenated(arrays.map { $0.reshaped([1]) }, axis: 0) }
        ]
        let nets = strategy == .independent ? count : 1
        for (net, sizes) in [("branch", branch), ("trunk", trunk)] {
            for number in 0..<nets {
                let theirs = nets == 1 ? "\(net)" : "\(net).\(number)"
                for layer in 0..<(sizes.count - 1) {
                    arrays["\(net).\(number).\(layer).weight"] = .transposed("\(theirs).linears.\(layer).weight")
                    arrays["\(net).\(number).\(layer).bias"] = .same("\(theirs).linears.\(layer).bias")
                }
            }
        }
        // The sensors form a line as far as the branch is concerned; queries have as many coordinates as the trunk takes.
        let grid = grid(sensors: branch[0], dimensions: trunk[0])
        return ForeignModel(
            configuration: settings, interface: OperatorInterface(inputChannels: 1, outputChannels: count, grid: grid), arrays: arrays,
            inputOrder: .sensors(grid), outputOrder: !isAligned ? .onePoint : count == 1 ? .withoutChannel : .channelsLast,
            furtherInputs: isAligned ? .queries : .ownQuery)
    }

    /// A grid of so many points with as many axes as a query point has coordinates.
    private static func grid(sensors: Int, dimensions: Int) -> [Int] { [sensors] + Array(repeating: 1, count: dimensions - 1) }

    private static func widths(_ configuration: ForeignConfiguration, _ key: String) throws -> [Int] {
        let widths = try configuration.integers(key)
        guard widths.count >= 2, widths.allSatisfy({ $0 >= 1 }) else {
            throw ForeignModelError.invalidConfiguration(key: key, found: "\(widths)", allowed: "two widths or more, each 1 or more")
        }
        return widths
    }

    /// The activation of one net: one text for both, or an object with one for each.
    private static func activation(_ configuration: ForeignConfiguration, _ net: String) throws -> Activation {
        let names = ["swish": "silu", "sin": "sine"]
        let text = try configuration.text("activation", member: net, allowed: ["relu", "gelu", "tanh", "sigmoid", "silu", "swish", "sin"])
        return Activation(rawValue: names[text] ?? text)!
    }
}
