import Cases
import Datasets
import Foundation
import Tensors
import Testing

/// Lift, drag and shocks in the evaluation of a run, from data to table.
@Suite struct AirfoilEvaluationTests {
    private static func text(_ target: String) -> String {
        """
        title = "airfoil"
        seed = 9
        [equation]
        name = "airfoil"
        target = "\(target)"
        [dataset]
        resolution = [17, 67]
        train = 4
        valid = 2
        test = 4
        checked = 0
        [operator]
        name = "fno"
        modes = [4, 6]
        width = 6
        layers = 2
        [training]
        epochs = 1
        batch = 4
        """
    }

    private func evaluate(_ target: String) throws -> (Evaluation.Result, [Double], [Double]) {
        try RolloutTests.withData(Self.text(target)) { content, folder in
            let training = try OperatorTraining(content, data: folder + "/data", workers: Workers(threads: 2))
            _ = try training.run(folder: folder + "/run", resume: false, command: ["test"])
            try Run.record(dataFolder: folder + "/data", in: folder + "/run")
            let result = try Evaluation(Run(folder + "/run"), workers: Workers(threads: 2)).evaluate()
            let file = try DatasetFile(folder + "/data/test.nc")
            let numbers: Tensor<Double> = try file.readNumbers(samples: [0, 1, 2, 3], fields: ["lift", "drag"], as: Double.self)
            return (result, (0..<4).map { numbers[$0, 0] }, (0..<4).map { numbers[$0, 1] })
        }
    }

    @Test func forcesFromThePressure() throws {
        let (result, lifts, drags) = try evaluate("mach-pressure")
        let quantities = try #require(result.quantities)
        #expect(quantities.map(\.name) == ["C_L", "C_D", "upper-shock", "lower-shock"])
        for (quantity, solver) in zip(quantities, [lifts, drags]) {
            #expect(quantity.samples == 4 && quantity.missed == 0 && quantity.invented == 0)
            // On this coarse grid nodes and faces differ by more than on the published one.
            for (stored, value) in zip(quantity.truth, solver) {
                let truth = try #require(stored)
                #expect(abs(truth - value) < 0.01, "\(quantity.name)")
            }
            let errors = zip(quantity.truth, quantity.prediction).map { abs($1! - $0!) }
            let mean = try #require(quantity.meanError)
            #expect(abs(mean - errors.reduce(0, +) / 4) < 1e-12 && quantity.largestError == errors.max())
            let rank = try #require(quantity.rankCorrelation)
            #expect(abs(rank) <= 1)
        }
        for quantity in quantities[2...] {
            #expect(quantity.truth.compactMap(\.self).allSatisfy { $0 > 0 && $0 < 1 })
            #expect(quantity.missed == zip(quantity.truth, quantity.prediction).count { $0 != nil && $1 == nil })
        }
        #expect(!result.warnings.contains { $0.contains("lift") })
    }

    @Test func theMachNumberAloneGivesNoForces() throws {
        let (result, _, _) = try evaluate("mach")
        #expect(result.quantities?.map(\.name) == ["upper-shock", "lower-shock"])
        #expect(result.warnings.contains { $0.contains("lift and drag need the pressure") && $0.contains("mach-pressure") })
    }
}
