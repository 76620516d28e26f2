import Foundation
import Testing

/// Input that does not fit: message with what was found and what is allowed, exit status 2, nothing half-written.
@Suite struct BadInputTests {
    let workshop: URL

    init() throws { workshop = try #require(Workshop.folder) }

    /// Cases that decode but ask for what cannot be.
    @Test(
        arguments: [
            ("modes = [4, 4]", "modes = [12, 12]", "train", "[operator] modes"),
            ("modes = [4, 4]", "modes = [4, 4, 4]", "train", "[operator] modes"),
            ("resolution = 31", "resolution = 32", "generate", "[solver] resolution = 32 is not allowed"),
            ("resolution = 16\ntrain", "resolution = [16, 16, 16]\ntrain", "generate", "[dataset] resolution"),
            ("train = 12", "train = 0", "generate", "[dataset] train = 0 is not allowed; allowed: 1 or more, or [physics] with samples"),
            ("resolution = 16\ntrain", "resolution = 11\ntrain", "train", "grid"),
        ])
    func casesThatDoNotFit(old: String, new: String, command: String, message: String) throws {
        let folder = try TemporaryFolder()
        let name = try folder.write(Workshop.text.replacingOccurrences(of: old, with: new), to: "bad.toml")
        let data = command == "train" ? ["--data", workshop.path + "/runs/tiny/data"] : []
        let result = try Program.run([command, name] + data, in: folder.url)
        #expect(result.status == 2, "\(result.errors)")
        #expect(result.output.isEmpty && result.errors.contains(message), "\(result.errors)")
        let left = FileManager.default.enumerator(atPath: folder.url.path)?.compactMap { $0 as? String }.filter {
            $0.hasSuffix(".nc") || $0.hasSuffix(".safetensors")
        }
        #expect(left == [])
    }

    /// The case of a run is stored in its model; faults that only a later command meets are found before it computes anything.
    @Test func comparisonWithAResolutionThatTheSolverRefuses() throws {
        let folder = try TemporaryFolder()
        let text = Workshop.text.replacingOccurrences(of: "resolutions = [7, 16, 31]", with: "resolutions = [16, 4]")
        let name = try folder.write(text, to: "tiny.toml")
        let trained = try Program.run(["train", name, "--data", workshop.path + "/runs/tiny/data"], in: folder.url)
        #expect(trained.status == 0, "\(trained.errors)")
        let result = try Program.run(["compare", "runs/tiny"], in: folder.url)
        #expect(result.status == 2 && result.output.isEmpty)
        #expect(result.errors.contains("[comparison] resolutions[1] = 4 is not allowed; allowed: "), "\(result.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.url.path + "/runs/tiny/comparison.json"))
    }

    @Test func trainingWithoutData() throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(["train", folder.write(Workshop.text, to: "tiny.toml")], in: folder.url)
        #expect(result.status == 2 && result.errors.contains("make the data with: eddy generate tiny.toml"))
    }

    @Test(arguments: ["evaluate", "compare", "plot", "inspect"]) func missingRun(command: String) throws {
        let result = try Program.run([command, "runs/nothing"], in: workshop)
        #expect(result.status == 2 && result.output.isEmpty && result.errors.contains("no such file"), "\(result.errors)")
    }

    /// Damaged and foreign files for every command that opens a dataset.
    @Test(arguments: ["truncated", "text", "empty", "missing", "folder"]) func damagedDatasets(kind: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.url.appendingPathComponent("x.nc")
        let whole = try Data(contentsOf: workshop.appendingPathComponent("runs/tiny/data/test.nc"))
        switch kind {
        case "truncated": try whole.prefix(whole.count / 2).write(to: file)
        case "text": try Data("not a dataset".utf8).write(to: file)
        case "empty": try Data().write(to: file)
        case "folder": try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        default: break
        }
        let run = workshop.path + "/runs/tiny"
        for arguments in [
            ["check", "x.nc"], ["evaluate", run, "--dataset", "x.nc"], ["predict", run, "x.nc", "y.nc"], ["plot", "x.nc"],
        ] {
            let result = try Program.run(arguments, in: folder.url)
            #expect(result.status == 2, "\(arguments[0]): \(result.errors)")
            #expect((result.errors + result.output).contains("x.nc"), "\(arguments[0])")
        }
        #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("y.nc").path))
    }

