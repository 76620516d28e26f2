import Cases
import Datasets
import Foundation
import Tensors
import TestSupport
import Testing

/// What every equation of the registry must do, each with a small case.
@Suite struct ProblemTests {
    /// A case for each equation: its sections but for title and seed.
    struct Small: CustomTestStringConvertible, Sendable {
        var name: String
        var resolution: String
        var dataset = ""
        var equation = ""
        var solver = ""
        var sampler = ""
        /// Relative distance that solutions on this grid may have from better ones, first and last frame alike.
        var accuracy: Double

        var testDescription: String { name }

        var text: String {
            """
            title = "\(name)"
            seed = 5
            [equation]
            name = "\(name)"
            \(equation)
            \(sampler.isEmpty ? "" : "[sampler]\n\(sampler)")
            \(solver.isEmpty ? "" : "[solver]\n\(solver)")
            [dataset]
            resolution = \(resolution)
            train = 2
            valid = 0
            test = 1
            \(dataset)
            """
        }
    }

    static let all: [Small] = [
        Small(name: "darcy", resolution: "33", accuracy: 0.1),
        Small(
            name: "diffusion", resolution: "16", sampler: "name = \"log-stationary\"\nvariance = 0.3\ncontrast = [2.0, 100.0]",
            accuracy: 1e-6),
        Small(name: "airfoil", resolution: "[17, 67]", accuracy: 0.1),
        Small(name: "pipe-flow", resolution: "[17, 33]", accuracy: 0.1),
        Small(
            name: "navier-stokes", resolution: "32", dataset: "frames = 3\ninterval = 0.5", equation: "viscosity = 1e-2", accuracy: 1e-2),
        Small(name: "compressible-flow", resolution: "24", dataset: "frames = 3\ninterval = 0.05", accuracy: 0.3),
        Small(name: "shallow-water", resolution: "24", dataset: "frames = 3\ninterval = 0.1", accuracy: 0.3),
        Small(name: "burgers", resolution: "64", sampler: "name = \"gaussian\"\namplitude = 25.0\ntau = 5.0\nalpha = 2.0", accuracy: 1e-2),
        Small(name: "advection", resolution: "32", dataset: "frames = 3\ninterval = 0.1", sampler: "name = \"sine-waves\"", accuracy: 1e-6),
        Small(name: "heat", resolution: "16", dataset: "frames = 3\ninterval = 0.1", accuracy: 1e-3),
        Small(
            name: "korteweg-de-vries", resolution: "64", dataset: "frames = 3\ninterval = 0.2", equation: "length = 64.0",
            sampler: "name = \"sine-waves\"\namplitudes = [-0.2, 0.2]", accuracy: 1e-2),
        Small(
            name: "kuramoto-sivashinsky", resolution: "64", dataset: "frames = 3\ninterval = 0.5", equation: "length = 32.0", accuracy: 1e-2
        ),
        Small(name: "reaction-diffusion", resolution: "33", dataset: "frames = 3\ninterval = 0.5", accuracy: 1e-2),
        Small(
            name: "gray-scott", resolution: "24", dataset: "frames = 3\ninterval = 5.0", sampler: "name = \"bumps\"\nwidths = [0.3, 0.4]",
            accuracy: 1e-2),
        Small(
            name: "fitzhugh-nagumo", resolution: "16", dataset: "frames = 3\ninterval = 0.25\nstart = 0.5",
            sampler: "name = \"cell-noise\"\ncells = 8", accuracy: 0.2),
        Small(name: "helmholtz", resolution: "33", equation: "frequency = 200.0", accuracy: 0.2),
        Small(
            name: "smoke", resolution: "16", dataset: "frames = 3\ninterval = 1.0",
            sampler: "name = \"smoke-noise\"\nbuoyancy = [0.2, 0.5]",
            accuracy: 0.3),
        Small(
            name: "turbulence", resolution: "16", dataset: "frames = 3\ninterval = 0.05\nstart = 0.05",
            sampler: "name = \"gaussian\"\ntau = 2.0\nalpha = 9.0\namplitude = 1000.0", accuracy: 5e-2),
        Small(
            name: "wave", resolution: "33", dataset: "frames = 3\ninterval = 0.1", sampler: "name = \"bumps\"\nwidths = [0.15, 0.2]",
            accuracy: 5e-2),
    ]

    @Test func everyEquationHasACase() {
        #expect(Set(Self.all.map(\.name)) == Set(Registries.standard.equations.names))
    }

