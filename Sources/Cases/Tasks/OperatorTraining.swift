import Autodiff
import Datasets
import Foundation
import Grids
import Metrics
import NeuralOperators
import Tensors
import Training

/// Trains the operator of a case on a generated dataset into a run folder.
public struct OperatorTraining {
    /// What will be trained, for people.
    public struct Plan: Sendable {
        /// Name of the architecture.
        public var architecture: String
        /// Real numbers in the weights.
        public var parameterCount: Int
        /// Steps in an epoch and in all.
        public var stepsPerEpoch: Int
        /// Steps of the whole training.
        public var totalSteps: Int
        /// Training, validation and test samples.
        public var samples: (train: Int, valid: Int)
        /// Points of the grid.
        public var grid: [Int]
        /// Input and output fields.
        public var inputs: [String]
        /// Predicted fields.
        public var outputs: [String]
    }

    private let content: Case
    private let model: Model
    private let settings: TrainingSettings
    private let task: LearningTask
    private let train: DatasetSource
    private let valid: DatasetSource?
    private let trainFile: DatasetFile
    private let loss: any Loss
    private let workers: Workers

    /// Opens the data, fits the normalisers and builds the operator.
    ///
    /// - Throws: `CaseError` when a section is missing or does not fit, `DatasetsError` when the data do not, `OperatorError` when the operator does
    ///   not fit the data.
    public init(_ content: Case, data folder: String, workers: Workers) throws {
        self.content = content
        self.workers = workers
        settings = try content.require(\.training, named: "training", for: "training")
        let configuration = try content.require(\.operator, named: "operator", for: "training")
        let problem = try content.makeProblem()
        task = problem.learning
        if settings.augmentation, task.symmetries == .none {
            throw content.rejection(of: "training", "augmentation", allowed: "false: this equation declares no symmetries of its domain")
        }
        let expected = try content.located { try problem.schema(content.content.dataset!.resolution) }
        trainFile = try Self.open(folder + "/train.nc", expected, task)
        train = try DatasetSource(trainFile, task)
        valid = content.content.dataset!.valid > 0 ? try DatasetSource(try Self.open(folder + "/valid.nc", expected, task), task) : nil

        let grid = trainFile.grid
        let (lossSettings, outputCount) = (settings.loss, task.outputs.count)
        loss = try content.located { try lossSettings.makeLoss(on: grid, fields: outputCount) }
        let interface = OperatorInterface(
            inputChannels: task.inputs.count, outputChannels: task.outputs.count, grid: grid.shape,
            periodic: grid.axes.map { $0.location == .periodic })
        let schema = trainFile.schema
        func channels(_ names: [String]) -> [ModelDescription.Channel] {
            names.map { name in
                let field = schema.field(name)!
                return .init(field: name, longName: field.longName, units: field.units)
            }
        }
        let description = ModelDescription(
            title: content.content.title, architecture: configuration.name, interface: interface, inputs: channels(task.inputs),
            outputs: channels(task.outputs), grid: grid, boundary: trainFile.boundary, trainingData: trainFile.id,
            source: EddyVersion.source,
            caseText: content.resolvedText)
        let (inputs, outputs) = try Self.normalisers(train, task, settings)
        model = try Self.model(content, configuration, description, inputs, outputs)
    }

    private static func model(
        _ content: Case, _ configuration: any OperatorConfiguration, _ description: ModelDescription, _ inputs: Normaliser,
        _ outputs: Normaliser
    ) throws -> Model {
        do {
            return try Model(
                configuration, description: description, inputNormaliser: inputs, outputNormaliser: outputs,
                seed: UInt64(content.content.seed))
        } catch OperatorError.invalidSetting(_, let setting, _, let allowed) {
            throw content.rejection(of: "operator", setting, allowed: allowed)
        }
    }

    /// Opens a file and checks that it holds what the case describes.
    private static func open(_ path: String, _ expected: DatasetSchema, _ task: LearningTask) throws -> DatasetFile {
        let file = try DatasetFile(path)
        for name in task.inputs + task.outputs where file.schema.field(name) == nil {
            throw DatasetsError.missingField(path: path, field: name, available: file.fields.map(\.name))
        }
        guard file.grid == expected.grid else {
            throw DatasetsError.otherDefinition(path: path, item: "grid", found: "\(file.grid)", expected: "\(expected.grid)")
        }
        guard file.boundary == expected.boundary else {
            throw DatasetsError.otherDefinition(path: path, item: "boundary", found: "\(file.boundary)", expected: "\(expected.boundary)")
        }
        return file
    }

