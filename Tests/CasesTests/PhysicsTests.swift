import Autodiff
import Cases
import Foundation
import Solvers
import Tensors
import TestSupport
import Testing
import Training

/// The residuals of equations, and trainings that see no solution.
@Suite struct PhysicsTests {
    /// An equation in time with a residual: a case of smooth solutions, and whether the equation is linear.
    struct Evolution: CustomTestStringConvertible, Sendable {
        var name: String
        var resolution: String
        var interval: Double
        var equation = ""
        var sampler: String
        var isLinear = false

        var testDescription: String { name }

        func problem(frames: Int, interval: Double) throws -> (Case, any ResidualProblem) {
            let content = try Case(
                text: """
                    title = "\(name)"
                    seed = 5
                    [equation]
                    name = "\(name)"
                    \(equation)
                    [sampler]
                    \(sampler)
                    [solver]
                    tolerance = 1e-10
                    [dataset]
                    resolution = \(resolution)
                    frames = \(frames)
                    interval = \(interval)
                    train = 2
                    """, file: "physics.toml")
            return (content, try #require(try content.makeProblem() as? any ResidualProblem))
        }
    }

    private static let gaussian = "name = \"gaussian\"\ntau = 5.0\nalpha = 5.0\namplitude = "
    private static let waves = "name = \"sine-waves\"\nterms = 2\nwavenumbers = [1, 2]\namplitudes = "
    static let evolutions = [
        Evolution(name: "burgers", resolution: "64", interval: 0.02, equation: "viscosity = 0.02", sampler: gaussian + "30000.0"),
        Evolution(
            name: "korteweg-de-vries", resolution: "64", interval: 0.02, equation: "length = 32.0", sampler: waves + "[-0.5, 0.5]"),
        Evolution(name: "kuramoto-sivashinsky", resolution: "64", interval: 0.1, equation: "length = 32.0", sampler: waves + "[-0.5, 0.5]"),
        Evolution(
            name: "navier-stokes", resolution: "32", interval: 0.05, equation: "viscosity = 1e-2\ndrag = 0.1",
            sampler: gaussian + "100000.0"),
        Evolution(name: "heat", resolution: "[9, 16]", interval: 0.3, sampler: gaussian + "100.0", isLinear: true),
        Evolution(
            name: "advection", resolution: "16", interval: 0.3, equation: "diffusivity = 0.01", sampler: waves + "[-1.0, 1.0]",
            isLinear: true),
    ]

