import Foundation
import Metrics
import Tensors
import Testing

/// Values checked by hand on a field of six points.
@Suite struct MetricTests {
    /// `u` and `p` on 2 x 3 points; `e = p - u = [1, 0, 0; 0, -2, 0]`.
    let truth = Tensor<Double>([2, 3], [1, 2, 3, 4, 5, 6])
    let prediction = Tensor<Double>([2, 3], [2, 2, 3, 4, 3, 6])
    let box = FieldGeometry(shape: [2, 3], spacing: [0.5, 1], periodic: [false, false])
    let weighted = FieldGeometry(
        shape: [2, 3], spacing: nil, periodic: [false, false], weights: Tensor([2, 3], [4, 1, 1, 1, 1, 2]))

    /// Squares of the expected values, so that every one is a short fraction.
    static let squares: [(String, Double)] = [
        ("relative-l2", 5.0 / 91), ("relative-l1", 9.0 / 441), ("max", 4.0), ("relative-max", 4.0 / 36), ("rmse", 5.0 / 6), ("mae", 0.25),
        ("nrmse", 5.0 / 91), ("vrmse", 5.0 / (17.5 + 6e-7)), ("conserved", 1.0 / 36), ("relative-conserved", 1.0 / 441),
        // Faces of y: all 6 points (sum of e^2 is 5); faces of x: points 1, 3, 4, 6 (sum of e^2 is 1).
        ("boundary-rmse", 6.0 / 10),
        // sum p u = 82, n <p> <u> = 70; sums of squared deviations 17.5 and 78 - 400 / 6.
        ("pearson", 144.0 / (17.5 * (78.0 - 400.0 / 6.0))),
    ]

    @Test("hand-checked values", arguments: squares)
    func handChecked(name: String, square: Double) throws {
        let metric = try Metric.named(name)
        let value = try metric.value(prediction: prediction, truth: truth, on: box)
        #expect(abs(value * value - square) < 1e-14)
        let single = try metric.value(prediction: prediction.cast(to: Float.self), truth: truth.cast(to: Float.self), on: box)
        #expect(single == value, "small whole numbers are exact in Float32, and sums are in Float64")
    }

    static let weightedSquares: [(String, Double)] = [
        ("relative-l2", 8.0 / 130), ("relative-l1", 36.0 / 900), ("rmse", 0.8), ("mae", 0.36), ("nrmse", 5.0 / 91), ("conserved", 0.04),
        ("relative-conserved", 4.0 / 900), ("max", 4.0),
    ]

    @Test("quadrature weights", arguments: weightedSquares)
    func weights(name: String, square: Double) throws {
        let value = try Metric.named(name).value(prediction: prediction, truth: truth, on: weighted)
        #expect(abs(value * value - square) < 1e-14)
    }

    @Test("relative H1 of a linear error, exact for second-order differences")
    func relativeH1() throws {
        let geometry = FieldGeometry(shape: [4, 5], spacing: [0.5, 0.25], periodic: [false, false])
        var truth = Tensor<Double>([4, 5])
        var prediction = Tensor<Double>([4, 5])
        var (errorSum, truthSum) = (0.0, 0.0)
        for j in 0..<4 {
            for i in 0..<5 {
                let (y, x) = (0.5 * Double(j), 0.25 * Double(i))
                // u = x^2 + 3 y: quadratics are differentiated exactly, also at the ends.
                truth[j, i] = x * x + 3 * y
                prediction[j, i] = truth[j, i] + x * y
                truthSum += truth[j, i] * truth[j, i] + 4 * x * x + 9
                errorSum += x * y * x * y + y * y + x * x
            }
        }
        let value = try Metric.relativeH1.value(prediction: prediction, truth: truth, on: geometry)
        #expect(abs(value - (errorSum / truthSum).squareRoot()) < 1e-13)
    }

    @Test("relative H1 of a wave on a periodic line has the central difference's modified wavenumber")
    func relativeH1Periodic() throws {
        let n = 16
        let geometry = FieldGeometry.periodicBox([n], length: 2 * .pi)
        let truth = Tensor<Double>([n], (0..<n).map { sin(2 * .pi * Double($0) / Double(n)) })
        let error = (0..<n).map { 0.1 * sin(2 * .pi * 3 * Double($0) / Double(n)) }
        let prediction = Tensor<Double>([n], zip(truth.scalars, error).map { $0 + $1 })
        let h = 2 * Double.pi / Double(n)
        func squared(_ k: Double) -> Double { 1 + (sin(k * h) / h) * (sin(k * h) / h) }
        let value = try Metric.relativeH1.value(prediction: prediction, truth: truth, on: geometry)
        #expect(abs(value - 0.1 * (squared(3) / squared(1)).squareRoot()) < 1e-13)
    }

