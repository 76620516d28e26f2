import Autodiff
import Foundation
import NeuralOperators
import Tensors
import Training

/// One timed training problem: an operator, a batch, and the definition of a step that the comparison with other programs uses.
///
/// A step is forward, mean squared error against a random target, backward, and Adam with its default settings at a rate of 1e-3, in Float32 with the
/// input in memory. Inference is the forward pass of the same batch without gradients, once with what follows from the weights alone made anew, as other
/// programs do, and once with it kept from the inference before, as a `Model` does.
public struct OperatorBenchmark: Benchmark {
    /// Name on the command line.
    public let name: String
    /// What it is, one line.
    public let summary: String
    var configuration: any OperatorConfiguration
    var interface: OperatorInterface
    var batch: Int
    /// Whether activations inside layers are computed again in the backward pass.
    var recomputes = false
    /// Parts that a batch is cut into; nil for one for each thread and at least two, but not more than the operator's default.
    ///
    /// Four where that halves the memory and costs no time.
    var shards: Int?
    private let queries: Int?

    private init(
        _ name: String, _ summary: String, _ configuration: any OperatorConfiguration, batch: Int, grid: [Int], channels: Int,
        outputs: Int = 1, shards: Int? = nil, queries: Int? = nil
    ) {
        self.name = name
        self.summary = summary
        self.configuration = configuration
        self.batch = batch
        self.shards = shards
        self.queries = queries
        interface = OperatorInterface(inputChannels: channels, outputChannels: outputs, grid: grid)
    }

    /// All benchmarks; names and sizes are those of published tables.
    public static let all: [OperatorBenchmark] = [
        OperatorBenchmark(
            "fno1d-burgers", "FNO, 1024 points, width 64, 16 modes, batch 20",
            FNOConfiguration(modes: [16], width: 64, coordinates: .none), batch: 20, grid: [1024], channels: 2),
        OperatorBenchmark(
            "fno2d-darcy", "FNO, 64 x 64, width 32, 12 modes, batch 20", FNOConfiguration(coordinates: .none), batch: 20, grid: [64, 64],
            channels: 3),
        OperatorBenchmark(
            "fno2d-darcy85", "FNO, 85 x 85, width 32, 12 modes, batch 20", FNOConfiguration(coordinates: .none), batch: 20, grid: [85, 85],
            channels: 3),
        OperatorBenchmark(
            "fno2d-ns", "FNO, 64 x 64, width 20, 12 modes, batch 20", FNOConfiguration(width: 20, coordinates: .none), batch: 20,
            grid: [64, 64], channels: 12),
        OperatorBenchmark(
            "fno3d-ns", "FNO, 64 x 64 x 20, width 20, 8 modes, batch 4", FNOConfiguration(modes: [8, 8, 8], width: 20, coordinates: .none),
            batch: 4, grid: [64, 64, 20], channels: 13),
        OperatorBenchmark(
            "fno3d-128", "FNO, 128 x 128 x 128, width 20, 8 modes, batch 2",
            FNOConfiguration(modes: [8, 8, 8], width: 20, coordinates: .none), batch: 2, grid: [128, 128, 128], channels: 13),
        OperatorBenchmark(
            "neuraloperator-darcy", "FNO of neuraloperator, 64 x 64, width 32, 24 centred modes, batch 20",
            NeuraloperatorFNOConfiguration(),
            batch: 20, grid: [64, 64], channels: 1),
        OperatorBenchmark(
            "airs-fno-ns", "FNO of the G-FNO paper, 64 x 64, width 20, 12 modes, batch 20", AIRSFNOConfiguration(), batch: 20,
            grid: [64, 64], channels: 10),
        OperatorBenchmark(
            "ffno-ns", "F-FNO, 64 x 64, 24 layers, width 64, 16 modes, batch 4",
            FactorizedFNOConfiguration(modes: [16, 16], width: 64, layers: 24), batch: 4, grid: [64, 64], channels: 1),
        OperatorBenchmark(
            "gfno2d-p4", "G-FNO p4, 64 x 64, width 10, 12 modes, batch 20", GFNOConfiguration(), batch: 20, grid: [64, 64], channels: 10),
        OperatorBenchmark(
            "mgno-darcy64", "MgNO, 64 x 64, 24 channels, batch 8", MgNOConfiguration(), batch: 8, grid: [64, 64], channels: 1, shards: 4),
        OperatorBenchmark(
            "mgno-darcy128", "MgNO, 128 x 128, 24 channels, batch 8", MgNOConfiguration(), batch: 8, grid: [128, 128], channels: 1,
            shards: 4),
        OperatorBenchmark(
            "mgno-darcy256", "MgNO, 256 x 256, 24 channels, batch 8", MgNOConfiguration(), batch: 8, grid: [256, 256], channels: 1,
            shards: 4),
        OperatorBenchmark(
            "mgno-ns", "MgNO, 64 x 64 periodic, 32 channels, 5 layers, batch 20",
            MgNOConfiguration(
                layers: 5, channels: 32, levels: [1, 1, 1, 2, 2].map { .init(pre: $0) }, boundary: .circular, bypass: false, bias: true,
                normalisation: true, residual: true), batch: 20, grid: [64, 64], channels: 1, shards: 4),
        OperatorBenchmark(
            "sinenet8-64", "SineNet of 8 waves, 64 x 64, batch 4", SineNetConfiguration(), batch: 4, grid: [64, 64], channels: 12,
            outputs: 3),
        OperatorBenchmark(
            "sinenet8-128", "SineNet of 8 waves, 128 x 128, batch 4", SineNetConfiguration(), batch: 4, grid: [128, 128], channels: 12,
            outputs: 3),
        OperatorBenchmark(
            "unetbase64", "classic U-Net, 64 channels, 64 x 64, batch 8", ClassicUNetConfiguration(), batch: 8, grid: [64, 64],
            channels: 12, outputs: 3),
        OperatorBenchmark(
            "unetmod64", "modern U-Net, 64 channels, 64 x 64, batch 8", UNetConfiguration(), batch: 8, grid: [64, 64], channels: 12,
            outputs: 3),
        OperatorBenchmark(
            "dilated-resnet-64", "dilated ResNet, 64 channels, 64 x 64, batch 8", DilatedResNetConfiguration(width: 64), batch: 8,
            grid: [64, 64], channels: 12, outputs: 3),
        OperatorBenchmark(
            "deeponet-small", "DeepONet 100-40-40 and 1-40-40, 150 functions at 100 points",
            DeepONetConfiguration(branch: [40], trunk: [40], products: 40, activation: .relu), batch: 150, grid: [100], channels: 1,
            queries: 100),
        OperatorBenchmark(
            "deeponet-2d", "DeepONet 1024-128-128-128 and 2-128-128-128, 32 functions at 4096 points",
            DeepONetConfiguration(branch: [128, 128], trunk: [128, 128], products: 128), batch: 32, grid: [32, 32], channels: 1,
            queries: 4096),
    ]

