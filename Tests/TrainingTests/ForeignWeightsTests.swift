import Foundation
import NeuralOperators
import Testing
import Training

/// Weights, inputs, outputs and gradients of official implementations, each with the layout it is read by.
private let fixtures: [(name: String, layout: String)] = [
    ("fno1d_original", "original-fno"), ("fno2d_original", "original-fno"), ("fno2d_original_odd_padded", "original-fno"),
    ("fno3d_original", "original-fno"), ("fno1d_neuralop", "neuraloperator"), ("fno2d_neuralop", "neuraloperator"),
    ("fno2d_airs", "airs-fno"), ("gfno2d_p4", "airs-gfno"), ("gfno2d_p4m", "airs-gfno"), ("deeponet_relu", "deepxde"),
    ("deeponet_gelu", "deepxde"), ("mgno_ns", "mgno-ns"), ("mgno_dc", "mgno-dc"), ("sinenet_zeros", "airs-sinenet"),
    ("sinenet_circular", "airs-sinenet"), ("unetmod_small", "pdearena-unet"), ("gfno3d_p4", "airs-gfno"), ("gfno3d_p4m", "airs-gfno"),
    ("ghybrid2d_p4", "airs-gfno"), ("ghybrid2d_p4m", "airs-gfno"), ("deeponet_independent", "deepxde"),
    ("deeponet_split_both", "deepxde"), ("deeponet_split_branch", "deepxde"), ("deeponet_split_trunk", "deepxde"),
    ("deeponet_unaligned", "deepxde"), ("mgno_dc_smooth", "mgno-dc"), ("mgno_helm", "mgno-helm"),
]

@Suite struct ForeignWeightsTests {
    @Test("output and every gradient agree with the official implementation", arguments: fixtures.map(\.name))
    func agreement(_ name: String) throws {
        let fixture = try #require(fixtures.first { $0.name == name })
        let layout = try #require(ForeignLayouts.named(fixture.layout))
        let path = try #require(Bundle.module.path(forResource: "Fixtures/\(name)", ofType: "safetensors"))
        let weights = try ForeignWeights(
            path: path, layout: layout, configurationPath: path.replacingOccurrences(of: ".safetensors", with: ".json"))
        let agreement = try weights.check()
        #expect(agreement.passed, "\(agreement)")
    }

    /// More weights of official implementations than the package carries: `EDDY_FOREIGN_WEIGHTS` names a folder with a folder for each layout.
    @Test(
        "weights of a folder agree with the official implementation",
        .enabled(if: ProcessInfo.processInfo.environment["EDDY_FOREIGN_WEIGHTS"] != nil))
    func folder() throws {
        let root = try #require(ProcessInfo.processInfo.environment["EDDY_FOREIGN_WEIGHTS"])
        var count = 0
        for layout in ForeignLayouts.all {
            for name in ((try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(layout.name)")) ?? []).sorted()
            where name.hasSuffix(".safetensors") {
                let path = "\(root)/\(layout.name)/\(name)"
                let configuration = path.replacingOccurrences(of: ".safetensors", with: ".json")
                do {
                    let agreement = try ForeignWeights(path: path, layout: layout, configurationPath: configuration).check()
                    #expect(agreement.passed, "\(path): \(agreement)")
                } catch {
                    Issue.record("\(path): \(error)")
                }
                count += 1
            }
        }
        #expect(count > 0, "no weights in \(root)")
    }

    @Test("a layout that does not fit is rejected with the arrays that are wrong")
    func wrongLayout() throws {
        let path = try #require(Bundle.module.path(forResource: "Fixtures/mgno_dc", ofType: "safetensors"))
        #expect(throws: (any Error).self) {
            try ForeignWeights(
                path: path, layout: try #require(ForeignLayouts.named("original-fno")),
                configurationPath: path.replacingOccurrences(of: ".safetensors", with: ".json"))
        }
    }

    @Test func layoutNamesAreUnique() {
        #expect(Set(ForeignLayouts.all.map { $0.name }).count == ForeignLayouts.all.count)
    }
}
