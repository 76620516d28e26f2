import Autodiff

/// Weights of DeepXDE's `DeepONetCartesianProd` (PyTorch): `branch.linears.*`, `trunk.linears.*`, `b.0`.
enum DeepXDELayout: ForeignLayout {
    static let name = "deepxde"
    static let summary = "DeepONet of DeepXDE (DeepONetCartesianProd, PyTorch)"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let branch = try widths(configuration, "branch")
        let trunk = try widths(configuration, "trunk")
        guard branch.last == trunk.last else {
            throw ForeignModelError.invalidConfiguration(
                key: "trunk", found: "\(trunk)", allowed: "a last width of \(branch.last!), that of the branch")
        }
        let activation = try configuration.text("activation", allowed: ["relu", "gelu", "tanh", "silu", "swish", "sin"])
        let names = ["swish": "silu", "sin": "sine"]
        guard try configuration.integer("num_outputs", default: 1) == 1 else {
            throw ForeignModelError.invalidConfiguration(key: "num_outputs", found: "more than 1", allowed: "1")
        }
        let settings = DeepONetConfiguration(
            branch: Array(branch.dropFirst().dropLast()), trunk: Array(trunk.dropFirst().dropLast()), products: branch.last!,
            activation: Activation(rawValue: names[activation] ?? activation)!)
        var arrays: [String: ArraySource] = ["bias": .same("b.0", shape: [1])]
        for (net, sizes) in [("branch", branch), ("trunk", trunk)] {
            for layer in 0..<(sizes.count - 1) {
                arrays["\(net).0.\(layer).weight"] = .transposed("\(net).linears.\(layer).weight")
                arrays["\(net).0.\(layer).bias"] = .same("\(net).linears.\(layer).bias")
            }
        }
        // The sensors form a line as far as the branch is concerned; queries have as many coordinates as the trunk takes.
        return ForeignModel(
            configuration: settings,
            interface: OperatorInterface(inputChannels: 1, outputChannels: 1, grid: grid(sensors: branch[0], dimensions: trunk[0])),
            arrays: arrays, inputOrder: .sensors(grid(sensors: branch[0], dimensions: trunk[0])), outputOrder: .withoutChannel)
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
}