    /// Columns of the table.
    public static let columns: [TextTable.Column] = [
        .init("benchmark"), .init("threads", .trailing), .init("weights", .trailing), .init("ms/step", .decimal), .init("quartiles"),
        .init("ms inference", .decimal), .init("derived kept", .decimal), .init("peak MB", .decimal), .init("Gflop", .decimal),
        .init("of SGEMM", .decimal),
    ]

    /// A row of it.
    public static func cells(_ result: Measurement) -> [String] {
        [
            result.name, "\(result.threads)", Format.count(result.params), Format.significant(result.stepMilliseconds),
            "\(Format.significant(result.lowerQuartile)) to \(Format.significant(result.upperQuartile))",
            Format.significant(result.inferenceMilliseconds), Format.significant(result.keptInferenceMilliseconds),
            Format.significant(result.peakMegabytes), Format.significant(result.gflop),
            Format.percent(result.fractionOfCeiling, 2),
        ]
    }

    /// What a run measures.
    public struct Measurement: Sendable, Codable {
        /// Name of the benchmark.
        public var name: String
        /// Threads used.
        public var threads: Int
        /// Points of the grid.
        public var grid: [Int]
        /// Samples in a step.
        public var batch: Int
        /// Real numbers in the weights.
        public var params: Int
        /// Median time of a training step in ms.
        public var stepMilliseconds: Double
        /// Lower quartile.
        public var lowerQuartile: Double
        /// Upper quartile.
        public var upperQuartile: Double
        /// Shortest step.
        public var shortest: Double
        /// Median time of the forward pass of the same batch in ms.
        public var inferenceMilliseconds: Double
        /// The same where what follows from the weights alone is kept from the pass before.
        public var keptInferenceMilliseconds: Double
        /// Largest resident memory of the process in MB.
        public var peakMegabytes: Double
        /// Floating-point operations of a step in matrix products, mode mixing and convolutions, in 1e9; transforms and pointwise work not counted.
        public var gflop: Double
        /// `gflop` per median time over the rate of a large SGEMM on the same threads, measured in the same run.
        public var fractionOfCeiling: Double
        /// Timed steps.
        public var steps: Int

