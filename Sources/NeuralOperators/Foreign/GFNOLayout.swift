import Autodiff

/// Weights of `GFNO2d` of the G-FNO authors' code.
enum GFNOLayout: ForeignLayout {
    static let name = "airs-gfno"
    static let summary = "G-FNO in 2-D, groups p4 and p4m (GFNO2d of the authors' code)"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let group: SquareGroup = try configuration.flag("reflection", default: false) ? .p4m : .p4
        let modes = try configuration.integer("modes", in: 2...100_000)
        let width = try configuration.integer("width")
        let history = try configuration.integer("initial_step")
        let channels = try configuration.integer("num_channels")
        let coordinates: CoordinateChannels
        switch try configuration.text("grid_type", default: "symmetric", allowed: ["cartesian", "symmetric", "None"]) {
        case "cartesian": coordinates = .unit
        case "symmetric": coordinates = .symmetric
        default: coordinates = .none
        }
        let grid = configuration.inputs.first.map { Array($0.dropFirst().prefix(2)) } ?? [4 * modes, 4 * modes]
        let order = group.order
        let input = history * channels + coordinates.count(dimensions: 2)

        var arrays: [String: ArraySource] = [:]
        func linear(_ ours: String, _ theirs: String, _ shape: [Int]) {
            arrays["\(ours).weight"] = .same("\(theirs).W", shape: shape)
            arrays["\(ours).bias"] = .same("\(theirs).B", shape: [shape[0]])
        }
        linear("lifting", "p", [width, input])
        linear("projection.first", "q.mlp1", [4 * width, width, order])
        linear("projection.second", "q.mlp2", [channels, 4 * width])
        for layer in 0..<4 {
            let ours = "layers.\(layer)"
            linear("\(ours).bypass", "w\(layer)", [width, width, order])
            linear("\(ours).perceptron.first", "mlp\(layer).mlp1", [width, width, order])
            linear("\(ours).perceptron.second", "mlp\(layer).mlp2", [width, width, order])
            let kernel = "conv\(layer).conv.W"
            arrays["\(ours).spectral.column"] = .same("\(kernel).y0_modes", shape: [width, width, order, modes - 1, 2])
            arrays["\(ours).spectral.origin"] = .same("\(kernel).00_modes", shape: [width, width, order])
            arrays["\(ours).spectral.half"] = .same("\(kernel).yposx_modes", shape: [width, width, order, 2 * modes - 1, modes - 1, 2])
        }
        return ForeignModel(
            configuration: GFNOConfiguration(group: group, modes: modes, width: width, coordinates: coordinates),
            interface: OperatorInterface(inputChannels: history * channels, outputChannels: channels, grid: grid), arrays: arrays,
            inputOrder: .historyLast, outputOrder: .historyLast)
    }
}