    private static func normalisers(_ source: DatasetSource, _ task: LearningTask, _ settings: TrainingSettings) throws -> (
        Normaliser, Normaliser
    ) {
        var inputs = NormaliserFit(kind: settings.inputNormaliser, channels: task.inputs.count)
        var outputs = NormaliserFit(kind: settings.outputNormaliser, channels: task.outputs.count)
        for start in stride(from: 0, to: source.count, by: 64) {
            let samples = try source.samples(Array(start..<min(start + 64, source.count)))
            try inputs.add(samples.inputs)
            try outputs.add(samples.targets)
        }
        return (inputs.finish(), outputs.finish())
    }

    /// What will be trained.
    public var plan: Plan {
        let steps = (train.count + settings.batch - 1) / settings.batch
        return Plan(
            architecture: model.description.architecture, parameterCount: model.parameters.layout.parameterCount, stepsPerEpoch: steps,
            totalSteps: steps * settings.epochs, samples: (train.count, valid?.count ?? 0), grid: model.description.interface.grid,
            inputs: task.inputs, outputs: task.outputs)
    }

    /// Trains into a run folder.
    ///
    /// - Throws: `TrainingError` and what reading the data throws; checkpoints written before are intact.
    public func run(
        folder: String, resume: Bool, command: [String], shouldStop: @escaping () -> Bool = { false },
        message: @escaping (String) -> Void = { _ in }, progress: @escaping (TrainingProgress) -> Void = { _ in }
    ) throws -> TrainingOutcome {
        let run = RunDescription(
            folder: folder, model: try model.template(), caseText: content.resolvedText,
            identity: [
                "operator": Literal.document(content.content.operator!.namedMembers()), "training data": trainFile.id,
                "loss": Literal.table(settings.loss.namedMembers()).toml, "augmentation": "\(settings.augmentation)",
                "input normaliser": settings.inputNormaliser.rawValue,
                "output normaliser": settings.outputNormaliser.rawValue, "seed of the weights": "\(content.content.seed)",
            ], version: EddyVersion.number, commit: EddyVersion.commit, command: command, checkpointSeconds: Double(settings.checkpoint))
        let optimizer = settings.optimizer.makeOptimizer(for: model.parameters.layout, of: Float.self)
        let trainer = try Trainer(
            FieldMapProblem(
                model: model, loss: loss, symmetries: settings.augmentation ? task.symmetries : .none, seed: UInt64(content.content.seed)),
            parameters: model.parameters, optimizer: optimizer,
            settings: TrainerSettings(
                epochs: settings.epochs, batch: min(settings.batch, train.count), shards: settings.shards,
                seed: UInt64(content.content.seed),
                learningRate: settings.optimizer.learningRate, schedule: settings.schedule.schedule, clipping: settings.clip,
                averageDecay: settings.ema, patience: settings.patience), train: train, valid: valid, run: run, workers: workers)
        trainer.shouldStop = shouldStop
        trainer.onMessage = message
        trainer.onProgress = progress
        return try trainer.train(resume: resume)
    }
}

/// A map between fields as a training problem: loss and errors in physical units.
private struct FieldMapProblem: TrainingProblem {
    let model: Model
    let loss: any Loss
    let symmetries: DomainSymmetries
    let seed: UInt64

    var metrics: [MetricColumn] { [MetricColumn(metric: "relative-l2")] }

    func loss(of batch: Batch<Float>, on tape: Tape<Float>) -> Variable<Float> {
        guard symmetries != .none else { return loss.sum(model(tape.constant(batch.samples.inputs)), batch.samples.targets) }
        // The draw belongs to sample and epoch, so it depends neither on shards nor on interruptions.
        let draws = batch.indices.map { Philox(seed: seed, stream: 1 << 48 + UInt64(batch.epoch)).uniform(at: $0) }
        let (inputs, targets) = (symmetries.apply(draws, to: batch.samples.inputs), symmetries.apply(draws, to: batch.samples.targets))
        return loss.sum(model(tape.constant(inputs)), targets)
    }

    func errors(of batch: Batch<Float>, on tape: Tape<Float>) throws -> [[Double]] {
        let prediction = model(tape.constant(batch.samples.inputs)).value
        let size = prediction.count / max(batch.count, 1)
        return (0..<batch.count).map { sample in
            let (a, b) = (prediction.basePointer + sample * size, batch.samples.targets.basePointer + sample * size)
            var (difference, norm) = (0.0, 0.0)
            for index in 0..<size {
                let (v, u) = (Double(a[index]), Double(b[index]))
                difference += (v - u) * (v - u)
                norm += u * u
            }
            return [(difference / norm).squareRoot()]
        }
    }
}

extension FieldGeometry {
    /// The geometry of a uniform grid.
    init(_ grid: Grid) {
        self.init(shape: grid.shape, spacing: grid.axes.map(\.spacing), periodic: grid.axes.map { $0.location == .periodic })
    }
}