        /// Names in the JSON lines.
        public enum CodingKeys: String, CodingKey {
            case name, threads, grid, batch, params, gflop, steps
            case stepMilliseconds = "ms_per_train_step"
            case lowerQuartile = "ms_train_q1"
            case upperQuartile = "ms_train_q3"
            case shortest = "ms_train_min"
            case inferenceMilliseconds = "ms_inference"
            case keptInferenceMilliseconds = "ms_inference_kept"
            case peakMegabytes = "peak_rss_mb"
            case fractionOfCeiling = "fraction_of_ceiling"
        }
    }

    /// Times training steps and inference.
    public func run(threads: Int, repeats: Int?) throws -> Measurement {
        let workers = Workers(threads: threads)
        let layout = ParameterLayout()
        let model = try configuration.makeOperator(interface, in: layout.root)
        let parameters: ParameterVector<Float> = layout.initialValues(seed: 1)
        let inputs = random([batch] + interface.grid + [interface.inputChannels], stream: 1)
        let outputGrid = queries.map { [$0] } ?? interface.grid
        let targets = random([batch] + outputGrid + [interface.outputChannels], stream: 2)
        let points = queries.map { uniform([$0, interface.dimensions], count: $0 * interface.dimensions) }
        let problem = MeanSquaredProblem(model: model, queries: points, batch: batch)
        let shards = min(self.shards ?? min(configuration.shards(batch: batch), max(threads, 2)), batch)
        let step = TrainingStep(
            parameters: parameters, optimizer: Adam(layout: layout), shards: shards, recomputes: recomputes, workers: workers)
        let all = Batch(samples: Samples(inputs: inputs, targets: targets), indices: Array(0..<batch))
        var number = 0
        func train() throws {
            number += 1
            try step.run(problem, all, learningRate: 1e-3, number: number)
        }
        let cut = (0..<shards).map { ($0 * batch / shards)..<(($0 + 1) * batch / shards) }
        func infer(_ derived: DerivedParameters<Float> = .init()) {
            workers.runEach(shards) { shard, workers in
                let tape = Tape(inferenceWith: parameters, sharing: derived, workers: workers)
                withExtendedLifetime(tape) { _ = problem.prediction(inputs.rows(cut[shard]), on: tape) }
            }
        }
        for _ in 0..<3 { try train() }
        Flops.start()
        try train()
        let flops = Flops.stop()
        for _ in 0..<2 { infer() }
        let inference = Self.times(repeats) { infer() }
        let training = try Self.times(repeats) { try train() }
        let peak = Double(MachineInfo.peakResidentBytes) / 1e6
        let derived = DerivedParameters<Float>()
        infer(derived)
        let keptInference = Self.times(repeats) { infer(derived) }
        let median = training[training.count / 2]
        let ceiling = 1e9 * (try CeilingBenchmark.named("sgemm-1024")!.run(threads: threads, repeats: 5).rate)
        return Measurement(
            name: name, threads: threads, grid: interface.grid, batch: batch, params: layout.parameterCount,
            stepMilliseconds: 1000 * median,
            lowerQuartile: 1000 * training[training.count / 4], upperQuartile: 1000 * training[3 * training.count / 4],
            shortest: 1000 * training[0], inferenceMilliseconds: 1000 * inference[inference.count / 2],
            keptInferenceMilliseconds: 1000 * keptInference[keptInference.count / 2], peakMegabytes: peak,
            gflop: Double(flops) * 1e-9, fractionOfCeiling: Double(flops) / median / ceiling,
            steps: training.count)
    }

    private func random(_ shape: [Int], stream: UInt64) -> Tensor<Float> {
        Tensor(shape, Philox(seed: 7, stream: stream).normals(shape.reduce(1, *)).map(Float.init))
    }

    private func uniform(_ shape: [Int], count: Int) -> Tensor<Float> {
        Tensor(shape, Philox(seed: 7, stream: 3).uniforms(count).map(Float.init))
    }
}

/// Mean squared error of an operator on raw channels.
private struct MeanSquaredProblem: TrainingProblem {
    let model: any NeuralOperator
    let queries: Tensor<Float>?
    let batch: Int

    var metrics: [MetricColumn] { [] }

    func prediction(_ inputs: Tensor<Float>, on tape: Tape<Float>) -> Variable<Float> {
        model(OperatorInput(tape.constant(inputs), queries: queries.map(tape.constant)))
    }

    func loss(of batch: Batch<Float>, on tape: Tape<Float>) -> Variable<Float> {
        let difference = prediction(batch.samples.inputs, on: tape) - tape.constant(batch.samples.targets)
        return difference.square().mean() * Float(batch.count)
    }

    func errors(of batch: Batch<Float>, on tape: Tape<Float>) -> [[Double]] { batch.indices.map { _ in [] } }
}
