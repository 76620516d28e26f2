import Autodiff
import Communication
import Datasets
import Foundation
import Grids
import Metrics
import NeuralOperators
import Tensors
import Training

/// Trains the operator of a case on a generated dataset into a run folder.
public struct OperatorTraining {
    let content: Case
    let model: Model
    let settings: TrainingSettings
    let task: LearningTask
    let rollout: RolloutSettings?
    let train: any SampleSource<Float>
    let valid: (any SampleSource<Float>)?
    let schema: DatasetSchema
    private let trainingData: String
    let trajectories: Int
    let objective: TrainingObjective
    let workers: Workers
    let communicator: any Communicator

    /// Opens the data, fits the normalisers and builds the operator.
    ///
    /// - Throws: `CaseError` when a section is missing or does not fit, `DatasetsError` when the data do not, `OperatorError` when the operator does
    ///   not fit the data.
    public init(
        _ content: Case, data folder: String, workers: Workers, communicator: any Communicator = SingleProcess()
    ) throws {
        self.content = content
        self.workers = workers
        self.communicator = communicator
        settings = try content.require(\.training, named: "training", for: "training")
        let configuration = try content.require(\.operator, named: "operator", for: "training")
        let problem = try content.makeProblem()
        var task = problem.learning
        if settings.augmentation, task.symmetries == .none {
            throw content.rejection(of: "training", "augmentation", allowed: "false: this equation declares no symmetries of its domain")
        }
        let expected = try content.located { try problem.schema(content.content.dataset!.resolution) }
        let numbers =
            type(of: configuration).takesScalarParameters
            ? task.inputs.filter { expected.field($0)?.dependence.space == FieldDescription.Dependence.Space.none } : []
        task.inputs = task.inputs.filter { !numbers.contains($0) } + numbers
        self.task = task
        let trainFile = content.content.dataset!.train > 0 ? try Self.open(folder + "/train.nc", expected, task) : nil
        let schema = trainFile?.schema ?? expected
        self.schema = schema
        trajectories = trainFile?.sampleCount ?? 0
        let validFile = content.content.dataset!.valid > 0 ? try Self.open(folder + "/valid.nc", expected, task) : nil
        let rollout = task.isEvolution ? content.content.rollout ?? RolloutSettings() : nil
        self.rollout = rollout
        if rollout == nil, content.content.rollout != nil {
            throw content.rejection(of: "rollout", allowed: "no such section: this equation does not evolve in time")
        }
        let solved: (any SampleSource<Float>)?
        if let rollout {
            let frames = schema.frameCount
            guard frames >= rollout.inputFrames + rollout.outputFrames else {
                throw content.rejection(
                    of: "rollout", "input-frames",
                    allowed:
                        "at most \(max(frames - rollout.outputFrames, 1)): trajectories have \(frames) frames, \(rollout.outputFrames) go out"
                )
            }
            solved = try trainFile.map {
                try WindowSource(
                    $0, task, window: rollout.window, steps: rollout.trainingSteps(frames: frames), every: rollout.start == .every)
            }
            let whole = (frames - rollout.inputFrames) / rollout.outputFrames
            valid = try validFile.map { try WindowSource($0, task, window: rollout.window, steps: whole, every: false) }
        } else {
            solved = try trainFile.map { try DatasetSource($0, task) }
            valid = try validFile.map { try DatasetSource($0, task) }
        }

        let grid = schema.grid
        let (lossSettings, outputCount) = (settings.loss, task.outputs.count * (rollout?.outputFrames ?? 1))
        let loss = try content.located { try lossSettings.makeLoss(on: grid, fields: outputCount) }
        func channels(_ names: [String]) -> [ModelDescription.Channel] {
            names.map { name in
                let field = schema.field(name)!
                return .init(field: name, longName: field.longName, units: field.units)
            }
        }
        let (inputs, outputs) =
            rollout.map { ModelDescription.channels($0.window, state: channels(task.outputs), constants: channels(task.inputs)) }
            ?? (channels(task.inputs), channels(task.outputs))
        let interface = OperatorInterface(
            inputChannels: inputs.count - numbers.count, outputChannels: outputs.count, grid: grid.shape, scalarParameters: numbers.count,
            outputFrames: rollout?.outputFrames ?? 1, locations: grid.axes.map(\.location),
            boundary: grid.axes.map { schema.boundary.sides[$0.name] ?? .init(lower: .open, upper: .open) },
            coordinateChannels: grid.mapping.compactMap { name in inputs.firstIndex { $0.field == name && $0.frame == nil } })
        let physics = content.content.physics
        let request = ResidualRequest(
            resolution: content.content.dataset!.resolution, window: rollout?.window, norm: physics?.norm ?? .natural)
        let residual = try content.located { try physics.map { _ in try Self.residualProblem(problem).makeResidual(request) } }
        if let physics, physics.samples > 0 {
            let generator = try content.located { try Self.residualProblem(problem).prepareInputs(request) }
            let (seed, first) = (UInt64(content.content.seed), UInt64(content.content.dataset!.train))
            train = UnsolvedSource(
                solved, unsolved: physics.samples, grid: grid.shape,
                channels: (inputs.count, outputCount * (rollout?.trainingSteps(frames: schema.frameCount) ?? 1)), workers: workers
            ) { Tensor(drawn: generator(Philox(seed: seed, stream: first + UInt64($0))), channels: inputs, grid: grid.shape) }
        } else {
            // A case without training samples does not decode.
            train = solved!
        }
        let labelled = physics?.dataWeight == 0 ? 0 : solved?.count ?? 0
        let count = train.count
        objective = TrainingObjective(
            loss: loss,
            physics: physics.map { PhysicsTerm(residual: residual!, settings: $0, solved: labelled, count: count) })
        trainingData = [trainFile?.id, physics.flatMap { $0.samples > 0 ? "\($0.samples) unsolved inputs" : nil }].compactMap { $0 }
            .joined(separator: " and ")
        var description = ModelDescription(
            title: content.content.title, architecture: configuration.name, interface: interface, inputs: inputs, outputs: outputs,
            grid: grid,
            boundary: schema.boundary, trainingData: trainingData, source: EddyVersion.source, caseText: content.resolvedText,
            predictsChange: rollout?.predictsChange == true ? true : nil,
            vanishesOnBoundary: residual?.vanishesOnBoundary == true ? true : nil)
        let normalisers = try Self.normalisers(train, description, settings, labelled: physics == nil ? count : labelled, residual)
        description.interface.outputZero = normalisers.outputs.zero
        let fitted = try Self.fitted(
            configuration, content, train, labelled: physics == nil ? count : labelled, description, normalisers.outputs)
        model = try Self.model(content, fitted, description, normalisers.inputs, normalisers.outputs)
    }

