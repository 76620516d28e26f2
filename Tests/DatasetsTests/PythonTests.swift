import Datasets
import Foundation
import Grids
import Tensors
import Testing

/// The Python with the packages of Tests/Python/requirements.txt; `make validate` sets it.
private let python = ProcessInfo.processInfo.environment["EDDY_PYTHON"]

@Suite(.enabled(if: python != nil)) struct PythonTests {
    @Test("files pass the IOOS compliance checker cf:1.11 and open in xarray")
    func filesAreAcceptedByOthers() throws {
        let folder = try TemporaryFolder()
        let files = [
            try Fixture.write(folder.path), try Fixture.writeCurvilinear(folder.path + "/mesh.nc"),
            try Fixture.writeSteady(folder.path + "/steady.nc", dimension: 1),
            try Fixture.writeSteady(folder.path + "/volume.nc", dimension: 3),
        ]
        let script =
            URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
            + "/Python/check_datasets.py"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: python!)
        process.arguments = [script] + files
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        #expect(text.components(separatedBy: "passes cf:1.11").count == files.count + 1, "\(text)")
    }
}
