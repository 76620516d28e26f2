import Foundation
import Plots
import Tensors

/// Figures of made-up data, as close to real ones as formulas get.
enum Samples {
    static func field(_ n: Int, _ m: Int, _ f: (_ x: Double, _ y: Double) -> Double) -> Tensor<Double> {
        Tensor([n, m], (0..<(n * m)).map { f((Double($0 % m) + 0.5) / Double(m), (Double($0 / m) + 0.5) / Double(n)) })
    }

    /// A smooth random field: a few waves with random phases.
    static func waves(_ n: Int, _ m: Int, seed: UInt64, amplitude: Double = 1) -> Tensor<Double> {
        let generator = Philox(seed: seed, stream: 77)
        let modes = (0..<24).map { index in
            (
                kx: Double(index % 5 + 1), ky: Double(index / 5 - 2), phase: 2 * Double.pi * generator.uniform(at: 2 * index),
                size: generator.normal(at: 2 * index + 1) / Double(1 + index % 5 + index / 5)
            )
        }
        return field(n, m) { x, y in amplitude * modes.reduce(0) { $0 + $1.size * cos(2 * .pi * ($1.kx * x + $1.ky * y) + $1.phase) } }
    }

    static func sum(_ a: Tensor<Double>, _ b: Tensor<Double>, _ factor: Double = 1) -> Tensor<Double> {
        Tensor(a.shape, zip(a.scalars, b.scalars).map { $0 + factor * $1 })
    }

    static var darcy: FieldPanels {
        let rows = ["worst: sample 17", "median: sample 142", "best: sample 3"].enumerated().map { index, name in
            let raw = waves(64, 64, seed: UInt64(index + 1))
            let input = Tensor<Double>([64, 64], raw.scalars.map { $0 > 0 ? 12 : 3 })
            let bump = field(64, 64) { x, y in 0.012 * sin(.pi * x) * sin(.pi * y) }
            let truth = Tensor<Double>([64, 64], zip(bump.scalars, raw.scalars).map { $0 * (1 - 0.2 * $1) })
            let prediction = sum(truth, waves(64, 64, seed: UInt64(index + 9)), 2e-4 / Double(index + 1))
            return FieldPanels.Row(
                title: "\(name), relative L² error \(["0.0312", "0.0147", "0.00621"][index])", input: input, truth: truth,
                prediction: prediction)
        }
        return FieldPanels(
            rows: rows, grid: .rectangular(0...1, 0...1, x: Quantity("x", unit: "m"), y: Quantity("y", unit: "m")),
            input: Quantity("permeability a", unit: "m²"), output: Quantity("pressure u", unit: "Pa"), title: "Darcy flow, FNO, test set")
    }

    static var vorticity: FieldPanels {
        let rows = (0..<2).map { index in
            let truth = waves(96, 192, seed: UInt64(index + 31), amplitude: 3)
            return FieldPanels.Row(
                title: index == 0 ? "worst: sample 4, relative L² error 0.113" : "best: sample 9, relative L² error 0.0402", truth: truth,
                prediction: sum(truth, waves(96, 192, seed: UInt64(index + 41)), 0.2 / Double(index + 1)))
        }
        return FieldPanels(
            rows: rows, grid: .rectangular(0...(4 * .pi), 0...(2 * .pi)), input: Quantity("none"),
            output: Quantity("vorticity", unit: "s⁻¹"))
    }

    /// Flow round an ellipse on a polar grid.
    static var airfoil: FieldPanels {
        let (nj, ni) = (51, 221)
        func node(_ index: Int) -> (r: Double, angle: Double) {
            (0.5 * pow(40, Double(index / ni) / Double(nj - 1)), 2 * .pi * Double(index % ni) / Double(ni - 1))
        }
        let polar = (0..<(nj * ni)).map(node)
        let xs = Tensor<Double>([nj, ni], polar.map { 0.5 + $0.r * cos($0.angle) })
        let ys = Tensor<Double>([nj, ni], polar.map { ($0.r - 0.5 * 0.88 * 0.5 / $0.r) * sin($0.angle) })
        let truth = Tensor<Double>(
            [nj, ni], polar.map { 0.8 + 0.25 * (0.25 / ($0.r * $0.r)) * (1 - 3 * cos(2 * $0.angle)) + 0.1 * sin($0.angle) / $0.r })
        let prediction = Tensor<Double>([nj, ni], zip(truth.scalars, polar).map { $0 + 0.01 * sin(9 * $1.angle) * exp(-$1.r) })
        return FieldPanels(
            rows: [FieldPanels.Row(title: "median: sample 8, relative L² error 0.0102", truth: truth, prediction: prediction)],
            grid: .curvilinear(
                xs: xs, ys: ys, window: (-0.5...1.5, -0.9...0.9), x: Quantity("x", unit: "chord"), y: Quantity("y", unit: "chord")),
            input: Quantity("shape"), output: Quantity("Mach number"))
    }

    static var training: TrainingCurves {
        let epochs = (0...100).map(Double.init)
        let noise = Philox(seed: 3, stream: 3).normals(101)
        let training = epochs.map { 0.9 * exp(-$0 / 12) + 0.008 * exp(-$0 / 60) + 0.004 }
        let validation = epochs.indices.map { training[$0] * (1.25 + 0.08 * noise[$0]) + 0.002 }
        let rate = epochs.map { 1e-3 * ($0 < 30 ? 0.04 + 0.96 * $0 / 30 : 1e-4 + 0.5 * (1 + cos(.pi * ($0 - 30) / 70))) }
        return TrainingCurves(
            epochs: epochs, training: training, validationEpochs: epochs, validation: validation, learningRate: rate,
            loss: Quantity("relative L² loss"), title: "Darcy flow, FNO: training")
    }

    static var pareto: ParetoFigure {
        let solver = [16, 32, 64, 128, 256].map { n in
            let error = 0.9 * pow(Double(n), -1.45)
            return ParetoFigure.Point(cost: 2e-7 * pow(Double(n), 2.1), error: error, interval: 0.85 * error...1.2 * error, label: "\(n)²")
        }
        let operators = [
            ParetoFigure.Point(cost: 1.3e-3, error: 0.0061, interval: 0.0056...0.0067, label: "width 32"),
            ParetoFigure.Point(cost: 4.5e-4, error: 0.0123, interval: 0.011...0.0135, label: "width 16"),
        ]
        return ParetoFigure(
            methods: [
                ParetoFigure.Method(name: "finite volumes, multigrid CG", points: solver, isOperator: false),
                ParetoFigure.Method(name: "FNO", points: operators, isOperator: true),
            ], cost: Quantity("time per solve", unit: "s"), error: Quantity("relative L² error"), referenceError: 2e-4,
            verdict:
                "At equal error (0.0061) the solver is 2.9 (2.6 to 3.3) times faster than the operator on 2 threads of the same machine.")
    }

    static let all: [(name: String, figure: any Figure)] = [
        ("darcy", darcy), ("vorticity", vorticity), ("airfoil", airfoil), ("training", training), ("pareto", pareto),
    ]
}