    private static func residualProblem(_ problem: any Problem) throws -> any ResidualProblem {
        guard let problem = problem as? any ResidualProblem else {
            throw ProblemError("physics", allowed: "no such section: this equation declares no residual")
        }
        return problem
    }

    /// Trains into a run folder; with `tensorboard` an event file is written whatever the case says.
    ///
    /// - Throws: `TrainingError` and what reading the data throws; checkpoints written before are intact.
    public func run(
        folder: String, resume: Bool, command: [String], tensorboard: Bool = false, shouldStop: @escaping () -> Bool = { false },
        message: @escaping (String) -> Void = { _ in }, progress: @escaping (TrainingProgress) -> Void = { _ in }
    ) throws -> TrainingOutcome {
        let run = RunDescription(
            folder: folder, model: try model.template(), caseText: content.resolvedText,
            identity: (content.content.physics.map { ["physics": Literal.document($0.members())] } ?? [:]).merging([
                "operator": Literal.document(content.content.operator!.namedMembers()), "training data": trainingData,
                "loss": Literal.table(settings.loss.namedMembers()).toml, "augmentation": "\(settings.augmentation)",
                "input normaliser": settings.inputNormaliser.rawValue,
                "rollout": rollout.map { Literal.document($0.members()) } ?? "none",
                "output normaliser": settings.outputNormaliser.rawValue, "seed of the weights": "\(content.content.seed)",
            ]) { $1 }, version: EddyVersion.number, commit: EddyVersion.commit, command: command,
            checkpointSeconds: Double(settings.checkpoint),
            writesTensorBoard: tensorboard || settings.tensorboard)
        func train(_ problem: some TrainingProblem<Float>) throws -> TrainingOutcome {
            let trainer = try trainer(problem, run)
            trainer.shouldStop = shouldStop
            trainer.onMessage = message
            trainer.onProgress = progress
            return try trainer.train(resume: resume)
        }
        if let rollout { return try train(rolloutProblem(rollout)) }
        return try train(mapProblem)
    }

