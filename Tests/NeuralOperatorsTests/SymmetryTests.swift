import Autodiff
import NeuralOperators
import Tensors
import TestSupport
import Testing
import Transforms

/// What the architectures promise exactly holds to round-off.
@Suite struct SymmetryTests {
    /// The operator of a configuration with random parameters, as a function of fields in Float64.
    private func function(
        _ configuration: some OperatorConfiguration, input: Int, output: Int, grid: [Int]
    ) throws -> (Tensor<Double>) -> Tensor<Double> {
        let layout = ParameterLayout()
        let interface = OperatorInterface(inputChannels: input, outputChannels: output, grid: grid)
        let map = try configuration.makeOperator(interface, in: layout.root)
        let parameters = layout.initialValues(seed: 7, as: Double.self)
        return { field in
            let tape = Tape(parameters: parameters)
            return map(tape.constant(field)).value
        }
    }

    /// The field `[b, y, x, c]` with the values that `source` says.
    private func moved(_ field: Tensor<Double>, _ source: (Int, Int) -> (Int, Int)) -> Tensor<Double> {
        let (height, width, channels) = (field.shape[1], field.shape[2], field.shape[3])
        let scalars = field.scalars
        var result = scalars
        for b in 0..<field.shape[0] {
            for i in 0..<height {
                for j in 0..<width {
                    let (k, l) = source(i, j)
                    for c in 0..<channels {
                        result[((b * height + i) * width + j) * channels + c] = scalars[((b * height + k) * width + l) * channels + c]
                    }
                }
            }
        }
        return Tensor(field.shape, result)
    }

    private func shifted(_ field: Tensor<Double>, _ dy: Int, _ dx: Int) -> Tensor<Double> {
        moved(field) { (($0 + dy) % field.shape[1], ($1 + dx) % field.shape[2]) }
    }

