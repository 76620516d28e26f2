import Autodiff
import Tensors

/// Weights of the `FFNO` baseline of the SineNet authors' code, without its own normalisation and positions.
enum FactorizedFNOLayout: ForeignLayout {
    static let name = "airs-ffno"
    static let summary = "F-FNO baseline (FFNO) of the SineNet authors' code"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let fields = try PDEArenaFields(configuration)
        for (key, value) in [("should_normalize", true), ("use_position", true)] {
            guard try !configuration.flag(key, default: value) else {
                throw ForeignModelError.invalidConfiguration(key: key, found: "true", allowed: "false")
            }
        }
        _ = try configuration.text("mode", default: "full", allowed: ["full"])
        let modes = try configuration.integer("modes")
        let settings = FactorizedFNOConfiguration(
            modes: [modes, modes], width: try configuration.integer("width"), layers: try configuration.integer("n_layers", default: 4),
            expansion: try configuration.integer("factor", default: 2),
            perceptronLayers: try configuration.integer("n_ff_layers", default: 2),
            sharedKernels: try configuration.flag("share_weight", default: false),
            sharedPerceptrons: try configuration.flag("share_fork", default: false),
            weightNormalisation: try configuration.flag("ff_weight_norm", default: false),
            layerNormalisation: try configuration.flag("layer_norm", default: false), coordinates: .none)

        var arrays: [String: ArraySource] = [:]
        func linear(_ ours: String, _ theirs: String) {
            if settings.weightNormalisation {
                arrays["\(ours).direction"] = .transposed("\(theirs).weight_v")
                arrays["\(ours).magnitude"] = ArraySource(["\(theirs).weight_g"]) { $0[0].reshaped([-1]) }
            } else {
                arrays["\(ours).weight"] = .transposed("\(theirs).weight")
            }
            arrays["\(ours).bias"] = .same("\(theirs).bias")
        }
        func kernels(_ ours: String, _ theirs: String) {
            // Theirs come with the last axis first.
            for axis in 0..<2 { arrays["\(ours).\(axis).weight"] = .spectral("\(theirs).\(1 - axis)", dimensions: 1) }
        }
        func perceptron(_ ours: String, _ theirs: String) {
            for layer in 0..<settings.perceptronLayers { linear("\(ours).\(layer)", "\(theirs).layers.\(layer).0") }
            guard settings.layerNormalisation else { return }
            for part in ["weight", "bias"] {
                arrays["\(ours).normalisation.\(part)"] = .same("\(theirs).layers.\(settings.perceptronLayers - 1).3.\(part)")
            }
        }
        linear("lifting", "conv.in_proj")
        for number in 0..<2 { linear("projection.\(number)", "conv.out.\(number)") }
        if settings.sharedKernels { kernels("kernels", "conv.fourier_weight") }
        if settings.sharedPerceptrons { perceptron("perceptron", "conv.backcast_ff") }
        for layer in 0..<settings.layers {
            if !settings.sharedKernels { kernels("layers.\(layer).kernels", "conv.spectral_layers.\(layer).fourier_weight") }
            if !settings.sharedPerceptrons { perceptron("layers.\(layer).perceptron", "conv.spectral_layers.\(layer).backcast_ff") }
        }
        // Statistics of the normalisation that is off, and shared arrays under the name of every layer.
        let unused = configuration.shapes.keys.filter { name in
            name == "_float" || name.hasPrefix("normalizer.") || settings.sharedKernels && name.contains(".fourier_weight.")
                || settings.sharedPerceptrons && name.contains(".backcast_ff.")
        }
        return fields.model(settings, FieldArrays(arrays), unused: Set(unused), defaultGrid: [4 * modes, 4 * modes])
    }
}
