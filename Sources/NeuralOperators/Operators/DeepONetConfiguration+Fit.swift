import Grids
import Tensors

extension DeepONetConfiguration {
    /// A POD basis comes from the training outputs, and hard boundaries are checked against them.
    public var isFitted: Bool { basis == .pod || hardBoundary }

    /// Checks that the outputs vanish on Dirichlet sides when they are to be imposed, and computes the POD basis.
    public mutating func fit(_ interface: OperatorInterface, to outputs: TrainingOutputs) throws {
        try check(interface)
        if hardBoundary { try checkBoundary(interface, outputs) }
        if basis == .pod { bases = try makeBases(interface, outputs) }
    }

    /// Tensors `mean.N` and `modes.N` of each basis.
    public var fittedTensors: [String: Tensor<Double>] {
        Dictionary(
            uniqueKeysWithValues: bases.enumerated().flatMap { number, basis in
                [("mean.\(number)", basis.mean), ("modes.\(number)", basis.modes)]
            })
    }

    /// Reads the bases of a model file.
    public mutating func restore(_ interface: OperatorInterface, tensor: (String) throws -> Tensor<Double>) throws {
        guard basis == .pod else { return }
        let isJoint = isJoint(interface)
        let entries = interface.grid.reduce(1, *) * frames(interface) * (isJoint ? outputCount(interface) : 1)
        bases = try (0..<(isJoint ? 1 : outputCount(interface))).map { number in
            func read(_ name: String, _ shape: [Int]) throws -> Tensor<Double> {
                let result = try tensor("\(name).\(number)")
                guard result.shape == shape else {
                    throw OperatorError.shapeMismatch(
                        layer: "\(Self.name) basis \(name).\(number)", found: result.shape, expected: "\(shape)")
                }
                return result
            }
            return ProperOrthogonalBasis(mean: try read("mean", [entries]), modes: try read("modes", [products, entries]))
        }
    }

    /// Whether one basis serves all outputs, as when the branch is shared.
    private func isJoint(_ interface: OperatorInterface) -> Bool { outputs == .splitTrunk && outputCount(interface) > 1 }

    private func makeBases(_ interface: OperatorInterface, _ samples: TrainingOutputs) throws -> [ProperOrthogonalBasis] {
        let (points, frames, count) = (interface.grid.reduce(1, *), frames(interface), outputCount(interface))
        let channels = interface.outputChannels
        var block: (range: Range<Int>, values: Tensor<Float>)?
        /// The values of some outputs of one sample, `[output, point, frame]`.
        func row(_ sample: Int, _ chosen: Range<Int>, _ body: (UnsafePointer<Float>) -> Void) throws {
            if block?.range.contains(sample) != true {
                let range = sample..<min(sample + 64, samples.count)
                block = (range, try samples.read(range))
            }
            let source = block!.values.basePointer + (sample - block!.range.lowerBound) * points * channels
            let result = Tensor<Float>(uninitialized: [chosen.count, points, frames])
            for (number, output) in chosen.enumerated() {
                for point in 0..<points {
                    for frame in 0..<frames {
                        result.kernelPointer[(number * points + point) * frames + frame] = source[point * channels + frame * count + output]
                    }
                }
            }
            body(result.basePointer)
        }
        let groups = isJoint(interface) ? [0..<count] : (0..<count).map { $0..<($0 + 1) }
        return try groups.map { group in
            try ProperOrthogonalBasis(
                count: products, entries: group.count * points * frames, samples: samples.count, layer: "\(Self.name) basis pod",
                setting: "products"
            ) { try row($0, group, $1) }
        }
    }

    /// Nodes on Dirichlet sides have to be zero in the data, but for round-off of what made them.
    private func checkBoundary(_ interface: OperatorInterface, _ outputs: TrainingOutputs) throws {
        let (grid, channels) = (interface.grid, interface.outputChannels)
        let zero = interface.outputZero!
        let values = try outputs.read(0..<min(outputs.count, 64))
        let points = grid.reduce(1, *)
        var (largest, sides) = (0.0, Array(repeating: (lower: 0.0, upper: 0.0), count: grid.count))
        for row in 0..<(values.shape[0] * points) {
            let size = (0..<channels).map { abs(Double(values.basePointer[row * channels + $0]) - zero[$0]) }.max()!
            largest = max(largest, size)
            var rest = row % points
            for axis in grid.indices.reversed() {
                let place = rest % grid[axis]
                rest /= grid[axis]
                guard interface.locations[axis] == .nodes else { continue }
                if place == 0 { sides[axis].lower = max(sides[axis].lower, size) }
                if place == grid[axis] - 1 { sides[axis].upper = max(sides[axis].upper, size) }
            }
        }
        for (axis, kinds) in interface.boundary.enumerated() {
            for (kind, size, name) in [(kinds.lower, sides[axis].lower, "lower"), (kinds.upper, sides[axis].upper, "upper")]
            where kind == .dirichlet && size > 1e-3 * largest {
                throw OperatorError.unsupportedBoundary(
                    layer: "\(Self.name) hard-boundary",
                    found: "values up to \(size / largest) of the largest at the \(name) side of axis \(axis)",
                    allowed: "outputs that vanish on Dirichlet sides")
            }
        }
    }
}
