import Datasets
import Metrics
import Plots
import Solvers
import Tensors
import Training

extension RunFigures {
    /// Pressure along the surface of the test airfoil of median drag error, true and predicted; nil unless the operator predicts the pressure
    /// round airfoils.
    func surfacePressure(_ workers: Workers) throws -> (any Figure)? {
        let description = run.model.description
        guard let airfoil = try run.content.makeProblem().quantitiesOfInterest as? AirfoilQuantities,
            let channel = description.stateFields.firstIndex(of: "pressure")
        else { return nil }
        let data = try DatasetFile(run.data("test"))
        let reading = SampleReading(description)
        var found: [(sample: Int, surface: AirfoilSurface, truth: [Double], prediction: [Double])] = []
        for start in stride(from: 0, to: data.sampleCount, by: 32) {
            let indices = Array(start..<min(start + 32, data.sampleCount))
            let prediction = try run.model.forecast(try reading.samples(of: data, indices), workers: workers)
            let stored: Tensor<Double> = try data.read(samples: indices, fields: ["x", "y", "pressure"], as: Double.self)
            for (number, sample) in indices.enumerated() {
                let surface = airfoil.surface([
                    "x": stored.field(sample: number, channel: 0), "y": stored.field(sample: number, channel: 1),
                ])
                found.append(
                    (
                        sample, surface, surface.pressureCoefficient(stored.field(sample: number, channel: 2)),
                        surface.pressureCoefficient(prediction.field(sample: number, channel: channel).cast(to: Double.self))
                    ))
            }
        }
        func drags(_ entry: (sample: Int, surface: AirfoilSurface, truth: [Double], prediction: [Double])) -> (Double, Double) {
            (entry.surface.forces(pressureCoefficient: entry.truth).drag, entry.surface.forces(pressureCoefficient: entry.prediction).drag)
        }
        let order = found.sorted { one, other in
            let (a, b) = (drags(one), drags(other))
            return abs(a.1 - a.0) < abs(b.1 - b.0)
        }
        guard !order.isEmpty else { return nil }
        let median = order[order.count / 2]
        let (truth, prediction) = drags(median)
        return SurfacePressureFigure(
            curves: [
                .init(name: "solver", x: median.surface.x, coefficient: median.truth),
                .init(name: description.architecture, x: median.surface.x, coefficient: median.prediction),
            ], critical: median.surface.criticalPressureCoefficient,
            title:
                "sample \(median.sample), median error of drag: C_D \(Format.significant(truth)), predicted \(Format.significant(prediction))"
        )
    }
}