    private func trainer<Problem: TrainingProblem<Float>>(_ problem: Problem, _ run: RunDescription?) throws -> Trainer<Problem> {
        try Trainer(
            problem, parameters: model.parameters,
            optimizer: settings.optimizer.makeOptimizer(for: model.parameters.layout, of: Float.self),
            settings: TrainerSettings(
                epochs: settings.epochs, batch: min(settings.batch, train.count), shards: shards,
                seed: UInt64(content.content.seed), learningRate: settings.optimizer.learningRate, schedule: settings.schedule.schedule,
                clipping: settings.clip, averageDecay: settings.ema, patience: settings.patience),
            train: train, valid: valid, run: run, recomputes: settings.recompute, workers: workers, communicator: communicator)
    }

    /// Computes gradients and errors of a few samples, so that everything that is chosen by measuring has been chosen.
    public func rehearseShards() throws {
        if let rollout { return try trainer(rolloutProblem(rollout), nil).rehearse() }
        try trainer(mapProblem, nil).rehearse()
    }

    /// Parts of a batch.
    var shards: Int { settings.shards ?? model.configuration.shards(batch: min(settings.batch, train.count)) }

    /// Whether a batch has the samples for so many shards.
    public func allowsShards(_ count: Int) -> Bool { count <= min(settings.batch, train.count) }

    /// How the shards of a batch are spread over the ranks.
    public var cut: ShardCut { ShardCut(shards: min(shards, settings.batch, train.count), ranks: communicator.size) }

    /// Bytes that all ranks together send in a step.
    public var bytesPerStep: Int { cut.bytesPerStep(parameterBytes: model.parameters.count * MemoryLayout<Float>.stride) }

    /// The first batch of the training samples.
    func rehearsalBatch() throws -> Batch<Float> {
        let indices = Array(0..<min(settings.batch, train.count))
        return Batch(samples: try train.samples(indices), indices: indices)
    }

    /// One step of the training's problem.
    func take(_ step: TrainingStep<Float>, _ batch: Batch<Float>, number: Int) throws {
        let rate = settings.optimizer.learningRate / 1000
        if let rollout {
            try step.run(rolloutProblem(rollout), batch, learningRate: rate, number: number)
        } else {
            try step.run(mapProblem, batch, learningRate: rate, number: number)
        }
    }

    private var symmetries: DomainSymmetries { settings.augmentation ? task.symmetries : .none }

    private var mapProblem: FieldMapProblem {
        FieldMapProblem(model: model, objective: objective, symmetries: symmetries, seed: UInt64(content.content.seed))
    }

    private func rolloutProblem(_ rollout: RolloutSettings) throws -> RolloutProblem {
        let times = schema.times!.coordinates
        let noise =
            rollout.noise == 0
            ? []
            : try Self.normalisers(train, model.description, settings, labelled: train.count, nil, kind: .gaussian).inputs.scale.scalars
                .enumerated().map {
                    model.description.inputs[$0].frame == nil ? 0 : rollout.noise * $1
                }
        return RolloutProblem(
            model: model, objective: objective, settings: rollout, steps: rollout.trainingSteps(frames: times.count),
            leads: times[rollout.inputFrames...].map { $0 - times[rollout.inputFrames - 1] }, noise: noise, symmetries: symmetries,
            seed: UInt64(content.content.seed))
    }
}

extension FieldGeometry {
    /// The geometry of a grid; on a curvilinear one spacings are not defined and all nodes weigh the same, as in the papers' errors.
    init(_ grid: Grid) {
        self.init(
            shape: grid.shape, spacing: grid.isUniform ? grid.axes.map(\.spacing) : nil,
            periodic: grid.axes.map { $0.location == .periodic }, weights: nil)
    }
}
