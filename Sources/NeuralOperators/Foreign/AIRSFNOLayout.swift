import Autodiff

/// Weights of the FNO baselines `FNO2d` and `FNO3d` of the G-FNO authors' code.
enum AIRSFNOLayout: ForeignLayout {
    static let name = "airs-fno"
    static let summary = "FNO baseline (FNO2d, FNO3d) of the G-FNO authors' code"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let modes = try ["modes1", "modes2", "modes3"].filter { configuration.keys.contains($0) }.map { try configuration.integer($0) }
        guard modes.count == 2 || modes.count == 3 else {
            throw ForeignModelError.invalidConfiguration(key: "modes1", found: "\(modes)", allowed: "modes1, modes2 and, in 3-D, modes3")
        }
        let width = try configuration.integer("width")
        let history = try configuration.integer("initial_step")
        let channels = try configuration.integer("num_channels")
        let lift = try configuration.shape("p.weight")
        guard lift.count == 2 else { throw ForeignModelError.wrongShape(array: "p.weight", found: lift, expected: "[width, input]") }
        let coordinates: CoordinateChannels
        if modes.count == 3 {
            coordinates = .unit
        } else {
            switch try configuration.text("grid_type", default: "cartesian", allowed: ["cartesian", "symmetric", "None"]) {
            case "cartesian": coordinates = .unit
            case "symmetric": coordinates = .symmetric
            default: coordinates = .none
            }
        }
        let inTime = try configuration.flag("time", default: true)
        let isPadded = try configuration.flag("time_pad", default: false)
        let padded = modes.count == 3 && inTime && isPadded
        let grid = configuration.inputs.first.map { Array($0.dropFirst().prefix(modes.count)) } ?? modes.map { 4 * $0 }
        var arrays: [String: ArraySource] = ["lifting.weight": .transposed("p.weight"), "lifting.bias": .same("p.bias")]
        for (number, part) in ["first", "second"].enumerated() {
            arrays["projection.\(part).weight"] = .transposed("q.mlp\(number + 1).weight")
            arrays["projection.\(part).bias"] = .same("q.mlp\(number + 1).bias")
        }
        for layer in 0..<4 {
            let blocks = (1...(1 << (modes.count - 1))).map { "conv\(layer).weights\($0)" }
            arrays["layers.\(layer).spectral.weight"] = .cornerBlocks(blocks, modes: modes)
            arrays["layers.\(layer).bypass.weight"] = .transposed("w\(layer).weight")
            arrays["layers.\(layer).bypass.bias"] = .same("w\(layer).bias")
            for (number, part) in ["first", "second"].enumerated() {
                arrays["layers.\(layer).perceptron.\(part).weight"] = .transposed("mlp\(layer).mlp\(number + 1).weight")
                arrays["layers.\(layer).perceptron.\(part).bias"] = .same("mlp\(layer).mlp\(number + 1).bias")
            }
        }
        // In 3-D the time axis of the grid is followed by the frames and components of the input.
        return ForeignModel(
            configuration: AIRSFNOConfiguration(
                modes: modes, width: width, coordinates: coordinates, paddingPoints: padded ? 6 : 0),
            interface: OperatorInterface(inputChannels: history * channels, outputChannels: channels, grid: grid), arrays: arrays,
            inputOrder: .historyLast, outputOrder: modes.count == 3 && inTime ? .channelsLast : .historyLast)
    }
}
