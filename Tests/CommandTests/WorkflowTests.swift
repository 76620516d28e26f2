import Foundation
import Testing

/// The way of a user through the program on a small case: what each command prints and leaves behind.
@Suite struct WorkflowTests {
    let folder: URL

    init() throws { folder = try #require(Workshop.folder) }

    private func run(_ arguments: String...) throws -> Program.Result {
        let result = try Program.run(arguments, in: folder)
        #expect(result.status == 0, "eddy \(arguments.joined(separator: " ")): \(result.errors)")
        return result
    }

    private func objects(_ text: String) throws -> [[String: Any]] {
        try text.split(separator: "\n").map { try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]) }
    }

    private func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path) }

    @Test func dataObeyTheContract() throws {
        let result = try run("check", "runs/tiny/data/train.nc", "runs/tiny/data/valid.nc", "runs/tiny/data/test.nc")
        #expect(result.output.split(separator: "\n").count { $0.hasSuffix(": obeys the contract") } == 3, "\(result.output)")
    }

    @Test func generationIsNotRepeated() throws {
        let file = folder.appendingPathComponent("runs/tiny/data/train.nc")
        let before = try Data(contentsOf: file)
        _ = try run("generate", "tiny.toml")
        #expect(try Data(contentsOf: file) == before)
    }

    @Test func shardsAndThreadsGiveTheSameData() throws {
        for shard in ["1/2", "2/2"] { _ = try run("generate", "tiny.toml", "-o", "sharded", "--shard", shard, "--threads", "1") }
        #expect(exists("sharded/train.nc"))
        for split in ["train", "valid", "test"] {
            let ids = try ["sharded", "runs/tiny/data"].map {
                try objects(try run("inspect", "\($0)/\(split).nc", "--json").output)[0]["id"] as? String
            }
            #expect(ids[0] == ids[1] && ids[0]?.isEmpty == false)
        }
    }

    @Test func dryRunWritesNothing() throws {
        let result = try run("generate", "tiny.toml", "-o", "planned", "--dry-run")
        #expect(result.output.contains("train samples") && result.output.contains("12"))
        #expect(!exists("planned"))
    }

    @Test func inspectKnowsFilesByTheirContent() throws {
        let kinds = [
            ("tiny.toml", "case"), ("tiny", "case"), ("runs/tiny/data/test.nc", "dataset"), ("runs/tiny/model.safetensors", "model"),
            ("runs/tiny", "run"),
            ("runs/tiny/", "run"),
        ]
        for (path, type) in kinds {
            #expect(try objects(try run("inspect", path, "--json").output)[0]["type"] as? String == type, "\(path)")
        }
        try FileManager.default.copyItem(
            at: folder.appendingPathComponent("runs/tiny/data/test.nc"), to: folder.appendingPathComponent("renamed"))
        #expect(try objects(try run("inspect", "renamed", "--json").output)[0]["samples"] as? Int == 5)
    }

    @Test func inspectTellsWhatIsInside() throws {
        let dataset = try run("inspect", "runs/tiny/data/test.nc").output
        #expect(dataset.contains("5 samples") && dataset.contains("16 nodes on [0, 1]") && dataset.contains("dirichlet"))
        let model = try run("inspect", "runs/tiny/model.safetensors").output
        #expect(model.contains("architecture   fno, ") && model.contains("(complex)"))
        let whole = try run("inspect", "runs/tiny").output
        #expect(whole.contains("epochs done      3 of 3") && whole.contains("best validation") && whole.contains("metrics.csv"))
    }

    @Test func evaluation() throws {
        let lines = try objects(try run("evaluate", "runs/tiny", "--json").output)
        let errors = lines.filter { $0["metric"] as? String == "relative-l2" }
        #expect(errors.map { $0["resolution"] as? [Int] } == [[16, 16], [31, 31]])
        for error in errors { #expect((error["mean"] as? Double).map { $0 > 0 && $0 < 2 } == true) }
        #expect(try run("evaluate", "runs/tiny").output.contains("relative-h1"))
    }

    @Test func prediction() throws {
        _ = try run("predict", "runs/tiny", "runs/tiny/data/test.nc", "prediction.nc")
        let dataset = try objects(try run("inspect", "prediction.nc", "--json").output)[0]
        let names = (dataset["fields"] as? [[String: Any]])?.compactMap { $0["name"] as? String } ?? []
        #expect(dataset["samples"] as? Int == 5 && names.contains { $0.hasSuffix("_predicted") })
        #expect(try run("check", "prediction.nc").status == 0)
    }

    @Test func solution() throws {
        let result = try run("solve", "tiny.toml", "--sample", "2", "--output", "sample.nc")
        #expect(result.output.contains("iterations or steps") && exists("sample.nc"))
        #expect(try objects(try run("solve", "tiny.toml", "--json").output).count == 1)
    }

    @Test func comparison() throws {
        let text = try run("compare", "runs/tiny")
        #expect(text.output.contains("break-even") && text.output.contains("baseline"))
        #expect(exists("runs/tiny/comparison.json") && exists("runs/tiny/comparison.png"))
    }

    /// Two runs on one table; operations of the solver grow with the grid and are the same for the same run.
    @Test func familiesAndOperations() throws {
        let result = try objects(try run("compare", "runs/tiny", "runs/tiny", "--json").output)[0]
        let operators = try #require(result["operators"] as? [[String: Any]])
        let points = operators.compactMap { $0["point"] as? [String: Any] }
        let counts = points.compactMap { $0["operations"] as? Double }
        #expect(counts.count == 2 && counts[0] == counts[1] && counts[0] > 1e5, "\(counts)")
        let sweep = try #require(result["solver"] as? [[String: Any]])
        let finest = sweep.filter { $0["tolerance"] as? Double == sweep.last?["tolerance"] as? Double }
        let operations = finest.compactMap { $0["operations"] as? Double }
        #expect(operations.count == finest.count && zip(operations, operations.dropFirst()).allSatisfy { $0 < $1 }, "\(operations)")
        let scores = try #require(points[0]["scores"] as? [[String: Any]])
        #expect(Set(scores.compactMap { $0["metric"] as? String }) == ["relative-l2", "relative-h1", "max"])
    }

    @Test func otherResolutionsAndSpectra() throws {
        let text = try run("evaluate", "runs/tiny", "--resolutions", "31", "--samples", "3").output
        #expect(text.contains("aliasing") && text.contains("31 x 31") && text.contains("16 x 16 (training)"), "\(text)")
        #expect(text.contains("power of u") && text.contains("cosine series"), "\(text)")
        #expect(exists("runs/tiny/evaluation.json") && exists("runs/tiny/evaluation.nc"))
        let bad = try Program.run(["evaluate", "runs/tiny", "--resolutions", "31,x"], in: folder)
        #expect(bad.status == 64 || bad.status == 2, "\(bad.status)")
        #expect(bad.errors.contains("--resolutions is 31,x; allowed: numbers of points along each axis"))
    }

    @Test func figures() throws {
        _ = try run("plot", "runs/tiny/data/test.nc", "--sample", "1", "-o", "figure.png")
        let start = try Data(contentsOf: folder.appendingPathComponent("figure.png")).prefix(4)
        #expect(start == Data([0x89, 0x50, 0x4e, 0x47]))
    }

    /// Ctrl-C during training: exit status 130, a hint, and a continuation that ends with the bits of an undisturbed run.
    @Test func interruptedTrainingContinuesToTheSameBits() throws {
        let text = Workshop.text.replacingOccurrences(of: "epochs = 3", with: "epochs = 500")
        try text.write(to: folder.appendingPathComponent("long.toml"), atomically: true, encoding: .utf8)
        let data = ["--data", "runs/tiny/data"]
        let stopped = try Program.run(["train", "long.toml", "--run", "stopped"] + data, in: folder, interruptAfterMessage: " steps\n")
        #expect(stopped.status == 130)
        let advice = "interrupted and saved; continue with: eddy train long.toml --run stopped --data runs/tiny/data --resume"
        #expect(stopped.errors.contains(advice))
        let continued = try Program.run(["train", "long.toml", "--run", "stopped", "--resume"] + data, in: folder)
        #expect(continued.status == 0, "\(continued.errors)")
        let whole = try Program.run(["train", "long.toml", "--run", "whole"] + data, in: folder)
        #expect(whole.status == 0)
        let weights = try ["stopped", "whole"].map { try Data(contentsOf: folder.appendingPathComponent($0 + "/last.safetensors")) }
        #expect(weights[0] == weights[1])
    }
}