    @Test func everyEquationThatDeclaresAResidualHasOne() throws {
        let tested = Set(Self.evolutions.map(\.name) + ["darcy"])
        for small in ProblemTests.all {
            let content = try Case(text: small.text, file: "small.toml")
            let declares = type(of: try #require(content.equation)).declaresResidual
            #expect(declares == tested.contains(small.name), "\(small.name)")
            guard declares else { continue }
            let problem = try #require(try content.makeProblem() as? any ResidualProblem)
            let window = problem.learning.isEvolution ? TimeWindow(inputs: 1, outputs: 1) : nil
            #expect(!(try problem.makeResidual(ResidualRequest(resolution: content.dataset!.resolution, window: window)).account.isEmpty))
        }
    }

    /// Trajectories of the solver, `[1, x..., 1]` and `[1, x..., frames - 1]`.
    private static func trajectory(_ evolution: Evolution, frames: Int, interval: Double) throws -> (
        residual: any EquationResidual, input: Tensor<Double>, output: Tensor<Double>
    ) {
        let (content, problem) = try evolution.problem(frames: frames, interval: interval)
        let resolution = content.dataset!.resolution
        let solver = try problem.makeSolver(SolverSetting(), output: resolution, isStrict: true)
        let solved = try solver.solve(Philox(seed: 5, stream: 0)).fields[problem.learning.outputs[0]]!
        let residual = try problem.makeResidual(ResidualRequest(resolution: resolution, window: TimeWindow(inputs: 1, outputs: 1)))
        let grid = Array(solved.shape.dropFirst())
        let points = grid.reduce(1, *)
        let values = solved.scalars
        func channels(_ range: Range<Int>) -> Tensor<Double> {
            Tensor([1] + grid + [range.count], (0..<points).flatMap { point in range.map { values[$0 * points + point] } })
        }
        return (residual, channels(0..<1), channels(1..<frames))
    }

    private static func size(_ residual: any EquationResidual, _ output: Tensor<Double>, _ input: Tensor<Double>) -> Double {
        let tape = Tape<Double>()
        return withExtendedLifetime(tape) {
            residual.relativeSquares(of: tape.constant(output), input: tape.constant(input)).value.item.squareRoot()
        }
    }

    /// Of the solver's own frames the residual is the truncation error of its formula: of second order in the time between frames, and round-off for
    /// linear equations, whose formula is exact.
    @Test(arguments: evolutions) func residualOfTheSolversFrames(evolution: Evolution) throws {
        let sizes = try [1, 2, 4].map { parts in
            let (residual, input, output) = try Self.trajectory(
                evolution, frames: 1 + 4 * parts, interval: evolution.interval / Double(parts))
            return Self.size(residual, output, input)
        }
        if evolution.isLinear {
            #expect(sizes.allSatisfy { $0 < 1e-12 }, "\(sizes)")
            return
        }
        let orders = zip(sizes, sizes.dropFirst()).map { log2($0 / $1) }
        #expect(sizes[0] > 1e-7 && sizes[0] < 0.1, "\(sizes)")
        #expect(abs(orders[1] - 2) < 0.15, "orders \(orders) of \(sizes)")
        // Frames of another time are far from solving the equation.
        let (residual, input, output) = try Self.trajectory(evolution, frames: 5, interval: evolution.interval)
        let wrong = Tensor(output.shape, output.scalars.map { $0 * 1.1 })
        #expect(Self.size(residual, wrong, input) > 0.05)
    }

    @Test(arguments: [
        ("nodes", "arithmetic"), ("nodes", "harmonic"), ("cells", "arithmetic"), ("cells", "harmonic"),
    ]) func residualOfTheMultigridSolution(points: String, averaging: String) throws {
        let (problem, sample) = try Self.darcy("points = \"\(points)\"\naveraging = \"\(averaging)\"\nsource = -2.5\ndomain = [0.0, 2.0]")
        let (a, u) = (sample.fields["a"]!.reshaped([1, 17, 23, 1]), sample.fields["u"]!.reshaped([1, 17, 23, 1]))
        for norm in [PhysicsSettings.Norm.l2, .natural] {
            let residual = try problem.makeResidual(ResidualRequest(resolution: Resolution(axes: [17, 23]), norm: norm))
            #expect(residual.vanishesOnBoundary == (points == "nodes"))
            // The solver's tolerance is that of the root mean square.
            #expect(Self.size(residual, u, a) < (norm == .l2 ? 1e-10 : 1e-9))
            let zero = Tensor<Double>(u.shape, repeating: 0)
            #expect(abs(Self.size(residual, zero, a) - 1) < 1e-12)
            // Half the solution leaves half the source.
            let half = Tensor(u.shape, u.scalars.map { 0.5 * $0 })
            #expect(abs(Self.size(residual, half, a) - 0.5) < 1e-9)
        }
    }

    private static func darcy(_ equation: String) throws -> (any ResidualProblem, SolvedSample) {
        let content = try Case(
            text: """
                title = "darcy"
                seed = 5
                [equation]
                name = "darcy"
                \(equation)
                [sampler]
                name = "gaussian-threshold"
                low = 2.0
                high = 6.0
                [solver]
                tolerance = 1e-10
                [dataset]
                resolution = [17, 23]
                """, file: "physics.toml")
        let problem = try #require(try content.makeProblem() as? any ResidualProblem)
        let solver = try problem.makeSolver(SolverSetting(), output: Resolution(axes: [17, 23]), isStrict: true)
        return (problem, try solver.solve(Philox(seed: 5, stream: 0)))
    }

    /// The natural norm is that of the inverse Laplacian of the same scheme, and with the contrast bounds the energy of the error.
    @Test(arguments: [DiffusionLocation.nodes, .cells]) func naturalNormOfDarcy(location: DiffusionLocation) throws {
        let (problem, sample) = try Self.darcy("points = \"\(location.rawValue)\"")
        let (a, u) = (sample.fields["a"]!, sample.fields["u"]!)
        let scheme = try DiffusionScheme(location: location, averaging: .arithmetic, coefficientShape: [17, 23])
        let residual = try problem.makeResidual(ResidualRequest(resolution: Resolution(axes: [17, 23])))
        let laplace = try DiffusionSolver(scheme, tolerance: 1e-12)
        let area = scheme.spacing[0] * scheme.spacing[1]
        let inside = scheme.unknownShape
        // The residual as a source of the scheme: zero at boundary nodes.
        func field(_ unknowns: Tensor<Double>) -> Tensor<Double> {
            if location == .cells { return unknowns.reshaped([17, 23]) }
            var values = [Double](repeating: 0, count: 17 * 23)
            for j in 0..<inside[0] { for i in 0..<inside[1] { values[(j + 1) * 23 + i + 1] = unknowns.scalars[j * inside[1] + i] } }
            return Tensor([17, 23], values)
        }
        func energy(_ r: Tensor<Double>) throws -> Double {
            let source = Tensor([17, 23], field(r).scalars.map { $0 / area })
            let z = try laplace.solve(coefficient: Tensor([17, 23], repeating: 1), source: source).solution
            return zip(z.scalars, field(r).scalars).reduce(0) { $0 + $1.0 * $1.1 }
        }
        let noise = randomTensor([17, 23], seed: 8, as: Double.self)
        let wrong = Tensor([1, 17, 23, 1], zip(u.scalars, noise.scalars).map { $0 + 1e-3 * $1 })
        let input = a.reshaped([1, 17, 23, 1])
        let tape = Tape<Double>()
        let r = withExtendedLifetime(tape) { residual.residual(of: tape.constant(wrong), input: tape.constant(input)).value }
        let load = Tensor(r.shape, repeating: area)
        let size = Self.size(residual, wrong, input)
        #expect(abs(size - (try energy(r) / energy(load)).squareRoot()) < 1e-8 * size)
        // Energy of the error e: e . A e = e . r, of the solution: u . f.
        var error = zip(wrong.scalars, u.scalars).map { $0 - $1 }
        if location == .nodes {
            for j in 0..<17 { for i in 0..<23 where j == 0 || i == 0 || j == 16 || i == 22 { error[j * 23 + i] = 0 } }
        }
        let relative =
            (-zip(error, field(r).scalars).reduce(0) { $0 + $1.0 * $1.1 }
            / zip(u.scalars, field(load).scalars).reduce(0) { $0 + $1.0 * $1.1 })
            .squareRoot()
        #expect(relative < 3 * size && relative > size / 3, "\(relative), \(size)")
    }

    @Test func gradientsOfDarcy() throws {
        let content = try Case(
            text: "title = \"d\"\n[equation]\nname = \"darcy\"\n[dataset]\nresolution = [5, 6]", file: "physics.toml")
        let problem = try #require(try content.makeProblem() as? any ResidualProblem)
        let a = Tensor<Double>([2, 5, 6, 1], Philox(seed: 1, stream: 1).normals(60).map { exp($0) })
        let u = randomTensor([2, 5, 6, 1], seed: 2, as: Double.self)
        for norm in [PhysicsSettings.Norm.natural, .l2] {
            let residual = try problem.makeResidual(ResidualRequest(resolution: Resolution(axes: [5, 6]), norm: norm))
            expectGradients([u]) { residual.residual(of: $0[0], input: $0[0].tape.constant(a)) }
            expectGradients([u]) { residual.relativeSquares(of: $0[0], input: $0[0].tape.constant(a)).squareRoot() }
        }
    }

    @Test(arguments: ["burgers", "navier-stokes", "advection"]) func gradientsInTime(name: String) throws {
        let content = try Case(
            text: "title = \"t\"\n[equation]\nname = \"\(name)\"\n[dataset]\nresolution = 8\nframes = 3\ninterval = 0.05",
            file: "physics.toml")
        let problem = try #require(try content.makeProblem() as? any ResidualProblem)
        let grid = name == "navier-stokes" ? [8, 8] : [8]
        let residual = try problem.makeResidual(
            ResidualRequest(resolution: content.dataset!.resolution, window: TimeWindow(inputs: 2, outputs: 2)))
        let input = randomTensor([1] + grid + [2], seed: 3, as: Double.self)
        let output = randomTensor([1] + grid + [2], seed: 4, as: Double.self)
        expectGradients([output, input], second: name == "burgers") { residual.residual(of: $0[0], input: $0[1]) }
        expectGradients([output], second: name == "burgers") {
            residual.relativeSquares(of: $0[0], input: $0[0].tape.constant(input)).squareRoot()
        }
    }

    /// Inputs that are drawn without solving are those that the solver would have started from.
    @Test(arguments: ["darcy", "burgers", "navier-stokes"]) func drawnInputsAreThoseOfTheSolver(name: String) throws {
        let content = try Case(
            text: """
                title = "drawn"
                seed = 5
                [equation]
                name = "\(name)"
                [solver]
                resolution = 32
                [dataset]
                resolution = \(name == "darcy" ? 32 : 16)
                \(name == "darcy" ? "" : "start = 0.0\nframes = 2\ninterval = 0.01")
                """, file: "physics.toml")
        let problem = try #require(try content.makeProblem() as? any ResidualProblem)
        let resolution = content.dataset!.resolution
        let request = ResidualRequest(
            resolution: resolution, window: problem.learning.isEvolution ? TimeWindow(inputs: 1, outputs: 1) : nil)
        let draw = try problem.prepareInputs(request)
        let solver = try problem.makeSolver(SolverSetting(), output: resolution, isStrict: true)
        for stream in 0..<3 {
            let generator = Philox(seed: 5, stream: UInt64(stream))
            let (drawn, solved) = (draw(generator), try solver.solve(generator))
            for (field, values) in drawn {
                let truth = solved.fields[field]!
                let first = truth.shape == values.shape ? truth : truth.rows(0..<1).reshaped(values.shape)
                #expect(relativeDistance(values, first) < 1e-12, "\(field)")
            }
        }
    }

    // MARK: - Training

    static func text(_ name: String, physics: String, train: Int = 0, epochs: Int = 30) -> String {
        let isDarcy = name == "darcy"
        return """
            title = "physics"
            seed = 9
            [equation]
            name = "\(name)"
            \(isDarcy ? "" : "viscosity = 0.1")
            [sampler]
            \(isDarcy ? "name = \"gaussian-threshold\"" : gaussian + "10000.0")
            [dataset]
            resolution = \(isDarcy ? 16 : 32)
            train = \(train)
            valid = 6
            test = 2
            checked = 0
            \(isDarcy ? "" : "start = 0.0\nframes = 5\ninterval = 0.05")
            [operator]
            name = "fno"
            modes = \(isDarcy ? "[4, 4]" : "[6]")
            width = 10
            layers = 2
            \(isDarcy ? "" : "[rollout]\ninput-frames = 1\noutput-frames = 4")
            [physics]
            \(physics)
            [training]
            epochs = \(epochs)
            batch = 8
            optimizer = { name = "adam", learning-rate = 1e-2 }
            """
    }

    /// Errors of the validations, epoch by epoch, and the model.
    private static func train(_ text: String, threads: Int = 2) throws -> (errors: [[Double]], model: Model) {
        try RolloutTests.withData(text) { content, folder in
            let training = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: threads))
            #expect(training.plan.physics.count == 3)
            var errors: [[Double]] = []
            let outcome = try training.run(
                folder: folder + "/run", resume: false, command: ["test"],
                progress: { if let found = $0.validation { errors.append(found) } })
            #expect(outcome.status == .finished)
            return (errors, try Model(path: folder + "/run/model.safetensors", architectures: Registries.standard.architectures))
        }
    }