    @Test func damagedModel() throws {
        let folder = try TemporaryFolder()
        let whole = try Data(contentsOf: workshop.appendingPathComponent("runs/tiny/model.safetensors"))
        try whole.prefix(whole.count - 100).write(to: folder.url.appendingPathComponent("model.safetensors"))
        for arguments in [
            ["inspect", "model.safetensors"], ["predict", "model.safetensors", workshop.path + "/runs/tiny/data/test.nc", "y.nc"],
        ] {
            let result = try Program.run(arguments, in: folder.url)
            #expect(result.status == 2 && result.output.isEmpty && result.errors.contains("model.safetensors"), "\(result.errors)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["model.safetensors"])
    }

    /// A file whose domain is not that of the model.
    @Test func datasetOfAnotherDefinition() throws {
        let folder = try TemporaryFolder()
        let cells = Workshop.text.replacingOccurrences(of: "name = \"darcy\"", with: "name = \"darcy\"\npoints = \"cells\"")
            .replacingOccurrences(of: "resolution = 31", with: "resolution = 32")
        let generated = try Program.run(["generate", folder.write(cells, to: "cells.toml")], in: folder.url)
        #expect(generated.status == 0, "\(generated.errors)")
        let file = "runs/cells/data/test.nc"
        for arguments in [
            ["evaluate", workshop.path + "/runs/tiny", "--dataset", file], ["predict", workshop.path + "/runs/tiny", file, "y.nc"],
        ] {
            let result = try Program.run(arguments, in: folder.url)
            #expect(result.status == 2 && result.output.isEmpty, "\(result.errors)")
            #expect(result.errors.contains("domain: found y: 16 centers"), "\(result.errors)")
        }
        let train = try Program.run(["train", workshop.path + "/tiny.toml", "--run", "r", "--data", "runs/cells/data"], in: folder.url)
        #expect(train.status == 2 && train.errors.contains("grid: found"), "\(train.errors)")
        let again = try Program.run(["generate", workshop.path + "/tiny.toml", "-o", "runs/cells/data"], in: folder.url)
        #expect(again.status == 2 && again.errors.contains("made from another definition"), "\(again.errors)")
    }

    @Test func foldersThatCannotBeWritten() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("a file", to: "blocked")
        let generated = try Program.run(["generate", workshop.path + "/tiny.toml", "-o", "blocked/data"], in: folder.url)
        #expect(generated.status == 2 && generated.errors.contains("blocked"), "\(generated.errors)")
        let trained = try Program.run(
            ["train", workshop.path + "/tiny.toml", "--run", "blocked/run", "--data", workshop.path + "/runs/tiny/data"], in: folder.url)
        #expect(trained.status == 2 && trained.errors.contains("blocked"), "\(trained.errors)")
    }

    /// No space left: a file system of 64 KiB, where this process may mount one.
    @Test(.enabled(if: SmallDisk.isAvailable)) func noSpaceLeft() throws {
        let disk = try #require(SmallDisk())
        let text = Workshop.text.replacingOccurrences(of: "train = 12", with: "train = 400").replacingOccurrences(
            of: "block = 4", with: "block = 64")
        let folder = try TemporaryFolder()
        let result = try Program.run(["generate", folder.write(text, to: "tiny.toml"), "-o", disk.path + "/data"], in: folder.url)
        #expect(result.status == 2, "\(result.status)")
        #expect(result.errors.contains("no space left"), "\(result.errors)")
        let left = FileManager.default.enumerator(atPath: disk.path)?.compactMap { $0 as? String }.filter { $0.hasSuffix("train.nc") }
        #expect(left == [])
    }

    @Test(
        arguments: [
            (["generate", "tiny.toml", "--shard", "3/2"], "--shard is 3/2; allowed: I/N with 1 <= I <= N"),
            (["generate", "tiny.toml", "--threads", "0"], "--threads is 0; allowed: 1 or more"),
            (["solve", "tiny.toml", "--sample", "-1"], "--sample"), (["solve", "tiny.toml", "--sample", "x"], "--sample"),
            (["plot", "runs/tiny", "--format", "gif"], "--format is \"gif\"; allowed: png, pdf"),
            (["plot", "runs/tiny/data/test.nc", "-o", "x.txt"], "x.txt"), (["plot", "runs/tiny/data/test.nc", "--sample", "99"], "sample"),
            (["import", "nothing.safetensors", "--from", "pytorch"], "--from is \"pytorch\"; allowed: "),
            (["import", "nothing.safetensors", "--from", "original-fno"], "nothing"),
        ])
    func badOptions(arguments: [String], message: String) throws {
        let result = try Program.run(arguments, in: workshop)
        #expect(result.status == 2 && result.output.isEmpty && result.errors.contains(message), "\(result.status) \(result.errors)")
    }
}

/// A file system in memory with room for 64 KiB.
final class SmallDisk {
    let path: String

    static let isAvailable: Bool = SmallDisk() != nil

    init?() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-disk-\(UUID().uuidString)").path
        guard (try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)) != nil else { return nil }
        guard Self.call("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", path]) else {
            try? FileManager.default.removeItem(atPath: path)
            return nil
        }
    }

    deinit {
        _ = Self.call("umount", [path])
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func call(_ program: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
