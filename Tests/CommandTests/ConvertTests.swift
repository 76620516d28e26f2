import Foundation
import Testing

/// Files in the layouts of others through the program; what the values mean is tested with the importers.
@Suite struct ConvertTests {
    /// The files that `Tests/Python/make_foreign_samples.py` made.
    private static func sample(_ name: String) -> String {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return tests.appendingPathComponent("DatasetsTests/Fixtures/\(name)").path
    }

    @Test(
        arguments: [
            ("pdebench_1d.hdf5", [], "pdebench", 3, [8], ["u"]), ("pdebench_darcy.hdf5", [], "pdebench", 3, [5, 4], ["nu", "u"]),
            ("pdebench_groups.h5", ["--boundary", "neumann"], "pdebench", 2, [5, 4], ["u", "v"]),
            ("fno_ns.mat", ["--from", "fno", "--samples", "1:"], "fno", 2, [5, 4], ["u_initial", "u"]),
            ("fno_burgers.mat", ["--samples", ":3", "--split", "test"], "fno", 3, [8], ["a", "u"]),
        ])
    func layouts(file: String, options: [String], layout: String, samples: Int, grid: [Int], fields: [String]) throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(["convert", Self.sample(file), "-o", "out.nc", "--json"] + options, in: folder.url)
        #expect(result.status == 0, "\(result.errors)")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(object["layout"] as? String == layout && object["samples"] as? Int == samples)
        #expect(object["grid"] as? [Int] == grid && object["fields"] as? [String] == fields)
        let check = try Program.run(["check", "out.nc"], in: folder.url)
        #expect(check.status == 0, "\(check.output)")
    }

    @Test func theWellWithItsBoundaries() throws {
        let folder = try TemporaryFolder()
        let result = try Program.run(["convert", Self.sample("the_well.hdf5"), "-o", "well.nc", "--title", "A tiny flow"], in: folder.url)
        #expect(result.status == 0, "\(result.errors)")
        let words = result.output.split { $0.isWhitespace }.joined(separator: " ")
        for text in ["title A tiny flow", "boundary x periodic", "boundary y wall", "velocity_x state", "strain_yx state"] {
            #expect(words.contains(text), "\(text) in \(result.output)")
        }
    }

    @Test(
        arguments: [
            (["pdebench_groups.h5"], "does not say which boundary axis x has; give one of periodic, dirichlet"),
            (["pdebench_groups.h5", "--boundary", "x=periodic"], "does not say which boundary axis y has"),
            (["pdebench_groups.h5", "--boundary", "round"], "--boundary is \"round\"; allowed: one of periodic, dirichlet"),
            (["pdebench_1d.hdf5", "--boundary", "z=wall"], "boundary of axis z: found no such axis, expected one of x"),
            (["pdebench_1d.hdf5", "--samples", "1:9"], "samples: found 3, expected more: the range 1:9 is asked for"),
            (["pdebench_1d.hdf5", "--samples", "3:1"], "--samples is \"3:1\"; allowed: FIRST:END"),
            (["pdebench_1d.hdf5", "--from", "fno"], "pdebench_1d.hdf5: cannot be converted: neither 'coeff' and 'sol' nor 'a' and 'u'"),
            (["pdebench_1d.hdf5", "--from", "matlab"], "--from is \"matlab\"; allowed: pdebench, the-well, fno"),
            (["pdebench_1d.hdf5", "--precision", "half"], "--precision is \"half\"; allowed: float32, float64"),
            (["nothing.h5"], "nothing.h5: no such file"), (["../PythonTests.swift"], "neither a NetCDF nor an HDF5 signature"),
        ])
    func refusals(arguments: [String], message: String) throws {
        let folder = try TemporaryFolder()
        let options = ["convert", Self.sample(arguments[0]), "-o", "out.nc"] + arguments.dropFirst()
        let result = try Program.run(options, in: folder.url)
        #expect(result.status == 2 && result.output.isEmpty && result.errors.contains(message), "\(result.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == [])
    }

    /// Files of other formats that carry the usual endings.
    @Test func matlabFileOfVersionFive() throws {
        let folder = try TemporaryFolder()
        _ = try folder.write("MATLAB 5.0 MAT-file, Platform: GLNXA64".padding(toLength: 200, withPad: " ", startingAt: 0), to: "x.mat")
        let result = try Program.run(["convert", "x.mat", "-o", "out.nc"], in: folder.url)
        #expect(result.status == 2 && result.errors.contains("x.mat: cannot be read as NetCDF (a MATLAB file of version 5; save it in"))
    }
}