    /// No solution is ever read, not even for the normaliser, and yet the error against solutions falls.
    @Test(arguments: ["darcy", "burgers"]) func learnsWithoutSolutions(name: String) throws {
        let (errors, model) = try Self.train(Self.text(name, physics: "data-weight = 0.0\nsamples = 48"))
        let (first, last) = (errors[0][0], errors[errors.count - 1][0])
        #expect(last < 0.15 && last < 0.5 * first, "\(first) to \(last)")
        #expect(errors[errors.count - 1].last! < 0.5 * errors[0].last!, "the residual, \(errors[0]) to \(errors[errors.count - 1])")
        #expect(model.description.trainingData == "48 unsolved inputs")
        guard name == "darcy" else { return }
        // Zero at boundary nodes, whatever the operator says.
        let u = try model.predict(Tensor([1, 16, 16, 1], repeating: 3)).scalars
        for index in 0..<16 { #expect(u[index] == 0 && u[16 * index] == 0 && u[16 * index + 15] == 0 && u[240 + index] == 0) }
        #expect(u[8 * 16 + 8] > 0.01)
    }

    @Test func bothKindsOfSamplesGiveTheSameBitsOnAnyNumberOfThreads() throws {
        let text = Self.text("burgers", physics: "data-weight = 2.0\nsamples = 10", train: 5, epochs: 2)
        let (one, three) = (try Self.train(text, threads: 1), try Self.train(text, threads: 3))
        #expect(one.errors == three.errors && one.errors.allSatisfy { $0.allSatisfy(\.isFinite) })
        let input = randomTensor([1, 32, 1], seed: 1, as: Float.self)
        #expect(try one.model.predict(input) == three.model.predict(input))
        #expect(one.model.description.trainingData.hasSuffix("and 10 unsolved inputs"))
    }

    @Test(arguments: [
        (
            "[equation]\nname = \"wave\"\n[physics]\nweight = 1.0",
            "the equation \"wave\" declares no residual; these do: darcy, navier-stokes, burgers"
        ),
        ("[equation]\nname = \"burgers\"\n[operator]\nname = \"fno\"\n[dataset]\ntrain = 0", "1 or more, or [physics] with samples"),
        ("[equation]\nname = \"burgers\"\n[physics]\nweight = 0.0\ndata-weight = 0.0", "above 0 when data-weight is 0"),
    ]) func whatMakesNoSenseIsRefused(sections: String, message: String) {
        #expect { try Case(text: "title = \"x\"\n" + sections, file: "x.toml") } throws: { "\($0)".contains(message) }
    }

    @Test(arguments: [
        ("darcy", "[equation]\nname = \"darcy\"\nsource = 0.0", "not 0: the residual is measured in relation to it"),
        ("burgers", "[equation]\nname = \"burgers\"\n[dataset]\nstart = 0.5", "0 where [physics] draws samples"),
    ]) func problemsWithoutAResidualAreRefused(name: String, sections: String, message: String) throws {
        let content = try Case(text: "title = \"x\"\n" + sections, file: "x.toml")
        let problem = try #require(try content.makeProblem() as? any ResidualProblem)
        let request = ResidualRequest(resolution: Resolution(16), window: name == "darcy" ? nil : TimeWindow(inputs: 1, outputs: 1))
        #expect {
            _ = try problem.makeResidual(request)
            _ = try problem.prepareInputs(request)
        } throws: { "\($0)".contains(message) }
    }
}
