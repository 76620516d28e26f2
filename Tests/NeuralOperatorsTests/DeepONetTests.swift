import Autodiff
import Foundation
import Grids
import NeuralOperators
import Tensors
import TestSupport
import Testing

@Suite struct DeepONetTests {
    typealias Configuration = DeepONetConfiguration
    private let small = Configuration(branch: [5], trunk: [4], products: 3, activation: .tanh)

    /// A configuration that has seen training outputs, and the sides of an interface.
    private func fitted(
        _ configuration: Configuration, _ interface: OperatorInterface, _ outputs: Tensor<Float>
    ) throws -> Configuration {
        var result = configuration
        try result.fit(interface, to: TrainingOutputs(count: outputs.shape[0]) { outputs.rows($0) })
        return result
    }

    /// Samples with `rank` components of decreasing size and a mean.
    private func samples(_ count: Int, _ shape: [Int], rank: Int) -> Tensor<Float> {
        let size = shape.reduce(1, *)
        let modes = randomTensor([rank + 1, size], seed: 21, as: Double.self).scalars
        let weights = randomTensor([count, rank], seed: 22, as: Double.self).scalars
        var values: [Float] = []
        for sample in 0..<count {
            for entry in 0..<size {
                var sum = modes[rank * size + entry]
                for k in 0..<rank { sum += weights[sample * rank + k] * modes[k * size + entry] / Double(k + 1) }
                values.append(Float(sum))
            }
        }
        return Tensor([count] + shape, values)
    }

    // MARK: - Gradients

    @Test("gradients agree with differences, however several outputs share the nets", arguments: Configuration.Outputs.allCases)
    func gradientsOfOutputs(_ outputs: Configuration.Outputs) throws {
        var configuration = small
        configuration.outputs = outputs
        let interface = OperatorInterface(inputChannels: 2, outputChannels: 6, grid: [5], outputFrames: 3)
        try expectParameterGradients(configuration, interface)
        configuration.timeInTrunk = false
        try expectParameterGradients(configuration, interface)
        configuration.timeInTrunk = true
        configuration.basis = .pod
        try expectParameterGradients(try fitted(configuration, interface, samples(20, [5, 6], rank: 6)), interface)
    }

