import Autodiff
import Tensors

/// Weights of the authors' `MgNO_NS`: circular boundaries, biases, layer normalisation tied to the grid, output = input + network.
enum MgNONavierStokesLayout: ForeignLayout {
    static let name = "mgno-ns"
    static let summary = "MgNO for Navier-Stokes (MgNO_NS of the authors' code)"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        try MgNOArrays(configuration).model(
            boundary: "circular", bypass: false, normalisation: true, residual: true, head: "last_layer.weight")
    }
}

/// Weights of the authors' `MgNO_DC`: no biases in the V-cycle, a pointwise bypass with bias.
enum MgNODarcyLayout: ForeignLayout {
    static let name = "mgno-dc"
    static let summary = "MgNO for Darcy flow and the pipe (MgNO_DC, MgNO_DC_smooth of the authors' code)"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        try MgNOArrays(configuration).model(boundary: "zeros", bypass: true, normalisation: false, residual: false, head: "linear.weight")
    }
}

/// Weights of the authors' `MgNO_helm`: reflection, biases, channels that grow with the level, layer normalisation of each layer, a V-cycle as head.
enum MgNOHelmholtzLayout: ForeignLayout {
    static let name = "mgno-helm"
    static let summary = "MgNO for Helmholtz (MgNO_helm of the authors' code)"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let layers = try configuration.integer("num_layer")
        let channels = try configuration.integer("num_channel_u")
        let input = try configuration.integer("num_channel_f")
        let steps = try configuration.integers("num_iteration")
        guard steps.count >= 2, steps.allSatisfy({ $0 >= 0 }), steps[0] >= 1 else {
            throw ForeignModelError.invalidConfiguration(
                key: "num_iteration", found: "\(steps)", allowed: "two levels or more, with one step or more on the first")
        }
        let activation = try configuration.text("activation", default: "gelu", allowed: ["relu", "gelu", "tanh", "silu"])
        let norm = try configuration.shape("norm_layer_list.0.weight")
        guard norm.count == 3 else {
            throw ForeignModelError.wrongShape(array: "norm_layer_list.0.weight", found: norm, expected: "[channel, y, x]")
        }
        var arrays: [String: ArraySource] = [:]
        var unused: Set<String> = []
        func cycle(_ ours: String, _ theirs: String) {
            for (level, count) in steps.enumerated() {
                let part = "\(ours).levels.\(level)"
                func convolution(_ ourName: String, _ theirName: String, bias: Bool) {
                    arrays["\(part).\(ourName).weight"] = .convolution("\(theirs).\(theirName).weight")
                    if bias { arrays["\(part).\(ourName).bias"] = .same("\(theirs).\(theirName).bias") }
                }
                for number in 0..<count {
                    let place = "layer\(level).\(level == 0 ? number : number + 1)"
                    convolution("pre.\(number).smoother", "\(place).S", bias: true)
                    if level == 0 && number == 0 {
                        unused.formUnion(["weight", "bias"].map { "\(theirs).\(place).A.\($0)" })
                    } else {
                        convolution("pre.\(number).operator", "\(place).A", bias: true)
                    }
                }
                guard level < steps.count - 1 else { continue }
                convolution("restriction-u", "layer\(level + 1).0.Pi", bias: false)
                convolution("restriction-f", "layer\(level + 1).0.R", bias: false)
                convolution("prolongation", "RTlayers.\(level)", bias: false)
            }
        }
        for layer in 0..<layers {
            cycle("layers.\(layer).cycle", "conv_list.\(layer)")
            for part in ["weight", "bias"] {
                arrays["layers.\(layer).normalisation.\(part)"] = ArraySource(["norm_layer_list.\(layer).\(part)"]) {
                    $0[0].permuted([1, 2, 0])
                }
            }
        }
        cycle("head", "last_layer")
        return ForeignModel(
            configuration: MgNOConfiguration(
                layers: layers, channels: channels, levels: steps.map { .init(pre: $0) }, boundary: .reflect, bypass: false, bias: true,
                activation: Activation(rawValue: activation)!, growth: true, transfers: .inner, layerNormalisation: true, head: .cycle),
            interface: OperatorInterface(inputChannels: input, outputChannels: 1, grid: [norm[1], norm[2]]), arrays: arrays, unused: unused,
            inputOrder: .channelsFirst, outputOrder: .channelsFirst)
    }
}

/// What the first two layouts share: names of the arrays of a V-cycle.
private struct MgNOArrays {
    let configuration: ForeignConfiguration

    init(_ configuration: ForeignConfiguration) { self.configuration = configuration }

