import Autodiff

/// Weights of `neuralop.models.FNO`: `lifting`, `fno_blocks`, `projection`.
enum NeuraloperatorLayout: ForeignLayout {
    static let name = "neuraloperator"
    static let summary = "FNO of the neuraloperator library, version 2"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let modes = try configuration.integers("n_modes")
        let layers = try configuration.integer("n_layers", default: 4)
        let width = try configuration.integer("hidden_channels")
        for (key, value) in [
            ("norm", "null"), ("factorization", "null"), ("domain_padding", "null"), ("resolution_scaling_factor", "null"),
            ("stabilizer", "null"),
        ] { try configuration.requireAbsent(key, allowed: value) }
        for key in ["complex_data", "separable", "preactivation"] where try configuration.flag(key, default: false) {
            throw ForeignModelError.invalidConfiguration(key: key, found: "true", allowed: "false")
        }
        let usesMLP = try configuration.flag("use_channel_mlp", default: true)
        let skips = ["linear", "identity", "soft-gating"]
        let skip = try configuration.text("fno_skip", default: "linear", allowed: skips)
        let channelSkip = try configuration.text("channel_mlp_skip", default: "soft-gating", allowed: skips)
        let lift = try configuration.shape("lifting.fcs.0.weight")
        let project = try configuration.shape("projection.fcs.0.weight")
        let output = try configuration.shape("projection.fcs.1.weight")[0]
        let input = try configuration.integer("in_channels")
        let hasGrid = lift[1] == input + modes.count
        let grid = configuration.inputs.first.map { Array($0.dropFirst(2)) } ?? modes.map { 2 * $0 }
        let mlp = usesMLP ? try configuration.shape("fno_blocks.channel_mlp.0.fcs.0.weight")[0] : 0
        let settings = NeuraloperatorFNOConfiguration(
            modes: modes, width: width, layers: layers, lifting: lift[0], projection: project[0], channelMLP: mlp,
            skip: .init(rawValue: skip)!, channelSkip: .init(rawValue: channelSkip)!, coordinates: hasGrid ? .unitPeriodicSingle : .none,
            shiftsOddAxes: true)

        var arrays: [String: ArraySource] = [:]
        for part in ["lifting", "projection"] {
            for (number, layer) in ["first", "second"].enumerated() {
                arrays["\(part).\(layer).weight"] = .transposed("\(part).fcs.\(number).weight")
                arrays["\(part).\(layer).bias"] = .same("\(part).fcs.\(number).bias")
            }
        }
        for layer in 0..<layers {
            let ours = "layers.\(layer)"
            arrays["\(ours).spectral.weight"] = .spectral("fno_blocks.convs.\(layer).weight.tensor", dimensions: modes.count)
            arrays["\(ours).spectral.bias"] = .same("fno_blocks.convs.\(layer).bias", shape: [width])
            func addSkip(_ kind: String, _ name: String, _ theirs: String) {
                switch kind {
                case "linear": arrays["\(ours).\(name).weight"] = .transposed("\(theirs).conv.weight")
                case "soft-gating": arrays["\(ours).\(name).weight"] = .same("\(theirs).weight", shape: [width])
                default: break
                }
            }
            addSkip(skip, "skip", "fno_blocks.fno_skips.\(layer)")
            guard usesMLP else { continue }
            addSkip(channelSkip, "channel-skip", "fno_blocks.channel_mlp_skips.\(layer)")
            for (number, part) in ["first", "second"].enumerated() {
                arrays["\(ours).channel-mlp.\(part).weight"] = .transposed("fno_blocks.channel_mlp.\(layer).fcs.\(number).weight")
                arrays["\(ours).channel-mlp.\(part).bias"] = .same("fno_blocks.channel_mlp.\(layer).fcs.\(number).bias")
            }
        }
        return ForeignModel(
            configuration: settings, interface: OperatorInterface(inputChannels: input, outputChannels: output, grid: grid), arrays: arrays,
            inputOrder: .channelsFirst, outputOrder: .channelsFirst)
    }
}
