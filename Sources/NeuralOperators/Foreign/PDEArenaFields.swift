import Autodiff
import Tensors

/// What the networks in the manner of PDEArena share: scalar and vector components times frames as channels, and named activations.
struct PDEArenaFields {
    private let configuration: ForeignConfiguration
    let inputChannels: Int
    let outputChannels: Int

    init(_ configuration: ForeignConfiguration) throws {
        func channels(_ side: String, frames: String) throws -> Int {
            let scalars = try configuration.integer("n_\(side)_scalar_components", in: 0...100_000)
            let vectors = try configuration.integer("n_\(side)_vector_components", in: 0...100_000)
            let count = try configuration.integer(frames) * (scalars + 2 * vectors)
            guard count > 0 else {
                throw ForeignModelError.invalidConfiguration(
                    key: "n_\(side)_scalar_components", found: "0 without vector components", allowed: "at least one component")
            }
            return count
        }
        self.configuration = configuration
        inputChannels = try channels("input", frames: "time_history")
        outputChannels = try channels("output", frames: "time_future")
    }

    func activation(default fallback: String? = "gelu") throws -> Activation {
        let name = try configuration.text("activation", default: fallback, allowed: ["relu", "silu", "gelu", "tanh", "sigmoid"])
        return Activation(rawValue: name)!
    }

    /// The model, on the grid of the stored input when there is one.
    func model(
        _ settings: any OperatorConfiguration, _ arrays: FieldArrays, unused: Set<String> = [], conditions: PDEArenaConditions? = nil,
        defaultGrid: [Int]
    ) -> ForeignModel {
        let stored = configuration.inputs.first.flatMap { $0.count == 5 ? Array($0.suffix(2)) : nil }
        let interface = OperatorInterface(
            inputChannels: inputChannels, outputChannels: outputChannels, grid: stored ?? defaultGrid,
            scalarParameters: conditions?.count ?? 0)
        return ForeignModel(
            configuration: settings, interface: interface, arrays: arrays.sources, unused: unused, inputOrder: .historyFirst,
            outputOrder: .historyFirst, furtherInputs: .parameters)
    }
}

/// The conditioned variants take the time step and perhaps a parameter of the equation.
struct PDEArenaConditions {
    private let configuration: ForeignConfiguration
    /// Number of scalar parameters: 0 for a network without conditioning.
    let count: Int
    private static let names = ["time_embed", "pde_emb"]

    init(_ configuration: ForeignConfiguration) {
        self.configuration = configuration
        count = Self.names.filter { configuration.shapes["\($0).0.weight"] != nil }.count
    }

    func kind() throws -> Conditioning { try configuration.flag("use_scale_shift_norm", default: false) ? .scaleShift : .shift }

    func addEmbeddings(to arrays: inout FieldArrays) {
        for (number, name) in Self.names.prefix(count).enumerated() {
            arrays.linear("embedding.\(number).first", from: "\(name).0")
            arrays.linear("embedding.\(number).second", from: "\(name).2")
        }
    }
}

/// Collects where the arrays of convolutional networks come from.
struct FieldArrays {
    private(set) var sources: [String: ArraySource]

    init(_ sources: [String: ArraySource] = [:]) { self.sources = sources }

    mutating func convolution(_ ours: String, from theirs: String) {
        sources["\(ours).weight"] = .convolution("\(theirs).weight")
        sources["\(ours).bias"] = .same("\(theirs).bias")
    }

    /// A linear map, or a 1x1 convolution.
    mutating func linear(_ ours: String, from theirs: String) {
        sources["\(ours).weight"] = .transposed("\(theirs).weight")
        sources["\(ours).bias"] = .same("\(theirs).bias")
    }

    mutating func normalisation(_ ours: String, from theirs: String) {
        sources["\(ours).weight"] = .same("\(theirs).weight")
        sources["\(ours).bias"] = .same("\(theirs).bias")
    }

    /// A `ConvolutionBlock`.
    mutating func block(_ ours: String, from theirs: String, normalisation hasNormalisation: Bool, conditioned: Bool = false) {
        for (number, part) in ["first", "second"].enumerated() {
            convolution("\(ours).\(part)", from: "\(theirs).conv\(number + 1)")
            if hasNormalisation { normalisation("\(ours).\(part)-normalisation", from: "\(theirs).norm\(number + 1)") }
        }
        if conditioned { linear("\(ours).conditioning", from: "\(theirs).cond_emb") }
    }
}
