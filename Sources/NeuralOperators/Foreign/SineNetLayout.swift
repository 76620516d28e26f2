import Autodiff
import Tensors

/// Weights of the authors' `sinenet`, without conditioning (`sinenet_dual`) and conditioned by time and a PDE parameter (`sinenet_cond`).
enum SineNetLayout: ForeignLayout {
    static let name = "airs-sinenet"
    static let summary = "SineNet (sinenet of the authors' code), also conditioned by time and a parameter"

    /// The published class has four levels whatever `num_layers` says.
    private static let declaredLevels = 4

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let fields = try PDEArenaFields(configuration)
        let waves = try configuration.integer("num_waves", default: 2)
        let blocks = try configuration.integer("num_blocks", default: 1)
        let levels = try configuration.integer("num_layers", default: declaredLevels, in: 1...declaredLevels)
        let boundary = try configuration.text("padding_mode", allowed: PaddingMode.allCases.map(\.rawValue))
        for key in ["down_pool", "up_interpolation"] {
            guard try configuration.flag(key, default: true) else {
                throw ForeignModelError.invalidConfiguration(key: key, found: "false", allowed: "true")
            }
        }
        let interpolation: Interpolation
        switch try configuration.text(
            "interpolation_mode", default: "bicubic", allowed: ["bicubic", "bilinear", "nearest", "nearest-exact", "area"])
        {
        case "bicubic": interpolation = .bicubic
        case "bilinear": interpolation = .bilinear
        default: interpolation = .nearest
        }
        let conditions = PDEArenaConditions(configuration)
        let settings = SineNetConfiguration(
            waves: waves, width: try configuration.integer("hidden_channels"), multiplier: try configuration.real("mult", default: 2),
            levels: levels, blocks: blocks, boundary: PaddingMode(rawValue: boundary)!, activation: try fields.activation(),
            normalisation: try configuration.flag("norm", default: true), residual: try configuration.flag("residual", default: true),
            waveResidual: try configuration.flag("wave_residual", default: true),
            disentangled: try configuration.flag("disentangle", default: true),
            pooling: try configuration.flag("avg_pool", default: true) ? .average : .maximum, interpolation: interpolation,
            conditioning: try conditions.kind())
        // With fewer levels than declared, the way up starts at the widest one, which fits only where all are equally wide.
        let skipped = declaredLevels - levels
        guard (0...levels).allSatisfy({ settings.channels(level: $0) == settings.channels(level: $0 + skipped) }) else {
            throw ForeignModelError.invalidConfiguration(
                key: "num_layers", found: "\(levels)", allowed: "\(declaredLevels), or fewer where all levels have the same channels")
        }

        var arrays = FieldArrays()
        var unused: Set<String> = []
        arrays.convolution("lifting", from: "image_proj")
        arrays.convolution("projection", from: "final")
        conditions.addEmbeddings(to: &arrays)
        for wave in 0..<waves {
            for level in 0..<declaredLevels {
                for (direction, place) in [("down", level), ("up", declaredLevels - 1 - level - skipped)] {
                    let theirs = "\(direction).\(wave).\(level)"
                    guard level < levels else {
                        unused.formUnion(configuration.shapes.keys.filter { $0.hasPrefix(theirs + ".") })
                        continue
                    }
                    let ours = "waves.\(wave).\(direction).\(place)"
                    for block in 0..<blocks {
                        arrays.block(
                            "\(ours).blocks.\(block)", from: "\(theirs).conv.\(block)", normalisation: settings.normalisation,
                            conditioned: conditions.count > 0)
                    }
                    if settings.residual { arrays.linear("\(ours).shortcut", from: "\(theirs).shortcut") }
                }
            }
        }
        return fields.model(
            settings, arrays, unused: unused, conditions: conditions, defaultGrid: [4 << levels, 4 << levels])
    }
}
