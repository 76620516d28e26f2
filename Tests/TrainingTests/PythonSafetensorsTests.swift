import Tensors
import TestSupport
import Testing
import Training

@Suite(.enabled(if: PythonScript.interpreter != nil)) struct PythonSafetensorsTests {
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

        let (status, said) = try PythonScript("check_safetensors.py").run([folder("ours.safetensors"), folder("theirs.safetensors")])
        #expect(status == 0 && said.contains("safetensors agree"), "\(said)")

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