    func model(boundary: String, bypass: Bool, normalisation: Bool, residual: Bool, head: String) throws -> ForeignModel {
        let layers = try configuration.integer("num_layer")
        let channels = try configuration.integer("num_channel_u")
        let input = try configuration.integer("num_channel_f")
        let steps = try configuration.integerLists("num_iteration")
        guard !steps.isEmpty, steps.allSatisfy({ $0.count == 2 && $0[0] >= 0 && $0[1] >= 0 }), steps[0][0] >= 1 else {
            throw ForeignModelError.invalidConfiguration(
                key: "num_iteration", found: "\(steps)", allowed: "pairs [pre, post], with one step or more on the first level")
        }
        let bias = normalisation ? try configuration.flag("bias", default: false) : false
        let usesResidual = try configuration.flag("use_res", default: false) && normalisation
        let affine = normalisation ? try configuration.flag("elementwise_affine", default: true) : true
        guard affine else {
            throw ForeignModelError.invalidConfiguration(key: "elementwise_affine", found: "false", allowed: "true")
        }
        guard try configuration.integer("mlp_hidden_dim", default: 0, in: 0...100_000) == 0 else {
            throw ForeignModelError.invalidConfiguration(key: "mlp_hidden_dim", found: "not 0", allowed: "0")
        }
        let mode =
            normalisation
            ? boundary : try configuration.text("padding_mode", default: boundary, allowed: PaddingMode.allCases.map(\.rawValue))
        let activation = try configuration.text("activation", default: "gelu", allowed: ["relu", "gelu", "tanh", "silu"])
        let output = try configuration.shape(head)[0]
        // The variant for smooth coefficients has 3x3 prolongations to odd grids.
        let kernels = try (0..<(steps.count - 1)).map { try configuration.shape("conv_list.0.RTlayers.\($0).weight").last! }
        let settings = MgNOConfiguration(
            layers: layers, channels: channels, levels: steps.map { .init(pre: $0[0], post: $0[1]) },
            boundary: PaddingMode(rawValue: mode)!,
            bypass: bypass, bias: bias, normalisation: normalisation, restrictsResidual: usesResidual, residual: residual,
            activation: Activation(rawValue: activation)!, transfers: kernels.contains(3) ? .matched : .doubling)
        let grid = try grid(finest: normalisation ? "conv_list.0.norm_layer_list.0.weight" : nil, levels: steps.count)

        var arrays: [String: ArraySource] = ["head.weight": .transposed(head)]
        var unused: Set<String> = []
        for layer in 0..<layers {
            for (level, step) in steps.enumerated() {
                let isCoarsest = level == steps.count - 1
                let theirs = "conv_list.\(layer)"
                let ours = "layers.\(layer).cycle.levels.\(level)"
                func convolution(_ ourName: String, _ theirName: String, bias: Bool = false) {
                    arrays["\(ours).\(ourName).weight"] = .convolution("\(theirs).\(theirName).weight")
                    if bias { arrays["\(ours).\(ourName).bias"] = .same("\(theirs).\(theirName).bias") }
                }
                for number in 0..<step[0] {
                    // Below the finest level the first entry of the sequence is the restriction.
                    let place = "layer\(level).\(level == 0 ? number : number + 1)"
                    convolution("pre.\(number).smoother", "\(place).S", bias: bias)
                    if !(level == 0 && number == 0) { convolution("pre.\(number).operator", "\(place).A", bias: bias) }
                }
                for number in 0..<step[1] {
                    let place = "post_smooth_layer\(level).\(number)"
                    if isCoarsest {
                        for part in ["A", "S"] {
                            unused.insert("\(theirs).\(place).\(part).weight")
                            if bias { unused.insert("\(theirs).\(place).\(part).bias") }
                        }
                    } else {
                        convolution("post.\(number).smoother", "\(place).S", bias: bias)
                        convolution("post.\(number).operator", "\(place).A", bias: bias)
                    }
                }
                guard !isCoarsest else { continue }
                convolution("restriction-u", "layer\(level + 1).0.Pi")
                convolution("restriction-f", "layer\(level + 1).0.R")
                if usesResidual { convolution("residual", "layer\(level + 1).0.A", bias: bias) }
                convolution("prolongation", "RTlayers.\(level)")
                if normalisation {
                    for part in ["weight", "bias"] {
                        arrays["\(ours).normalisation.\(part)"] = ArraySource(["\(theirs).norm_layer_list.\(level).\(part)"]) {
                            $0[0].permuted([1, 2, 0])
                        }
                    }
                }
            }
            if bypass {
                arrays["layers.\(layer).bypass.weight"] = .transposed("linear_list.\(layer).weight")
                arrays["layers.\(layer).bypass.bias"] = .same("linear_list.\(layer).bias")
            }
        }
        return ForeignModel(
            configuration: settings, interface: OperatorInterface(inputChannels: input, outputChannels: output, grid: grid), arrays: arrays,
            unused: unused, inputOrder: .channelsFirst, outputOrder: .channelsFirst)
    }

    /// The grid of the normalisation when there is one, of the stored input, or one that the levels can halve.
    private func grid(finest: String?, levels: Int) throws -> [Int] {
        if let finest {
            let shape = try configuration.shape(finest)
            guard shape.count == 3 else {
                throw ForeignModelError.wrongShape(array: finest, found: shape, expected: "[channel, y, x]")
            }
            return [shape[1], shape[2]]
        }
        if let input = configuration.inputs.first {
            guard input.count == 4 else {
                throw ForeignModelError.wrongShape(array: "input", found: input, expected: "[batch, channel, y, x]")
            }
            return [input[2], input[3]]
        }
        return [4 << levels, 4 << levels]
    }
}