    @Test("gradients agree with differences with convolutions, harmonics, hard boundaries and query points")
    func gradientsOfVariants() throws {
        var configuration = small
        configuration.convolutions = [2, 3]
        try expectParameterGradients(configuration, OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [14, 13]))
        try expectParameterGradients(configuration, OperatorInterface(inputChannels: 2, outputChannels: 1, grid: [14]))
        configuration.convolutions = []
        configuration.harmonics = 2
        configuration.hardBoundary = true
        configuration.trunkActivation = .sine
        let sides = [Boundary.Sides(lower: .periodic, upper: .periodic), .init(lower: .dirichlet, upper: .neumann)]
        let interface = OperatorInterface(
            inputChannels: 1, outputChannels: 2, grid: [4, 3], locations: [.periodic, .nodes], boundary: sides)
        try expectParameterGradients(configuration, interface)
        let own = Tensor([2, 3, 2], randomTensor([12], seed: 9, as: Double.self).scalars.map { 0.5 + 0.1 * $0 })
        try expectParameterGradients(configuration, interface, queries: own)
        let mapped = OperatorInterface(inputChannels: 3, outputChannels: 2, grid: [4, 3], coordinateChannels: [2, 0])
        configuration.hardBoundary = false
        configuration.queries = .physical
        try expectParameterGradients(configuration, mapped)
    }

    // MARK: - Trunk

    @Test("a trunk that is kept gives the bits of one computed anew, and is computed anew when a weight changes")
    func keptTrunk() throws {
        let interface = OperatorInterface(inputChannels: 1, outputChannels: 2, grid: [5, 4])
        let points = randomTensor([6, 2], seed: 8, as: Float.self)
        for outputs in Configuration.Outputs.allCases {
            var configuration = small
            configuration.outputs = outputs
            let layout = ParameterLayout()
            let map = try configuration.makeOperator(interface, in: layout.root)
            let parameters: ParameterVector<Float> = layout.initialValues(seed: 3)
            let kept = DerivedParameters<Float>()
            func result(_ sample: UInt64, _ queries: Tensor<Float>?, _ derived: DerivedParameters<Float>) -> Tensor<Float> {
                let tape = Tape(inferenceWith: parameters, sharing: derived)
                let field = tape.constant(randomTensor([1, 5, 4, 1], seed: sample, as: Float.self))
                return withExtendedLifetime(tape) { map(OperatorInput(field, queries: queries.map(tape.constant))).value }
            }
            for (number, queries) in [nil, nil, points, nil].enumerated() {
                let sample = UInt64(number)
                #expect(result(sample, queries, kept) == result(sample, queries, DerivedParameters()))
            }
            let before = result(1, nil, kept)
            let weight = layout.entries.first { $0.path.hasPrefix("trunk") }!
            parameters.set(weight, to: Tensor(weight.shape, repeating: 0.5))
            #expect(result(1, nil, kept) == result(1, nil, DerivedParameters()) && result(1, nil, kept) != before)
        }
    }

    @Test("a DeepONet inside a checkpoint, applied twice on one tape, has the gradient of one without checkpoints")
    func checkpointed() throws {
        let interface = OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [5, 4])
        let layout = ParameterLayout()
        let map = try small.makeOperator(interface, in: layout.root)
        let parameters: ParameterVector<Double> = layout.initialValues(seed: 3)
        func gradient(checkpoints: Bool) -> [Double] {
            let tape = Tape(parameters: parameters, checkpoints: checkpoints)
            let gradient = ParameterVector<Double>(layout: layout)
            withExtendedLifetime(tape) {
                let u = tape.constant(randomTensor([2, 5, 4, 1], seed: 4, as: Double.self))
                let once = tape.checkpointed([u]) { map(OperatorInput($0[0])) }
                let twice = tape.checkpointed([once]) { map(OperatorInput($0[0])) }
                tape.accumulateParameterGradients(of: twice.square().sum(), into: gradient)
            }
            return layout.entries.flatMap { gradient[$0].scalars }
        }
        let plain = gradient(checkpoints: false)
        #expect(gradient(checkpoints: true) == plain && plain.contains { $0 != 0 })
    }

    // MARK: - Boundaries

    /// The operator at query points, in Float64.
    private func values(_ configuration: Configuration, _ interface: OperatorInterface, at points: [[Double]]) throws -> Tensor<Double> {
        let layout = ParameterLayout()
        let map = try configuration.makeOperator(interface, in: layout.root)
        let tape = Tape(parameters: layout.initialValues(seed: 3, as: Double.self))
        let field = tape.constant(randomTensor([2] + interface.grid + [interface.inputChannels], seed: 4, as: Double.self))
        let queries = tape.constant(Tensor([points.count, points[0].count], points.flatMap { $0 }))
        return withExtendedLifetime(tape) { map(OperatorInput(field, queries: queries)).value }
    }

    @Test("hard boundaries hold exactly: physical zero on Dirichlet sides, the same value at both ends of a period")
    func hardBoundaries() throws {
        var configuration = small
        configuration.hardBoundary = true
        configuration.harmonics = 3
        var interface = OperatorInterface(
            inputChannels: 1, outputChannels: 2, grid: [8, 6], locations: [.nodes, .periodic],
            boundary: [.init(lower: .dirichlet, upper: .dirichlet), .init(lower: .periodic, upper: .periodic)])
        interface.outputZero = [0.5, -2]
        let edge = try values(configuration, interface, at: [[0, 0.3], [1, 0.7], [0.4, 0.3]])
        for sample in 0..<2 {
            for point in 0..<2 {
                #expect(Array(edge.scalars[(sample * 6 + point * 2)..<(sample * 6 + point * 2 + 2)]) == [0.5, -2])
            }
            #expect(edge.scalars[sample * 6 + 4] != 0.5)
        }
        let period = try values(configuration, interface, at: [[0.2, 0], [0.2, 1], [0.2, 0.5]])
        for sample in 0..<2 {
            for channel in 0..<2 {
                let value = { (point: Int) in period.scalars[sample * 6 + point * 2 + channel] }
                #expect(abs(value(0) - value(1)) < 1e-13 && abs(value(0) - value(2)) > 1e-6)
            }
        }
        // One-sided, and the points of cells are inside.
        interface = OperatorInterface(
            inputChannels: 1, outputChannels: 1, grid: [8], locations: [.centers], boundary: [.init(lower: .neumann, upper: .dirichlet)])
        let line = try values(configuration, interface, at: [[0], [1]])
        #expect(line.scalars[1] == 0 && line.scalars[0] != 0)
        configuration.queries = .grid
        let layout = ParameterLayout()
        let map = try configuration.makeOperator(interface, in: layout.root)
        let tape = Tape(parameters: layout.initialValues(seed: 3, as: Double.self))
        let output = map(tape.constant(randomTensor([1, 8, 1], seed: 4, as: Double.self))).value
        #expect(output.scalars.allSatisfy { $0 != 0 })
    }

    @Test func boundariesThatCannotBeImposed() throws {
        var configuration = small
        configuration.hardBoundary = true
        func build(_ interface: OperatorInterface) throws { _ = try configuration.makeOperator(interface, in: ParameterLayout().root) }
        let neumann = [Boundary.Sides(lower: .neumann, upper: .open)]
        #expect(
            throws: OperatorError.unsupportedBoundary(
                layer: "deeponet hard-boundary", found: "neumann, open", allowed: "a dirichlet side or a periodic axis")
        ) { try build(OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [8], boundary: neumann)) }
        #expect(throws: OperatorError.self) {
            try build(OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [8], periodic: [true]))
        }
        let dirichlet = [Boundary.Sides(lower: .dirichlet, upper: .dirichlet)]
        var interface = OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [8], boundary: dirichlet)
        try build(interface)
        // The data do not vanish there.
        #expect(throws: OperatorError.self) { try fitted(configuration, interface, samples(10, [8, 1], rank: 3)) }
        interface.outputZero = nil
        #expect(throws: OperatorError.self) { try build(interface) }
        configuration.queries = .physical
        #expect(throws: OperatorError.self) { try build(OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [8])) }
        configuration = small
        configuration.convolutions = [2, 2, 2]
        #expect(throws: OperatorError.self) { try build(OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [20, 20])) }
        configuration.convolutions = [2]
        #expect(throws: OperatorError.self) { try build(OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [8, 8, 8])) }
        configuration = small
        configuration.basis = .pod
        #expect(throws: OperatorError.self) { try build(OperatorInterface(inputChannels: 1, outputChannels: 1, grid: [8])) }
    }

    // MARK: - Basis

    @Test("POD modes are uncorrelated, span the samples and come with their mean", arguments: [[6, 5], [40, 3], [3, 40]])
    func basis(_ size: [Int]) throws {
        // Few samples of many entries, and the other way round.
        let (count, points, rank) = (30, size[0], 3)
        let outputs = samples(count, size, rank: rank)
        var configuration = small
        configuration.basis = .pod
        configuration.products = rank
        configuration.outputs = .splitTrunk
        let interface = OperatorInterface(inputChannels: 1, outputChannels: size[1], grid: [points], outputFrames: 1)
        configuration = try fitted(configuration, interface, outputs)
        let (mean, modes) = (configuration.fittedTensors["mean.0"]!.scalars, configuration.fittedTensors["modes.0"]!.scalars)
        let entries = size.reduce(1, *)
        // Entries of the basis are ordered by output, then by point.
        func row(_ sample: Int) -> [Double] {
            (0..<entries).map { entry in
                Double(outputs.scalars[sample * entries + (entry % points) * size[1] + entry / points]) - mean[entry]
            }
        }
        let lengths = (0..<rank).map { k in (0..<entries).reduce(0) { $0 + modes[k * entries + $1] * modes[k * entries + $1] } }
        #expect(lengths == lengths.sorted(by: >))
        var products = Array(repeating: 0.0, count: rank * rank)
        for sample in 0..<count {
            let x = row(sample)
            let c = (0..<rank).map { k in (0..<entries).reduce(0) { $0 + modes[k * entries + $1] * x[$1] } / lengths[k] }
            for j in 0..<rank { for k in 0..<rank { products[j * rank + k] += c[j] * c[k] / Double(count - 1) } }
            let rest = (0..<entries).map { entry in x[entry] - (0..<rank).reduce(0) { $0 + c[$1] * modes[$1 * entries + entry] } }
            #expect(rest.map(abs).max()! < 1e-5)
        }
        for j in 0..<rank { for k in 0..<rank { #expect(abs(products[j * rank + k] - (j == k ? 1 : 0)) < 1e-5) } }
        // There are no more.
        configuration.products = rank + 1
        #expect(throws: OperatorError.self) { try fitted(configuration, interface, outputs) }
    }

    @Test("a stored basis gives the same operator; one of another shape is refused")
    func storedBasis() throws {
        var configuration = small
        configuration.basis = .pod
        let interface = OperatorInterface(inputChannels: 1, outputChannels: 4, grid: [6], outputFrames: 2)
        configuration = try fitted(configuration, interface, samples(12, [6, 4], rank: 5))
        let text = try JSONEncoder().encode(configuration)
        var restored = try JSONDecoder().decode(Configuration.self, from: text)
        #expect(restored != configuration)
        let tensors = configuration.fittedTensors
        try restored.restore(interface) { tensors[$0]! }
        #expect(restored == configuration)
        #expect(tensors.keys.sorted() == ["mean.0", "mean.1", "modes.0", "modes.1"])
        #expect(tensors["modes.1"]!.shape == [3, 12])
        restored.products = 4
        #expect(throws: OperatorError.self) { try restored.restore(interface) { tensors[$0]! } }
    }

    // MARK: - Queries

    @Test("points of each sample's own give what the same points give for all samples")
    func ownPoints() throws {
        let layout = ParameterLayout()
        var configuration = small
        configuration.harmonics = 1
        let map = try configuration.makeOperator(
            OperatorInterface(inputChannels: 1, outputChannels: 4, grid: [6, 4], outputFrames: 2), in: layout.root)
        let tape = Tape(parameters: layout.initialValues(seed: 2, as: Double.self))
        let field = tape.constant(randomTensor([3, 6, 4, 1], seed: 6, as: Double.self))
        let points = randomTensor([3, 5, 2], seed: 8, as: Double.self)
        let own = map(OperatorInput(field, queries: tape.constant(points))).value
        #expect(own.shape == [3, 5, 4])
        for sample in 0..<3 {
            let shared = points.rows(sample..<(sample + 1)).reshaped([5, 2])
            let all = map(OperatorInput(field, queries: tape.constant(shared))).value
            #expect(relativeDistance(own.rows(sample..<(sample + 1)), all.rows(sample..<(sample + 1))) < 1e-14)
        }
    }

    @Test("frames are evaluations of one trunk at later times, ordered by frame and then by output")
    func frames() throws {
        let interface = OperatorInterface(inputChannels: 1, outputChannels: 6, grid: [4], outputFrames: 3)
        // The same nets with time as a second axis of the query points.
        let flat = OperatorInterface(inputChannels: 1, outputChannels: 2, grid: [4, 1])
        let (layout, other) = (ParameterLayout(), ParameterLayout())
        let map = try small.makeOperator(interface, in: layout.root)
        let plain = try small.makeOperator(flat, in: other.root)
        #expect(layout == other)
        let tape = Tape(parameters: layout.initialValues(seed: 2, as: Double.self))
        let field = randomTensor([2, 4, 1], seed: 6, as: Double.self)
        let result = map(tape.constant(field)).value
        #expect(result.shape == [2, 4, 6])
        let points = (0..<4).flatMap { point in (1...3).flatMap { [Double(point) / 3, Double($0) / 3] } }
        let expected = plain(
            OperatorInput(tape.constant(field.reshaped([2, 4, 1, 1])), queries: tape.constant(Tensor([12, 2], points)))
        ).value
        #expect(relativeDistance(result, expected.reshaped([2, 4, 6])) < 1e-14)
    }
}
