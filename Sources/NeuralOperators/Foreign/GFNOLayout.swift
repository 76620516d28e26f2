import Autodiff

/// Weights of `GFNO2d`, `GFNO3d` and `Ghybrid2d` of the G-FNO authors' code.
enum GFNOLayout: ForeignLayout {
    static let name = "airs-gfno"
    static let summary = "G-FNO in 2-D and in space and time, hybrids, groups p4 and p4m (GFNO2d, GFNO3d, Ghybrid2d of the authors' code)"

    static func model(_ configuration: ForeignConfiguration) throws -> ForeignModel {
        let group: SquareGroup = try configuration.flag("reflection", default: false) ? .p4m : .p4
        let modes = try configuration.integer("modes", in: 2...100_000)
        let isHybrid = configuration.keys.contains("n_equiv")
        let width = try configuration.integer(isHybrid ? "Gwidth" : "width")
        let timeModes = configuration.keys.contains("time_modes") ? try configuration.integer("time_modes") : nil
        let history = try configuration.integer("initial_step")
        let channels = try configuration.integer("num_channels")
        let coordinates: CoordinateChannels
        switch try configuration.text("grid_type", default: "symmetric", allowed: ["cartesian", "symmetric", "None"]) {
        case "cartesian": coordinates = .unit
        case "symmetric": coordinates = .symmetric
        default: coordinates = .none
        }
        let axes = timeModes == nil ? 2 : 3
        let grid = configuration.inputs.first.map { Array($0.dropFirst().prefix(axes)) } ?? Array(repeating: 4 * modes, count: axes)
        let order = group.order
        let time = timeModes == nil || coordinates == .none ? 0 : 1
        let input = history * channels + coordinates.count(dimensions: 2) + time
        let equivariant = isHybrid ? try configuration.integer("n_equiv", in: 1...3) : 4
        let plain = isHybrid ? try configuration.integer("width") : 1

        var arrays: [String: ArraySource] = [:]
        func linear(_ ours: String, _ theirs: String, _ shape: [Int]) {
            arrays["\(ours).weight"] = .same("\(theirs).W", shape: shape)
            arrays["\(ours).bias"] = .same("\(theirs).B", shape: [shape[0]])
        }
        func plainLinear(_ ours: String, _ theirs: String) {
            arrays["\(ours).weight"] = .transposed("\(theirs).weight")
            arrays["\(ours).bias"] = .same("\(theirs).bias")
        }
        linear("lifting", "p", [width, input])
        if isHybrid {
            plainLinear("projection.first", "q.mlp1")
            plainLinear("projection.second", "q.mlp2")
        } else {
            linear("projection.first", "q.mlp1", [4 * width, width, order])
            linear("projection.second", "q.mlp2", [channels, 4 * width])
        }
        for layer in 0..<4 {
            let ours = "layers.\(layer)"
            let (spectral, perceptron, bypass) =
                isHybrid ? ("spectral_convs.\(layer)", "mlps.\(layer)", "convs.\(layer)") : ("conv\(layer)", "mlp\(layer)", "w\(layer)")
            guard layer < equivariant else {
                arrays["\(ours).spectral.weight"] = .cornerBlocks((1...2).map { "\(spectral).weights\($0)" }, modes: [modes, modes])
                plainLinear("\(ours).bypass", bypass)
                plainLinear("\(ours).perceptron.first", "\(perceptron).mlp1")
                plainLinear("\(ours).perceptron.second", "\(perceptron).mlp2")
                continue
            }
            linear("\(ours).bypass", bypass, [width, width, order])
            linear("\(ours).perceptron.first", "\(perceptron).mlp1", [width, width, order])
            linear("\(ours).perceptron.second", "\(perceptron).mlp2", [width, width, order])
            let kernel = "\(spectral).conv.W"
            let pair = [width, width, order]
            let names =
                timeModes == nil ? ("y0_modes", "00_modes", "yposx_modes") : ("y00_modes", "000_modes", "yposx0_modes")
            arrays["\(ours).spectral.column"] = .same("\(kernel).\(names.0)", shape: pair + [modes - 1, 2])
            arrays["\(ours).spectral.origin"] = .same("\(kernel).\(names.1)", shape: pair)
            arrays["\(ours).spectral.half"] = .same("\(kernel).\(names.2)", shape: pair + [2 * modes - 1, modes - 1, 2])
            if let timeModes, timeModes > 1 {
                arrays["\(ours).spectral.later"] = .same(
                    "\(kernel).yxpost_modes", shape: pair + [2 * modes - 1, 2 * modes - 1, timeModes - 1, 2])
            }
        }
        let isPadded = try timeModes != nil && configuration.flag("time_pad", default: false)
        return ForeignModel(
            configuration: GFNOConfiguration(
                group: group, modes: modes, timeModes: timeModes, timePadding: isPadded ? 6 : 0, width: width,
                equivariantLayers: isHybrid ? equivariant : nil, plainWidth: plain, coordinates: coordinates),
            interface: OperatorInterface(inputChannels: history * channels, outputChannels: channels, grid: grid), arrays: arrays,
            inputOrder: .historyLast, outputOrder: .historyLast)
    }
}
