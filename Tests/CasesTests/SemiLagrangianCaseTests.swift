import Cases
import Solvers
import Tensors
import Testing

/// `[solver] name = "semi-lagrangian"`: every key changes the solution, steps shrink with the cells.
@Suite struct SemiLagrangianCaseTests {
    private func solve(_ keys: String, resolution: Int? = nil) throws -> SolvedSample {
        let text = """
            title = "long steps"
            [equation]
            name = "smoke"
            [solver]
            name = "semi-lagrangian"
            \(keys)
            [dataset]
            resolution = 16
            frames = 3
            interval = 3.0
            """
        let content = try Case(text: text, file: "steps.toml")
        let setting = SolverSetting(resolution: resolution.map { Resolution($0) })
        let output = content.content.dataset!.resolution
        let solver = try content.makeProblem().makeSolver(setting, output: output, isStrict: resolution == nil)
        return try solver.solve(Philox(seed: 3, stream: 0))
    }

    @Test("every key changes the solution", arguments: ["time-step = 0.75", "tracing = \"midpoint\"", "correction = \"mac-cormack\""])
    func keysMatter(_ key: String) throws {
        let (standard, changed) = (try solve(""), try solve(key))
        #expect(standard.steps == 4 && changed.steps == (key.hasPrefix("time") ? 8 : 4))
        for field in ["smoke", "velocity_x", "velocity_y"] { #expect(standard.fields[field] != changed.fields[field]) }
    }

    @Test("a finer grid takes shorter steps, a coarser one the same") func stepsShrink() throws {
        #expect(try solve("", resolution: 32).steps == 8)
        #expect(try solve("", resolution: 8).steps == 4)
        #expect(try solve("resolution = 32", resolution: 64).steps == 8)
    }

    @Test("a step that makes no sense and keys of other solvers are named with their line") func badKeys() {
        for (key, message) in [
            ("time-step = 0.0", "time-step = 0.0 is not allowed"), ("limiter = \"mc\"", "unknown key \"limiter\""),
            ("tracing = \"backward\"", "allowed: euler, midpoint"),
        ] {
            #expect {
                try solve(key)
            } throws: {
                "\($0)".contains(message) && "\($0)".contains("steps.toml:6:")
            }
        }
    }
}