    @Test(arguments: all) func samplesFitTheirSchema(small: Small) throws {
        let content = try Case(text: small.text, file: "small.toml")
        let problem = try content.makeProblem()
        let resolution = content.content.dataset!.resolution
        let schema = try problem.schema(resolution)
        let solver = try problem.makeSolver(SolverSetting(), output: resolution, isStrict: true)
        let sample = try solver.solve(Philox(seed: 5, stream: 0))
        #expect(Set(sample.fields.keys) == Set(schema.fields.map(\.name)))
        for field in schema.fields {
            let values = try #require(sample.fields[field.name])
            #expect(values.shape == schema.shape(of: field), "\(field.name)")
            #expect(values.scalars.allSatisfy { $0.isFinite }, "\(field.name)")
        }
        for name in problem.learning.inputs + problem.learning.outputs { #expect(schema.field(name) != nil, "\(name)") }
    }

    /// A solver keeps work space from one sample to the next; that must not show.
    @Test(arguments: all) func aStreamGivesTheSameBitsWhateverWasSolvedBefore(small: Small) throws {
        let content = try Case(text: small.text, file: "small.toml")
        let problem = try content.makeProblem()
        let resolution = content.content.dataset!.resolution
        let used = try problem.makeSolver(SolverSetting(), output: resolution, isStrict: true)
        _ = try used.solve(Philox(seed: 5, stream: 1))
        let again = try used.solve(Philox(seed: 5, stream: 0))
        let fresh = try problem.makeSolver(SolverSetting(), output: resolution, isStrict: true).solve(Philox(seed: 5, stream: 0))
        let other = try used.solve(Philox(seed: 5, stream: 1))
        for (name, values) in fresh.fields { #expect(again.fields[name] == values, "\(name)") }
        for name in problem.learning.outputs { #expect(other.fields[name] != fresh.fields[name], "every stream gives the same \(name)") }
    }

    /// The same stream is the same function on a finer grid, and the solutions agree to what the grid allows.
    @Test(arguments: all) func finerSolutionsAgree(small: Small) throws {
        let content = try Case(text: small.text, file: "small.toml")
        let problem = try content.makeProblem()
        let resolution = content.content.dataset!.resolution
        let solver = try problem.makeSolver(SolverSetting(), output: resolution, isStrict: true)
        let finer = problem.refined(Resolution(axes: solver.resolution))
        let reference = try problem.makeSolver(
            SolverSetting(resolution: finer, tolerance: problem.sweepTolerances.last.map { max($0 / 10, 1e-12) }), output: resolution,
            isStrict: false)
        let (rough, fine) = (try solver.solve(Philox(seed: 5, stream: 0)), try reference.solve(Philox(seed: 5, stream: 0)))
        for name in problem.learning.outputs {
            let (u, v) = (try #require(rough.fields[name]), try #require(fine.fields[name]))
            // Components that vanish by symmetry have no relative error.
            guard v.scalars.map(abs).max()! > 1e-8 else { continue }
            #expect(relativeDistance(u, v) < small.accuracy, "\(name)")
        }
    }

    /// A solver that starts from the state of another at a frame finds the frames after it.
    @Test(arguments: all) func continuationFindsTheSameFrames(small: Small) throws {
        let content = try Case(text: small.text, file: "small.toml")
        let problem = try content.makeProblem()
        guard problem.learning.isEvolution, content.content.dataset!.frames ?? 2 > 2 else { return }
        let resolution = content.content.dataset!.resolution
        let made = try problem.makeSolver(SolverSetting(), output: resolution, isStrict: true)
        let solver = try #require(made as? any EvolutionSampleSolver)
        let generator = Philox(seed: 5, stream: 0)
        let (whole, state) = try solver.solve(generator, stateAt: 0)
        let rest = try solver.solve(generator, from: state)
        for name in problem.learning.outputs {
            let (all, later) = (try #require(whole.fields[name]), try #require(rest.fields[name]))
            #expect(later.shape == [all.shape[0] - 1] + all.shape.dropFirst())
            guard all.rows(1..<all.shape[0]).scalars.map(abs).max()! > 1e-8 else { continue }
            #expect(relativeDistance(later, all.rows(1..<all.shape[0])) < 2e-3, "\(name)")
        }
    }

    @Test func everyCaseOfTheRepositoryDecodes() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../cases").standardizedFileURL
        let files = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }.filter {
            $0.hasSuffix(".toml")
        }
        #expect(files.count > 10)
        for file in files {
            let content = try Case(contentsOf: folder.appendingPathComponent(file).path)
            let problem = try content.makeProblem()
            _ = try problem.schema(content.content.dataset!.resolution)
        }
    }
}
