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
        /// How the operator steps in time, row by row; empty for a map between fields.
        public var rollout: [(name: String, value: String)]
        /// How the residual of the equation is trained on, row by row; empty without physics.
        public var physics: [(name: String, value: String)]
    }

    private let content: Case
    let model: Model
    let settings: TrainingSettings
    private let task: LearningTask
    private let rollout: RolloutSettings?
    private let train: any SampleSource<Float>
    private let valid: (any SampleSource<Float>)?
    private let schema: DatasetSchema
    private let trainingData: String
    private let trajectories: Int
    private let objective: TrainingObjective
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

    /// The configuration with what it takes from the training outputs, if anything.
    private static func fitted(
        _ configuration: any OperatorConfiguration, _ content: Case, _ source: any SampleSource<Float>, labelled: Int,
        _ description: ModelDescription,
        _ normaliser: Normaliser
    ) throws -> any OperatorConfiguration {
        guard var fitted = configuration as? any FittedConfiguration, fitted.isFitted else { return configuration }
        let outputs = TrainingOutputs(count: labelled) { range in
            let samples = try source.samples(Array(range))
            let targets = samples.targets.channels(0..<description.outputs.count)
            return normaliser.encode(description.predictsChange == true ? targets.changes(from: samples.inputs, description) : targets)
        }
        do {
            try fitted.fit(description.interface, to: outputs)
        } catch let error as OperatorError {
            throw rejection(error, content)
        }
        return fitted
    }

    private static func model(
        _ content: Case, _ configuration: any OperatorConfiguration, _ description: ModelDescription, _ inputs: Normaliser,
        _ outputs: Normaliser
    ) throws -> Model {
        do {
            return try Model(
                configuration, description: description, inputNormaliser: inputs, outputNormaliser: outputs,
                seed: UInt64(content.content.seed))
        } catch let error as OperatorError {
            throw rejection(error, content)
        }
    }

    /// An operator that does not fit as an error of its section in the case; the layer that says so is named.
    private static func rejection(_ error: OperatorError, _ content: Case) -> CaseError {
        guard case .invalidSetting(let layer, let setting, _, let allowed) = error else {
            return content.rejection(of: "operator", "name", allowed: "an operator that fits the data; \(error)")
        }
        let place = layer.contains(" ") ? " (\(layer))" : ""
        return content.rejection(of: "operator", setting, allowed: allowed + place)
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

    /// Fits the normalisers to the training samples; frames of one field share their statistics.
    ///
    /// Of overlapping windows at most 4096, equally spaced, are looked at.
    private static func normalisers(
        _ source: any SampleSource<Float>, _ description: ModelDescription, _ settings: TrainingSettings, labelled: Int,
        _ residual: (any EquationResidual)?, kind: Normaliser.Kind? = nil
    ) throws -> (inputs: Normaliser, outputs: Normaliser) {
        let state = description.stateFields
        func groups(_ channels: [ModelDescription.Channel]) -> [Int] {
            channels.enumerated().map { number, channel in
                guard channel.frame != nil else { return description.window == nil ? number : state.count + number }
                return state.firstIndex(of: channel.field)!
            }
        }
        // Numbers of groups without gaps.
        func dense(_ groups: [Int]) -> [Int] {
            let order = Set(groups).sorted()
            return groups.map { order.firstIndex(of: $0)! }
        }
        var inputs = NormaliserFit(
            kind: kind ?? settings.inputNormaliser, channels: description.inputs.count, groups: dense(groups(description.inputs)))
        var outputs = NormaliserFit(
            kind: kind ?? settings.outputNormaliser, channels: description.outputs.count, groups: dense(groups(description.outputs)))
        let looked = description.window == nil ? source.count : min(source.count, 4096)
        let chosen = (0..<looked).map { $0 * source.count / looked }
        for start in stride(from: 0, to: looked, by: 64) {
            let samples = try source.samples(Array(chosen[start..<min(start + 64, looked)]))
            try inputs.add(samples.inputs)
            if labelled == 0, let residual {
                let estimate = try residual.estimate(from: samples.inputs, outputs: description.outputs.count)
                try outputs.add(description.predictsChange == true ? estimate.changes(from: samples.inputs, description) : estimate)
                continue
            }
            let known = chosen[start..<min(start + 64, looked)].count { $0 < labelled }
            if known == 0 { continue }
            let targets = samples.targets.rows(0..<known).channels(0..<description.outputs.count)
            try outputs.add(description.predictsChange == true ? targets.changes(from: samples.inputs, description) : targets)
        }
        return (inputs.finish(), outputs.finish())
    }

    /// What will be trained.
    public var plan: Plan {
        let steps = (train.count + settings.batch - 1) / settings.batch
        return Plan(
            architecture: model.description.architecture, parameterCount: model.parameters.layout.parameterCount, stepsPerEpoch: steps,
            totalSteps: steps * settings.epochs, samples: (train.count, valid?.count ?? 0), grid: model.description.interface.grid,
            inputs: (rollout == nil ? [] : task.outputs) + task.inputs, outputs: task.outputs, rollout: rollout.map(rows) ?? [],
            physics: objective.physics.map(rows) ?? [])
    }

    private func rows(_ rollout: RolloutSettings) -> [(name: String, value: String)] {
        let times = schema.times!.coordinates
        let drawn = content.content.physics?.samples ?? 0
        let (window, frames) = (rollout.window, times.count)
        let first = times[0..<window.inputs], next = times[window.inputs..<(window.inputs + window.outputs)]
        func span(_ times: ArraySlice<Double>) -> String {
            times.count == 1
                ? "t = \(Format.significant(times.first!))"
                : "t = \(Format.significant(times.first!)) to \(Format.significant(times.last!))"
        }
        let steps = rollout.trainingSteps(frames: frames)
        let method =
            switch rollout.method {
            case .teacherForcing: "one application from true frames"
            case .full:
                "rollout of \(steps) applications, gradient through all"
                    + (rollout.curriculum.map { ", one more every \($0) epochs" } ?? "")
            case .pushforward: "up to \(steps) applications, gradient through the last"
            }
        return [
            ("frames", "\(frames), \(span(times[...]))"), ("in", "\(window.inputs): first window \(span(first))"),
            ("out", "\(window.outputs): then \(span(next))" + (rollout.predictsChange ? ", as a change" : "")), ("training", method),
            (
                "windows",
                "\(Format.count(train.count - drawn)) from \(Format.count(trajectories)) trajectories"
                    + (drawn > 0 ? ", \(Format.count(drawn)) drawn and not solved" : "")
            ),
            ("validation", "rollout to the last frame from the first window"),
        ]
    }

    private func rows(_ physics: PhysicsTerm) -> [(name: String, value: String)] {
        let (settings, solved) = (physics.settings, physics.solved)
        var result = [("residual", physics.residual.account)]
        result.append(
            (
                "loss",
                "\(Format.significant(settings.weight)) residual"
                    + (solved == 0
                        ? ", no solutions" : " + \(Format.significant(settings.dataWeight)) loss of \(Format.count(solved)) solutions")
            ))
        if let size = try? residualOfSolutions(physics) {
            result.append(
                (
                    "of the data",
                    "\(Format.significant(size)): the residual of the solver's own solutions (validation), a floor of what helps"
                ))
        }
        return result
    }

    /// The mean size of the residual of validation samples.
    private func residualOfSolutions(_ physics: PhysicsTerm) throws -> Double? {
        guard let valid else { return nil }
        let samples = try valid.samples(Array(0..<min(16, valid.count)))
        let sizes = physics.sizes(samples.targets, input: samples.inputs)
        return sizes.reduce(0, +) / Double(sizes.count)
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
    var shards: Int { settings.shards ?? model.configuration.shards }

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

extension Tensor {
    /// Target frames `[batch, x..., frame * field]` less the last frame of the window in `inputs`.
    fileprivate func changes(from inputs: Tensor, _ description: ModelDescription) -> Tensor {
        let fields = description.stateFields.count
        let (width, inputWidth) = (shape[rank - 1], inputs.shape[inputs.rank - 1])
        let last = (description.window!.inputs - 1) * fields
        let result = copied()
        for row in 0..<(count / width) {
            for channel in 0..<width {
                result.kernelPointer[row * width + channel] -= inputs.basePointer[row * inputWidth + last + channel % fields]
            }
        }
        return result
    }
}

extension Normaliser {
    /// What stands for zero in each channel; nil when it differs from point to point.
    fileprivate var zero: [Double]? { grid == nil ? zip(shift.scalars, scale.scalars).map { -$0 / $1 } : nil }
}

extension FieldGeometry {
    /// The geometry of a grid; on a curvilinear one spacings are not defined and all nodes weigh the same, as in the papers' errors.
    init(_ grid: Grid) {
        self.init(
            shape: grid.shape, spacing: grid.isUniform ? grid.axes.map(\.spacing) : nil,
            periodic: grid.axes.map { $0.location == .periodic }, weights: nil)
    }
}
