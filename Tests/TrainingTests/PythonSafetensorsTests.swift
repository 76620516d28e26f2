import Foundation
import Tensors
import TestSupport
import Testing
import Training

/// The Python with the packages of Tests/Python/requirements.txt; `make validate` sets it.
private let python = ProcessInfo.processInfo.environment["EDDY_PYTHON"]

@Suite(.enabled(if: python != nil)) struct PythonSafetensorsTests {
    /// Our file is read by the reference implementation, and what that writes is read by us: the same numbers and the same text.
    @Test func filesGoBothWays() throws {
        let folder = try TemporaryFolder()
        let single = randomTensor([4, 3, 2], seed: 1, as: Float.self)
        let double = randomTensor([7], seed: 2, as: Double.self)
        let text = ["case": "title = \"wave \u{1F30A}\"\n", "format": "eddy"]
        var writer = SafetensorsWriter(metadata: text)
        writer.add("single", single)
        writer.add("double", double)
        writer.add("empty", Tensor<Float>([0, 3]))
        writer.add("number", Tensor<Float>(2))
        try writer.write(to: folder("ours.safetensors"))

        let script =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path + "/Python/check_safetensors.py"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python!)
        process.arguments = [script, folder("ours.safetensors"), folder("theirs.safetensors")]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0 && said.contains("safetensors agree"), "\(said)")

        let theirs = try SafetensorsFile(path: folder("theirs.safetensors"))
        #expect(theirs.metadata == text)
        #expect(theirs.names.count == 6)
        #expect(try theirs.tensor("single.float32", as: Float.self) == single)
        #expect(try theirs.tensor("single.float64", as: Double.self) == single.cast(to: Double.self))
        #expect(try theirs.tensor("double.float64", as: Double.self) == double)
        #expect(try theirs.tensor("double.float32", as: Float.self) == double.cast(to: Float.self))
        for name in ["single", "double"] {
            let half = try theirs.tensor("\(name).float16", as: Double.self)
            let exact = name == "single" ? single.cast(to: Double.self) : double
            #expect(relativeDistance(half, exact) < 5e-4 && relativeDistance(half, exact) > 1e-6)
        }
    }
}
