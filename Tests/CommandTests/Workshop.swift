import Foundation
import Testing

/// A small Darcy case with its data and a trained run, made once by the program and shared by the tests that only read them.
enum Workshop {
    static let text = """
        title = "Darcy flow, tiny"
        seed = 3

        [equation]
        name = "darcy"

        [solver]
        resolution = 31

        [dataset]
        resolution = 16
        train = 12
        valid = 4
        test = 5
        block = 4

        [operator]
        name = "fno"
        modes = [4, 4]
        width = 6
        layers = 2

        [training]
        epochs = 3
        batch = 4

        [evaluation]
        resolutions = [16, 31]

        [comparison]
        resolutions = [7, 16, 31]
        samples = 3
        repeats = 1

        """

    /// The folder with `tiny.toml` and `runs/tiny`, removed when the process ends.
    static let folder: URL? = {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "eddy-workshop-\(ProcessInfo.processInfo.processIdentifier)")
        atexit {
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
                "eddy-workshop-\(ProcessInfo.processInfo.processIdentifier)")
            try? FileManager.default.removeItem(at: folder)
        }
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try text.write(to: folder.appendingPathComponent("tiny.toml"), atomically: true, encoding: .utf8)
            for arguments in [["generate", "tiny.toml"], ["train", "tiny.toml"]] {
                let result = try Program.run(arguments, in: folder)
                guard result.status == 0 else {
                    Issue.record("eddy \(arguments.joined(separator: " ")): \(result.errors)")
                    return nil
                }
            }
            return folder
        } catch {
            Issue.record("\(error)")
            return nil
        }
    }()
}
