import Cases
import Datasets
import Foundation
import Tensors
import Testing

/// Files of every kind of grid pass their own check at resolutions whose coordinates are not exact in binary.
@Suite struct GeneratedAxisTests {
    private static func rows(_ equation: String, _ sampler: String, _ resolutions: [Int], _ more: String = "") -> [(String, Int)] {
        resolutions.map { resolution in
            (
                """
                title = "axis"
                [equation]
                name = "\(equation)"
                [sampler]
                name = "\(sampler)"
                [dataset]
                resolution = \(resolution)
                train = 1
                valid = 0
                test = 0
                checked = 0
                \(more)
                """, resolution
            )
        }
    }

    // Interior nodes, nodes, centres of cells, periodic points.
    static let cases =
        rows("diffusion", "log-stationary", [10, 25, 30, 32, 39, 44, 61, 70])
        + rows("darcy", "gaussian-threshold", [24, 50]) + rows("heat", "gaussian", [22, 49], "frames = 8\ninterval = 0.1\nstart = 0.7")
        + rows("shallow-water", "radial-column", [14, 49], "frames = 4\ninterval = 0.07")

    @Test("a generated file passes its check and is read back", arguments: cases) func passes(text: String, resolution: Int) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-axis-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let content = try Case(text: text, file: "axis.toml")
        _ = try Generation(content, folder: folder, workers: Workers(threads: 1), command: "test").run()
        let path = folder + "/train.nc"
        #expect(try DatasetChecker.check(path).filter { $0.severity == .error }.isEmpty)
        let read = try DatasetFile(path).schema.grid
        #expect(read == (try content.makeProblem().schema(content.content.dataset!.resolution).grid))
        #expect(read.shape.allSatisfy { $0 == resolution } && read.isUniform)
    }
}