    @Test("G-FNO commutes with rotations by 90 degrees, with p4m also with reflections", arguments: [SquareGroup.p4, .p4m], [12, 13])
    func groupEquivariance(_ group: SquareGroup, size: Int) throws {
        let configuration = GFNOConfiguration(group: group, modes: 4, width: 3, layers: 2)
        let map = try function(configuration, input: 2, output: 1, grid: [size, size])
        let field = randomTensor([2, size, size, 2], seed: 11, as: Double.self)
        let result = map(field)
        let rotation = { (i: Int, j: Int) in (j, size - 1 - i) }
        let reflection = { (i: Int, j: Int) in (i, size - 1 - j) }
        #expect(relativeDistance(map(moved(field, rotation)), moved(result, rotation)) < 1e-12)
        let mirrored = relativeDistance(map(moved(field, reflection)), moved(result, reflection))
        if group == .p4m { #expect(mirrored < 1e-12) } else { #expect(mirrored > 1e-3) }
    }

    @Test(
        "G-FNO in space and time commutes with rotations and reflections of the plane", arguments: [SquareGroup.p4, .p4m], [8, 9])
    func groupEquivarianceInSpaceTime(_ group: SquareGroup, size: Int) throws {
        let configuration = GFNOConfiguration(group: group, modes: 3, timeModes: 3, timePadding: 2, width: 2, layers: 2)
        let layout = ParameterLayout()
        let interface = OperatorInterface(inputChannels: 2, outputChannels: 10, grid: [size, size], outputFrames: 5)
        let map = try configuration.makeOperator(interface, in: layout.root)
        let parameters = layout.initialValues(seed: 7, as: Double.self)
        func apply(_ field: Tensor<Double>) -> Tensor<Double> {
            let tape = Tape(parameters: parameters)
            return withExtendedLifetime(tape) { map(tape.constant(field)).value }
        }
        let field = randomTensor([1, size, size, 2], seed: 11, as: Double.self)
        let result = apply(field)
        #expect(result.shape == [1, size, size, 10])
        let rotation = { (i: Int, j: Int) in (j, size - 1 - i) }
        let reflection = { (i: Int, j: Int) in (i, size - 1 - j) }
        #expect(relativeDistance(apply(moved(field, rotation)), moved(result, rotation)) < 1e-12)
        let mirrored = relativeDistance(apply(moved(field, reflection)), moved(result, reflection))
        if group == .p4m { #expect(mirrored < 1e-12) } else { #expect(mirrored > 1e-6) }
    }

    @Test("only the layers of a hybrid that are equivariant commute with rotations")
    func hybrid() throws {
        let configuration = GFNOConfiguration(group: .p4, modes: 4, width: 3, layers: 3, equivariantLayers: 2, plainWidth: 5)
        let map = try function(configuration, input: 2, output: 1, grid: [12, 12])
        let field = randomTensor([1, 12, 12, 2], seed: 11, as: Double.self)
        let rotation = { (i: Int, j: Int) in (j, 11 - i) }
        #expect(relativeDistance(map(moved(field, rotation)), moved(map(field), rotation)) > 1e-3)
    }

    @Test("an operator in space and time is the one on a three-dimensional grid with the input repeated")
    func spaceTime() throws {
        let field = randomTensor([2, 8, 7, 3], seed: 3, as: Double.self)
        var repeated: [Double] = []
        for point in 0..<(2 * 8 * 7) { for _ in 0..<6 { repeated += field.scalars[(3 * point)..<(3 * point + 3)] } }
        func compare(_ configuration: some OperatorConfiguration) throws {
            let layout = ParameterLayout()
            let map = try configuration.makeOperator(
                OperatorInterface(inputChannels: 3, outputChannels: 12, grid: [8, 7], periodic: [true, true], outputFrames: 6),
                in: layout.root)
            let other = ParameterLayout()
            let solid = try configuration.makeOperator(
                OperatorInterface(inputChannels: 3, outputChannels: 2, grid: [8, 7, 6], periodic: [true, true, false]), in: other.root)
            #expect(layout == other)
            let tape = Tape(parameters: layout.initialValues(seed: 1, as: Double.self))
            let expected = solid(tape.constant(Tensor([2, 8, 7, 6, 3], repeated))).value
            #expect(relativeDistance(map(tape.constant(field)).value, expected.reshaped([2, 8, 7, 12])) < 1e-14)
            try map.validate(grid: [8, 7])
        }
        try compare(FNOConfiguration(modes: [3, 3, 3], width: 4, padding: 0.3))
        try compare(AIRSFNOConfiguration(modes: [3, 3, 3], width: 4))
        try compare(NeuraloperatorFNOConfiguration(modes: [4, 4, 4], width: 4))
        try compare(FactorizedFNOConfiguration(modes: [3, 3, 3], width: 4, layers: 2))
        try compare(GFNOConfiguration(modes: 3, timeModes: 3, width: 2))
    }

    @Test("FNO without coordinates commutes with periodic shifts")
    func shiftsOfFNO() throws {
        let field = randomTensor([2, 12, 10, 2], seed: 12, as: Double.self)
        for map in [
            try function(FNOConfiguration(modes: [4, 3], width: 5, coordinates: .none), input: 2, output: 2, grid: [12, 10]),
            try function(AIRSFNOConfiguration(modes: [4, 3], width: 5, coordinates: .none), input: 2, output: 2, grid: [12, 10]),
            try function(
                NeuraloperatorFNOConfiguration(modes: [5, 6], width: 6, coordinates: .none), input: 2, output: 2, grid: [12, 10]),
            try function(
                FactorizedFNOConfiguration(modes: [7, 4], width: 5, layers: 3, coordinates: .none), input: 2, output: 2, grid: [12, 10]),
        ] {
            #expect(relativeDistance(map(shifted(field, 5, 3)), shifted(map(field), 5, 3)) < 1e-12)
        }
        let placed = try function(FNOConfiguration(modes: [4, 3], width: 5), input: 2, output: 2, grid: [12, 10])
        #expect(relativeDistance(placed(shifted(field, 5, 3)), shifted(placed(field), 5, 3)) > 1e-3)
    }

    @Test("SineNet with circular boundaries commutes with shifts by whole cells of its coarsest level")
    func shiftsOfSineNet() throws {
        let field = randomTensor([1, 16, 24, 2], seed: 13, as: Double.self)
        func map(_ boundary: PaddingMode) throws -> (Tensor<Double>) -> Tensor<Double> {
            try function(
                SineNetConfiguration(waves: 2, width: 4, multiplier: 1.5, levels: 2, boundary: boundary), input: 2, output: 1,
                grid: [16, 24])
        }
        let (periodic, open) = (try map(.circular), try map(.zeros))
        #expect(relativeDistance(periodic(shifted(field, 4, 8)), shifted(periodic(field), 4, 8)) < 1e-12)
        #expect(relativeDistance(open(shifted(field, 4, 8)), shifted(open(field), 4, 8)) > 1e-3)
    }

    @Test("a spectral convolution gives the same function on N and on 2 N points", arguments: [[16, 12], [9, 15]])
    func resolutions(_ grid: [Int]) {
        let layout = ParameterLayout()
        let convolution = SpectralConvolution(2, 3, modes: .corners([4, 4]), in: layout.root)
        let tape = Tape(parameters: layout.initialValues(seed: 3, as: Double.self))
        /// A real field with wavenumbers up to 3 along both axes, sampled on a grid.
        func sampled(_ grid: [Int]) -> Tensor<Double> {
            let coefficients = tape.constant(randomTensor([1, FourierModes.corners([4, 4]).count, 2, 2], seed: 5, as: Double.self))
            return coefficients.fourierSynthesis(.corners([4, 4]), grid: grid, scale: 1).value
        }
        let fine = grid.map { 2 * $0 }
        let coarseResult = convolution(tape.constant(sampled(grid))).value
        let fineResult = convolution(tape.constant(sampled(fine))).value.scalars
        var kept: [Double] = []
        for i in 0..<grid[0] {
            for j in 0..<grid[1] {
                let point = (2 * i * fine[1] + 2 * j) * 3
                kept += fineResult[point..<(point + 3)]
            }
        }
        #expect(relativeDistance(Tensor(coarseResult.shape, kept), coarseResult) < 1e-12)
    }

    @Test("the V-cycle of MgNO is linear", arguments: PaddingMode.allCases)
    func linearity(_ boundary: PaddingMode) throws {
        let configuration = MgNOConfiguration(
            layers: 1, channels: 5, levels: [.init(pre: 1), .init(pre: 2, post: 1), .init(pre: 2)], boundary: boundary, bypass: false,
            restrictsResidual: true, activation: .identity)
        let map = try function(configuration, input: 2, output: 2, grid: [13, 12])
        let (f, g) = (randomTensor([1, 13, 12, 2], seed: 1, as: Double.self), randomTensor([1, 13, 12, 2], seed: 2, as: Double.self))
        func combined(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Tensor<Double> {
            Tensor(a.shape, zip(a.scalars, b.scalars).map { 2.5 * $0 - 0.75 * $1 })
        }
        #expect(relativeDistance(map(combined(f, g)), combined(map(f), map(g))) < 1e-12)
    }

    @Test("MgNO sees beyond the field what its boundary says")
    func boundaries() throws {
        // One level is one convolution; a field of ones tells what stands beyond it.
        func map(_ boundary: PaddingMode) throws -> (Tensor<Double>) -> Tensor<Double> {
            try function(
                MgNOConfiguration(
                    layers: 1, channels: 3, levels: [.init(pre: 2)], boundary: boundary, bypass: false, activation: .identity),
                input: 1, output: 1, grid: [8, 6])
        }
        let ones = Tensor<Double>([1, 8, 6, 1], repeating: 1)
        for boundary in PaddingMode.allCases {
            let scalars = try map(boundary)(ones).scalars
            let isConstant = scalars.allSatisfy { abs($0 - scalars[0]) < 1e-12 }
            #expect(isConstant == (boundary != .zeros))
        }
        let field = randomTensor([1, 8, 6, 1], seed: 4, as: Double.self)
        let periodic = try map(.circular)
        #expect(relativeDistance(periodic(shifted(field, 3, 1)), shifted(periodic(field), 3, 1)) < 1e-12)
        let mirrored = try map(.reflect)
        #expect(relativeDistance(mirrored(shifted(field, 3, 1)), shifted(mirrored(field), 3, 1)) > 1e-3)
    }

    @Test("DeepONet has the same value at a point whatever other points are asked for")
    func queries() throws {
        let layout = ParameterLayout()
        let configuration = DeepONetConfiguration(branch: [7], trunk: [6, 6], products: 5)
        let map = try configuration.makeOperator(OperatorInterface(inputChannels: 1, outputChannels: 2, grid: [8, 6]), in: layout.root)
        let tape = Tape(parameters: layout.initialValues(seed: 2, as: Double.self))
        let field = tape.constant(randomTensor([3, 8, 6, 1], seed: 6, as: Double.self))
        let points = randomTensor([10, 2], seed: 8, as: Double.self).scalars.map { 0.5 + 0.1 * $0 }
        func values(_ range: Range<Int>) -> Tensor<Double> {
            let queries = Tensor([range.count, 2], Array(points[(2 * range.lowerBound)..<(2 * range.upperBound)]))
            return map(OperatorInput(field, queries: tape.constant(queries))).value
        }
        let (all, some) = (values(0..<10), values(4..<7))
        #expect(all.shape == [3, 10, 2] && some.shape == [3, 3, 2])
        let expected = (0..<3).flatMap { b in (4..<7).flatMap { p in (0..<2).map { all.scalars[(b * 10 + p) * 2 + $0] } } }
        #expect(relativeDistance(some, Tensor([3, 3, 2], expected)) < 1e-12)
    }
}
