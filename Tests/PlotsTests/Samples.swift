import Foundation
import Metrics
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

    static var leadTime: LeadTimeFigure {
        let times = (1...20).map { 0.5 * Double($0) }
        func errors(_ rate: Double, _ start: Double) -> [[Double]] {
            (0..<60).map { sample in
                let z = Philox(seed: 6, stream: UInt64(sample)).normal(at: 0)
                return times.map { min(1.2, start * exp(rate * $0 + 0.35 * z * (0.5 + 0.05 * $0))) }
            }
        }
        return LeadTimeFigure(
            times: times,
            curves: [
                LeadTimeFigure.Curve(name: "FNO, width 32", errors: errors(0.32, 0.01)),
                LeadTimeFigure.Curve(name: "U-Net", errors: errors(0.4, 0.015)),
            ], time: Quantity("lead time", unit: "s"), error: Quantity("relative L² error"),
            title: "Rollout error, bands: 10 % to 90 % of samples")
    }

    static var spectrum: SpectrumFigure {
        let n = 128
        let generator = Philox(seed: 12, stream: 0)
        let geometry = FieldGeometry.periodicBox([n, n], length: 2 * .pi)
        // A field with a k^-3 energy spectrum made of many waves, and a prediction that has lost the small scales.
        let ks = (1...60).map(Double.init)
        func curve(_ name: String, _ damping: Double) -> SpectrumFigure.Curve {
            SpectrumFigure.Curve(
                name: name, wavenumbers: ks,
                values: ks.map { pow($0, -3) * (1 + 0.15 * generator.normal(at: Int($0))) * exp(-damping * pow($0 / 30, 4)) })
        }
        let wave = field(n, n) { x, y in 0.02 * cos(2 * .pi * (3 * x + 2 * y)) }
        let error = Spectrum.energy(vorticity: sum(wave, waves(n, n, seed: 8, amplitude: 0.01)), on: geometry)
        return SpectrumFigure(
            curves: [curve("truth", 0), curve("prediction", 1.5), SpectrumFigure.Curve(name: "error", error)],
            wavenumber: Quantity("wavenumber", unit: "m⁻¹"), quantity: Quantity("energy in ring", unit: "m² s⁻²"), slope: -3,
            title: "Decaying turbulence at t = 10 s")
    }

    static var scatter: ScatterFigure {
        let truth = Philox(seed: 9, stream: 1).normals(200).map { 0.4 + 0.25 * $0 }
        let noise = Philox(seed: 9, stream: 2).normals(200)
        return ScatterFigure(
            truth: truth, prediction: zip(truth, noise).map { 0.98 * $0 + 0.02 * $1 }, quantity: Quantity("lift coefficient"),
            title: "Airfoils: Spearman correlation 0.993")
    }

    static var histogram: ErrorHistogram {
        ErrorHistogram(
            errors: Philox(seed: 2, stream: 2).normals(200).map { 0.012 * exp(0.5 * $0) }, quantity: Quantity("relative L² error"),
            title: "Darcy flow, 200 test samples")
    }

    static var convergence: ConvergenceFigure {
        let h = [0.1, 0.05, 0.025, 0.0125, 0.00625]
        return ConvergenceFigure(
            curves: [
                ConvergenceFigure.Curve(name: "ETDRK4", order: ConvergenceOrder(spacings: h, errors: h.map { 8 * pow($0, 4) * (1 + $0) })),
                ConvergenceFigure.Curve(
                    name: "CNAB2", order: ConvergenceOrder(spacings: h, errors: h.map { 0.6 * pow($0, 2) * (1 + 2 * $0) })),
            ], spacing: Quantity("time step", unit: "s"), error: Quantity("maximum error", unit: "m s⁻¹"), slopes: [2, 4],
            title: "Burgers equation: order in time")
    }

    static var lines: LinePanels {
        let x = (0..<256).map { Double($0) / 256 }
        let rows = (0..<3).map { index in
            let shift = Double(index) * 0.2
            let input = x.map { sin(2 * .pi * ($0 + shift)) + 0.4 * sin(4 * .pi * $0 + Double(index)) }
            let truth = x.map { 0.9 * tanh(6 * sin(2 * .pi * ($0 + shift))) * (0.6 + 0.2 * cos(2 * .pi * $0)) }
            let prediction = x.indices.map { truth[$0] + 0.02 / Double(index + 1) * sin(40 * x[$0]) * exp(-20 * pow(x[$0] - 0.5, 2)) }
            return LinePanels.Row(
                title:
                    "\(["worst: sample 12", "median: sample 3", "best: sample 77"][index]), relative L² error \([0.021, 0.0102, 0.0068][index])",
                input: input, truth: truth, prediction: prediction)
        }
        return LinePanels(
            rows: rows, positions: x, position: Quantity("x", unit: "m"), output: Quantity("velocity u", unit: "m s⁻¹"),
            title: "Burgers equation, FNO, test set")
    }

    static var animation: FieldAnimation {
        let times = (0..<8).map { 0.25 * Double($0) }
        func frame(_ t: Double, _ speed: Double) -> Tensor<Double> {
            field(48, 48) { x, y in sin(2 * .pi * (x - speed * t)) * cos(2 * .pi * (y + 0.2 * t)) }
        }
        return FieldAnimation(
            truth: times.map { frame($0, 0.3) }, prediction: times.map { frame($0, 0.31) }, times: times, grid: .rectangular(0...1, 0...1),
            quantity: Quantity("vorticity", unit: "s⁻¹"), time: Quantity("t", unit: "s"), title: "Advected vortices")
    }

    static var series: FieldAnimation {
        let times = (0..<5).map(Double.init)
        return FieldAnimation(
            truth: times.map { t in field(40, 80) { x, y in exp(-20 * (pow(x - 0.1 - 0.15 * t, 2) + pow(y - 0.5, 2))) } }, times: times,
            grid: .rectangular(0...2, 0...1, x: Quantity("x", unit: "m"), y: Quantity("y", unit: "m")),
            quantity: Quantity("density", unit: "kg m⁻³"))
    }

    static var pressure: SurfacePressureFigure {
        let angles = (0...240).map { 2 * Double.pi * Double($0) / 240 }
        let x = angles.map { 0.5 + 0.5 * cos($0) }
        func coefficient(_ shock: Double) -> [Double] {
            zip(angles, x).map { angle, x in
                angle < .pi
                    ? (x > shock ? 0.3 - 0.4 * (1 - x) : -1.1 * pow(x + 0.01, 0.12)) + 1.6 * exp(-60 * x)
                    : 0.2 - 0.6 * sin(.pi * x) * (1 - x) + 0.8 * exp(-60 * x)
            }
        }
        return SurfacePressureFigure(
            curves: [
                SurfacePressureFigure.Curve(name: "truth", x: x, coefficient: coefficient(0.6)),
                SurfacePressureFigure.Curve(name: "prediction", x: x, coefficient: coefficient(0.585)),
            ], critical: -0.43, title: "Mach 0.8, 1.25 degrees")
    }

    /// A long and a tall domain, large numbers.
    static var pipe: FieldPanels {
        let truth = field(32, 320) { x, y in 2e5 + 4e4 * (1 - x) * sin(.pi * y) }
        let row = FieldPanels.Row(
            title: "median: sample 5, relative L² error 0.0021", input: field(32, 320) { x, _ in 1 + 0.1 * sin(9 * x) }, truth: truth,
            prediction: sum(truth, waves(32, 320, seed: 3), 300))
        return FieldPanels(
            rows: [row, row], grid: .rectangular(0...8, 0...1, x: Quantity("x", unit: "m"), y: Quantity("y", unit: "m")),
            input: Quantity("wall", unit: "m"), output: Quantity("pressure", unit: "Pa"), title: "A long pipe")
    }

    static var column: FieldPanels {
        let truth = field(160, 40) { x, y in exp(-8 * y) * (1 + 0.2 * sin(6 * x)) }
        return FieldPanels(
            rows: [FieldPanels.Row(title: "sample 1: error 0.01", input: truth, truth: truth, prediction: truth)],
            grid: .rectangular(-0.5...0.5, 0...4), input: Quantity("a"), output: Quantity("concentration", unit: "mol m⁻³"))
    }

    static var shortTraining: TrainingCurves {
        TrainingCurves(epochs: [1, 2, 3], training: [0.51, 0.42, 0.39], loss: Quantity("relative L² loss"))
    }

    static var operatorWins: ParetoFigure {
        ParetoFigure(
            methods: [
                ParetoFigure.Method(
                    name: "pseudo-spectral, ETDRK4",
                    points: [
                        ParetoFigure.Point(cost: 0.4, error: 0.05, label: "64²"),
                        ParetoFigure.Point(cost: 3.5, error: 0.004, label: "128²"),
                    ],
                    isOperator: false),
                ParetoFigure.Method(name: "FNO", points: [ParetoFigure.Point(cost: 0.01, error: 0.02, label: "")], isOperator: true),
            ], cost: Quantity("time per solve", unit: "s"), error: Quantity("relative L² error"),
            verdict: "The operator is 110 times faster at equal error.")
    }

    static let all: [(name: String, figure: any Figure)] = [
        ("darcy", darcy), ("vorticity", vorticity), ("airfoil", airfoil), ("training", training), ("pareto", pareto),
        ("lead-time", leadTime),
        ("spectrum", spectrum), ("scatter", scatter), ("histogram", histogram), ("convergence", convergence), ("lines", lines),
        ("animation", animation), ("series", series), ("pressure", pressure), ("pipe", pipe), ("column", column),
        ("short-training", shortTraining), ("operator-wins", operatorWins),
    ]
}