    @Test("ratio of norms and mean of ratios differ as they should")
    func aggregations() {
        let terms = [Metric.Terms(1, 4), Metric.Terms(9, 9)]
        #expect(Metric.relativeL2.value(of: terms, by: .mean) == 0.75)
        #expect(Metric.relativeL2.value(of: terms, by: .pooled) == (10.0 / 13).squareRoot())
        #expect(Metric.relativeMaximum.value(of: terms, by: .pooled) == 1)
        #expect(Metric.conserved.value(of: [Metric.Terms(1, 1), Metric.Terms(9, 1)], by: .pooled) == 5.0.squareRoot())
        #expect(Metric.pearson.aggregations == [.mean])
    }

    @Test("an overflowed prediction is infinitely wrong; a truth that is not finite is an error")
    func notFinite() throws {
        var broken = prediction
        broken[1, 1] = .nan
        for metric in Metric.all where metric.comparesFields && metric.isDefined(on: box) {
            let value = try metric.value(prediction: broken, truth: truth, on: box)
            #expect(value == (metric.best == 0 ? .infinity : 0), "\(metric.name)")
        }
        #expect(throws: MetricError.truthNotFinite(metric: "relative-l2", index: 4, value: "nan")) {
            try Metric.relativeL2.value(prediction: prediction, truth: broken, on: box)
        }
    }

    @Test("a truth that vanishes")
    func zeroTruth() throws {
        let zero = Tensor<Double>([2, 3])
        #expect(try Metric.relativeL2.value(prediction: zero, truth: zero, on: box) == 0)
        #expect(try Metric.relativeL2.value(prediction: prediction, truth: zero, on: box) == .infinity)
        #expect(try Metric.pearson.value(prediction: prediction, truth: zero, on: box) == 0)
    }

    @Test("needs are checked and named")
    func needs() throws {
        #expect(throws: MetricError.notDefined(metric: "relative-h1", needs: "a uniform grid")) {
            try Metric.relativeH1.value(prediction: prediction, truth: truth, on: weighted)
        }
        #expect(throws: MetricError.notDefined(metric: "boundary-rmse", needs: "an axis that is not periodic")) {
            try Metric.boundaryRMSE.value(prediction: prediction, truth: truth, on: .periodicBox([2, 3]))
        }
        #expect(!Metric.relativeH1.isDefined(on: weighted))
    }
}

/// Properties that hold for every metric of the table.
@Suite struct MetricTableTests {
    /// A geometry on which every metric is defined: periodic, but boundary metrics get a walled one.
    func geometry(for metric: Metric) -> FieldGeometry {
        metric.needs.contains(.boundary)
            ? FieldGeometry(shape: [32, 28], spacing: [1.0 / 32, 1.0 / 28], periodic: [false, true])
            : .periodicBox([32, 28])
    }

    let truth = Tensor<Double>([32, 28], Philox(seed: 1, stream: 0).normals(896))
    let noise = Tensor<Double>([32, 28], Philox(seed: 1, stream: 1).normals(896))

    func value(_ metric: Metric, errorTimes factor: Double, scale: Double) throws -> Double {
        let geometry = geometry(for: metric)
        let truth = Tensor<Double>([32, 28], truth.scalars.map { scale * $0 })
        let prediction = Tensor<Double>([32, 28], zip(truth.scalars, noise.scalars).map { $0 + scale * factor * $1 })
        guard metric.comparesFields else {
            return try metric.value(predictions: [prediction, prediction], truths: [truth, truth], times: [1, 2], on: geometry)
        }
        return try metric.value(prediction: prediction, truth: truth, on: geometry)
    }

    @Test("a perfect prediction has the best value", arguments: Metric.all)
    func perfect(metric: Metric) throws {
        let value = try value(metric, errorTimes: 0, scale: 1)
        if metric.comparesFields { #expect(abs(value - metric.best) < 1e-14) } else { #expect(value == 2) }
    }

    @Test("an error is proportional to the error; a pure number does not change with the unit", arguments: Metric.all)
    func scaling(metric: Metric) throws {
        let one = try value(metric, errorTimes: 0.25, scale: 1)
        if metric.best == 0 {
            #expect(one > 0)
            // A distance of spectra is not linear in the error.
            let twice = try value(metric, errorTimes: 0.5, scale: 1)
            if metric.name == "log-spectral-distance" { #expect(twice > one) } else { #expect(abs(twice / one - 2) < 1e-12) }
        }
        // The published guard of VRMSE has a unit, so it changes by 1e-7 relative.
        let tolerance = metric.name == "vrmse" ? 1e-6 : 1e-12
        #expect(abs(try value(metric, errorTimes: 0.25, scale: 4) / one - (metric.unit == .field ? 4 : 1)) < tolerance)
    }

    @Test("names are unique and definitions complete")
    func table() throws {
        #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
        for metric in Metric.all {
            #expect(!metric.formula.isEmpty && !metric.source.isEmpty && !metric.title.isEmpty && !metric.needs.text.isEmpty)
            #expect(try Metric.named(metric.name).name == metric.name)
        }
        #expect {
            try Metric.named("relative-l3")
        } throws: { error in
            guard case MetricError.unknown("relative-l3", let nearest, _) = error else { return false }
            return nearest == "relative-l2" || nearest == "relative-l1"
        }
    }
}

extension Metric: CustomTestStringConvertible {
    /// The name.
    public var testDescription: String { name }
}
