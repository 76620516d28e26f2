import Autodiff
import Tensors

/// Weights of PDEArena's U-Nets: the modern one (`Unet`), also conditioned by time and a parameter, and the classic one (`Unetbase`),
/// told apart by their arrays.
enum PDEArenaUNetLayout: ForeignLayout {
    static let name = "pdearena-unet"
    static let summary = "U-Nets of PDEArena: Unet (also conditioned) and Unetbase"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        configuration.shapes["image_proj.conv1.weight"] == nil ? try modern(configuration) : try classic(configuration)
    }

    private static func boundary(_ configuration: ForeignConfiguration) throws -> PaddingMode {
        PaddingMode(
            rawValue: try configuration.text("padding_mode", default: "zeros", allowed: PaddingMode.allCases.map(\.rawValue)))!
    }

    private static func modern(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let fields = try PDEArenaFields(configuration)
        let conditions = PDEArenaConditions(configuration)
        let multipliers = try configuration.integers("ch_mults", default: [1, 2, 2, 4])
        let attention = try configuration.flags("is_attn", default: multipliers.map { _ in false })
        guard attention.count >= multipliers.count else {
            throw ForeignModelError.invalidConfiguration(
                key: "is_attn", found: "\(attention)", allowed: "true or false for each of \(multipliers.count) levels")
        }
        let settings = UNetConfiguration(
            width: try configuration.integer("hidden_channels"), multipliers: multipliers,
            blocks: try configuration.integer("n_blocks", default: 2), attention: multipliers.indices.filter { attention[$0] },
            middleAttention: try configuration.flag("mid_attn", default: false),
            normalisation: try configuration.flag("norm", default: false), activation: try fields.activation(default: nil),
            pointwiseEnds: try configuration.flag("use1x1", default: false), boundary: try boundary(configuration),
            conditioning: try conditions.kind())

        var arrays = FieldArrays()
        var unused: Set<String> = []
        arrays.convolution("lifting", from: "image_proj")
        arrays.convolution("projection", from: "final")
        if settings.normalisation { arrays.normalisation("normalisation", from: "norm") }
        conditions.addEmbeddings(to: &arrays)
        func attend(_ ours: String, _ theirs: String, _ level: Int?) {
            guard level.map(settings.attention.contains) ?? settings.middleAttention else { return }
            arrays.linear("\(ours).projection", from: "\(theirs).projection")
            arrays.linear("\(ours).output", from: "\(theirs).output")
            // Declared, but not applied.
            unused.formUnion(["\(theirs).norm.weight", "\(theirs).norm.bias"])
        }
        func residual(_ ours: String, _ theirs: String) {
            arrays.block(ours, from: theirs, normalisation: settings.normalisation, conditioned: conditions.count > 0)
            if configuration.shapes["\(theirs).shortcut.weight"] != nil { arrays.linear("\(ours).shortcut", from: "\(theirs).shortcut") }
        }
        var number = 0
        for level in multipliers.indices {
            for block in 0..<settings.blocks {
                residual("levels.\(level).down.\(block).block", "down.\(number).res")
                attend("levels.\(level).down.\(block).attention", "down.\(number).attn", level)
                number += 1
            }
            guard level < multipliers.count - 1 else { break }
            arrays.convolution("levels.\(level).coarsening", from: "down.\(number).conv")
            number += 1
        }
        residual("middle.first.block", "middle.res1")
        attend("middle.first.attention", "middle.attn", nil)
        residual("middle.second", "middle.res2")
        number = 0
        for level in multipliers.indices.reversed() {
            if level < multipliers.count - 1 {
                arrays.convolution("levels.\(level).refinement", from: "up.\(number).conv")
                number += 1
            }
            for block in 0...settings.blocks {
                residual("levels.\(level).up.\(block).block", "up.\(number).res")
                attend("levels.\(level).up.\(block).attention", "up.\(number).attn", level)
                number += 1
            }
        }
        let side = 4 << (multipliers.count - 1)
        return fields.model(settings, arrays, unused: unused, conditions: conditions, defaultGrid: [side, side])
    }

    private static func classic(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let fields = try PDEArenaFields(configuration)
        let levels = 4
        let settings = ClassicUNetConfiguration(
            width: try configuration.integer("hidden_channels"), levels: levels, activation: try fields.activation(),
            boundary: try boundary(configuration))
        var arrays = FieldArrays()
        arrays.block("lifting", from: "image_proj", normalisation: true)
        arrays.convolution("projection", from: "final")
        for level in 0..<levels {
            arrays.block("down.\(level)", from: "down.\(level).conv", normalisation: true)
            let place = levels - 1 - level
            arrays.convolution("refinement.\(level)", from: "up.\(place).up")
            arrays.block("up.\(level)", from: "up.\(place).conv", normalisation: true)
        }
        return fields.model(settings, arrays, defaultGrid: [4 << levels, 4 << levels])
    }
}
