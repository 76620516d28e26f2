import Datasets
import Grids
import Tensors
import TestSupport
import Testing

@Suite(.enabled(if: PythonScript.interpreter != nil)) struct PythonTests {
    @Test("files pass the IOOS compliance checker cf:1.11 and open in xarray")
    func filesAreAcceptedByOthers() throws {
        let folder = try TemporaryFolder()
        let files = [
            try Fixture.write(folder.path), try Fixture.writeCurvilinear(folder.path + "/mesh.nc"),
            try Fixture.writeSteady(folder.path + "/steady.nc", dimension: 1),
            try Fixture.writeSteady(folder.path + "/volume.nc", dimension: 3),
        ]
        let (status, text) = try PythonScript("check_datasets.py").run(files)
        #expect(status == 0, "\(text)")
        #expect(text.components(separatedBy: "passes cf:1.11").count == files.count + 1, "\(text)")
    }
}
