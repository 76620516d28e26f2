/// Weights of the scripts that accompany the FNO paper: `fc0`, `conv0...` with corner blocks `weights1...`, `w0...`, `fc1`, `fc2`.
enum OriginalFNOLayout: ForeignLayout {
    static let name = "original-fno"
    static let summary = "FNO in 1, 2 and 3 dimensions after the scripts of the paper's authors"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let modes = try configuration.integers("modes")
        let dimensions = try configuration.integer("dim", default: modes.count, in: 1...3)
        guard modes.count == dimensions else {
            throw ForeignModelError.invalidConfiguration(key: "modes", found: "\(modes)", allowed: "\(dimensions) numbers")
        }
        let lift = try configuration.shape("fc0.weight")
        let head = try configuration.shape("fc2.weight")
        guard lift.count == 2, head.count == 2 else {
            throw ForeignModelError.wrongShape(array: "fc0.weight", found: lift, expected: "[width, input]")
        }
        let layers = try configuration.integer("layers", default: 4)
        let padding = try configuration.integer("padding", default: 0, in: 0...10_000)
        let grid = configuration.inputs.first.map { Array($0.dropFirst().prefix(dimensions)) } ?? modes.map { 4 * $0 }
        guard grid.count == dimensions, grid.allSatisfy({ $0 > 0 }) else {
            throw ForeignModelError.wrongShape(array: "input", found: configuration.inputs.first ?? [], expected: "[batch, x..., channel]")
        }
        let settings = FNOConfiguration(
            modes: modes, width: lift[0], layers: layers, projection: head[1], coordinates: .none, padding: 0,
            paddingPoints: padding > 0 ? padding : nil)
        var arrays: [String: ArraySource] = [
            "lifting.weight": .transposed("fc0.weight"), "lifting.bias": .same("fc0.bias"),
            "projection.first.weight": .transposed("fc1.weight"), "projection.first.bias": .same("fc1.bias"),
            "projection.second.weight": .transposed("fc2.weight"), "projection.second.bias": .same("fc2.bias"),
        ]
        for layer in 0..<layers {
            let blocks = (1...(1 << (dimensions - 1))).map { "conv\(layer).weights\($0)" }
            arrays["layers.\(layer).spectral.weight"] = .cornerBlocks(blocks, modes: modes)
            arrays["layers.\(layer).bypass.weight"] = .transposed("w\(layer).weight")
            arrays["layers.\(layer).bypass.bias"] = .same("w\(layer).bias")
        }
        return ForeignModel(
            configuration: settings, interface: OperatorInterface(inputChannels: lift[1], outputChannels: head[0], grid: grid),
            arrays: arrays,
            inputOrder: .channelsLast, outputOrder: .channelsLast)
    }
}
