import Autodiff
import Tensors

/// Weights of PDEArena's `ResNet` with dilated blocks.
enum PDEArenaResNetLayout: ForeignLayout {
    static let name = "pdearena-resnet"
    static let summary = "ResNet of PDEArena with dilated blocks"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let fields = try PDEArenaFields(configuration)
        for key in ["diffmode", "usegrid"] {
            guard try !configuration.flag(key, default: false) else {
                throw ForeignModelError.invalidConfiguration(key: key, found: "true", allowed: "false")
            }
        }
        let mode = try configuration.text("padding_mode", default: "zeros", allowed: ["zeros", "circular"])
        let counts = try configuration.integers("num_blocks")
        let settings = DilatedResNetConfiguration(
            width: try configuration.integer("hidden_channels", default: 64), blocks: counts.reduce(0, +),
            normalisation: try configuration.flag("norm", default: true), activation: try fields.activation(),
            boundary: PaddingMode(rawValue: mode)!)
        var arrays = FieldArrays()
        for part in 0..<2 {
            arrays.linear("lifting.\(part)", from: "conv_in\(part + 1)")
            arrays.linear("projection.\(part)", from: "conv_out\(part + 1)")
        }
        let places = counts.enumerated().flatMap { group, count in (0..<count).map { "layers.\(group).\($0)" } }
        for (block, place) in places.enumerated() {
            for layer in settings.dilations.indices {
                arrays.convolution("blocks.\(block).\(layer).convolution", from: "\(place).dilation_layers.\(layer)")
                if settings.normalisation {
                    arrays.normalisation("blocks.\(block).\(layer).normalisation", from: "\(place).norm_layers.\(layer)")
                }
            }
        }
        return fields.model(settings, arrays, defaultGrid: [32, 32])
    }
}
