import Autodiff
import Communication
import Foundation
import Tensors

/// Trains the parameters of a problem: steps, validations, checkpoints, metrics.
///
/// The result is a function of the settings, the data and the initial parameters: not of the number of threads and ranks, and not of
/// interruptions. A training killed at any moment and continued gives the bits of one that was not.
///
/// Of several ranks the leading one holds the state, updates the parameters, validates and writes; the others compute their shards of
/// every batch (``ShardCut``) as it orders. Progress is reported on the leading rank.
public final class Trainer<Problem: TrainingProblem> {
    /// Number type of the parameters.
    public typealias Element = Problem.Element

    /// Called after every step and after every validation.
    public var onProgress: (TrainingProgress) -> Void = { _ in }
    /// Called with a sentence on anything unusual that does not stop the training.
    public var onMessage: (String) -> Void = { _ in }
    /// Asked before every step; the training saves and ends when it says so.
    public var shouldStop: () -> Bool = { false }

    let problem: Problem
    let settings: TrainerSettings
    let train: any SampleSource<Element>
    let valid: (any SampleSource<Element>)?
    private let run: RunDescription?
    let workers: Workers
    let communicator: any Communicator
    let stepper: TrainingStep<Element>
    let order: SampleOrder

    /// A training of `parameters` (changed in place) by `optimizer`; without a `run` nothing is written.
    ///
    /// - Parameter recomputes: see `TrainingStep.recomputes`; like the number of workers it changes no bit.
    /// - Throws: ``TrainingError/invalid(setting:found:allowed:)``.
    public init(
        _ problem: Problem, parameters: ParameterVector<Element>, optimizer: any Optimizer<Element>, settings: TrainerSettings,
        train: any SampleSource<Element>, valid: (any SampleSource<Element>)? = nil, run: RunDescription? = nil,
        recomputes: Bool = false, workers: Workers = Workers(), communicator: any Communicator = SingleProcess()
    ) throws {
        try settings.validate(samples: train.count)
        if let valid, valid.count == 0 { throw TrainingError.invalid(setting: "validation samples", found: "0", allowed: "1 or more") }
        precondition(valid == nil || !problem.metrics.isEmpty, "a validation without metrics")
        self.problem = problem
        self.settings = settings
        self.train = train
        self.valid = valid
        self.run = run
        self.workers = workers
        self.communicator = communicator
        let decay = communicator.isLeader ? settings.averageDecay : nil
        stepper = TrainingStep(
            parameters: parameters, optimizer: optimizer, average: decay.map { WeightAverage(of: parameters, decay: $0) },
            shards: settings.shards, clipping: settings.clipping, recomputes: recomputes, workers: workers, communicator: communicator)
        order = SampleOrder(count: train.count, batch: settings.batch, seed: settings.seed)
    }

    /// Whether this rank has given up waiting for the others.
    private var isTeamLost = false

    /// Steps of the whole training.
    public var totalSteps: Int { settings.epochs * order.stepsPerEpoch }

    /// The parameters to use: the moving average where there is one.
    public var modelParameters: ParameterVector<Element> { stepper.average?.values ?? stepper.parameters }

    /// Trains to the end, or until asked to stop.
    ///
    /// - Parameter resume: continue from the last checkpoint in the run's folder; if there is none, start from the beginning.
    /// - Throws: ``TrainingError``, and what the sources throw; on the leading rank also `CommunicationError.failed` with what another rank
    ///   has thrown. Checkpoints written before are then intact.
    public func train(resume: Bool = false) throws -> TrainingOutcome {
        guard communicator.isLeader else { return try follow() }
        do {
            let outcome = try lead(resume: resume)
            if !isTeamLost { try dismiss(outcome.status) }
            return outcome
        } catch {
            if !isTeamLost { try? dismiss(.interrupted) }
            throw error
        }
    }

    private func lead(resume: Bool) throws -> TrainingOutcome {
        let writer = try run.map { run in
            try RunWriter(
                run, settings: settings,
                tensors: TrainingTensors(
                    parameters: stepper.parameters, optimizer: stepper.optimizer, average: stepper.average?.values))
        }
        var state =
            try writer?.begin(
                resume: resume, samples: train.count, threads: workers.threads, ranks: communicator.size, onMessage: onMessage)
            ?? TrainingState()
        var watch = Stopwatch(earlier: state.elapsed, step: state.step)
        let reader = makeReader(from: state.step)
        defer { reader.cancel() }
        func stop() throws -> TrainingOutcome {
            state.elapsed = watch.total
            if state.step > watch.savedStep { try writer?.save(state) }
            try writer?.saveLast(modelParameters, isBest: false)
            return outcome(.interrupted, state)
        }

        if state.isEpochEndDue == true {
            _ = try endEpoch(&state, learningRate(step: state.step - 1), watch, writer)
            state.isEpochEndDue = nil
        }
        while state.step < totalSteps && !state.hasStoppedEarly {
            if shouldStop() || stepper.isAskedToEnd { return try stop() }
            let rate = learningRate(step: state.step)
            var validation: [Double]?
            do {
                try step(&state, rate, reader)
                state.elapsed = watch.total
                if state.step % order.stepsPerEpoch == 0 {
                    state.isEpochEndDue = true
                    validation = try endEpoch(&state, rate, watch, writer)
                    state.isEpochEndDue = nil
                }
            } catch let error as CommunicationError where error != .interrupted {
                // Another rank has failed; this one is as it was before the step, or before the end of the epoch.
                state.elapsed = watch.total
                if state.step > watch.savedStep { try writer?.save(state) }
                throw error
            } catch CommunicationError.interrupted {
                // Nothing has changed since the last step, and the last epoch if its end is still due: that is worth saving without the others.
                isTeamLost = true
                onMessage("other ranks are slow or lost; saving without the step under way")
                return try stop()
            }
            onProgress(progress(state, rate, watch, validation))
            let isLast = state.step == totalSteps || state.hasStoppedEarly
            if let run, isLast || watch.isDue(step: state.step, seconds: run.checkpointSeconds, steps: run.checkpointSteps) {
                state.elapsed = watch.total
                try writer?.save(state)
                watch.saved(step: state.step)
            }
        }
        try writer?.saveLast(modelParameters, isBest: state.best == nil)
        return outcome(state.hasStoppedEarly ? .stoppedEarly : .finished, state)
    }

    /// The rate of step `step`, counted from 0.
    private func learningRate(step: Int) -> Double {
        settings.schedule.rate(base: settings.learningRate, step: step, stepsPerEpoch: order.stepsPerEpoch, totalSteps: totalSteps)
    }

    /// One update.
    private func step(_ state: inout TrainingState, _ rate: Double, _ reader: ReadAhead<Element>) throws {
        let step = state.step
        try orders.give(.step, step)
        try communicator.broadcast(stepper.parameters.bytes)
        let count = order.indices(step: step).count
        let report = try stepper.run(
            problem, cut(samples: count), samples: count, learningRate: rate, number: step + 1, sumsLosses: settings.sumsLosses,
            shouldStop: shouldStop, orderingSum: { try orders.give(.sum) }
        ) { try batch(step: step, reader) }
        if step % order.stepsPerEpoch == 0 {
            (state.epochLoss, state.epochSamples, state.epochGradientNorm, state.epochSteps) = (0, 0, 0, 0)
        }
        state.epochLoss += report.loss * Double(count)
        state.epochSamples += count
        state.epochGradientNorm += report.gradientNorm
        state.epochSteps += 1
        state.step += 1
    }

    /// Writes the numbers of the epoch, validates where due, and keeps the best model; returns the means of the metrics.
    private func endEpoch(_ state: inout TrainingState, _ rate: Double, _ watch: Stopwatch, _ writer: RunWriter<Element>?) throws
        -> [Double]?
    {
        let epoch = state.step / order.stepsPerEpoch
        var means: [Double]?
        if let valid, epoch % settings.validationInterval == 0 || epoch == settings.epochs {
            try orders.give(.validate)
            try communicator.broadcast(modelParameters.bytes)
            let rows = try errors(
                of: problem, with: modelParameters, on: valid, batch: settings.batch, shards: settings.shards, workers: workers,
                communicator: communicator)
            means = columnMeans(rows, columns: problem.metrics.count)
            if means![0].isFinite, means![0] < state.best?.value ?? .infinity {
                state.best = .init(value: means![0], epoch: epoch, step: state.step)
                state.validationsWithoutGain = 0
                try writer?.saveBest(modelParameters)
            } else {
                state.validationsWithoutGain += 1
                if let patience = settings.patience, state.validationsWithoutGain >= patience { state.hasStoppedEarly = true }
            }
        }
        let seconds = watch.total
        func row(_ split: String, _ column: MetricColumn, _ value: Double) -> MetricsFile.Row {
            MetricsFile.Row(split: split, epoch: epoch, step: state.step, column: column, value: value)
        }
        let training = [
            ("loss", state.epochLoss / Double(state.epochSamples)),
            ("gradient-norm", state.epochGradientNorm / Double(state.epochSteps)), ("learning-rate", rate), ("wall-seconds", seconds),
        ]
        try writer?.append(
            training.map { row("train", MetricColumn(metric: $0.0), $0.1) }
                + (means.map { zip(problem.metrics, $0).map { row("valid", $0, $1) } } ?? []), to: &state)
        return means
    }

    private func progress(_ state: TrainingState, _ rate: Double, _ watch: Stopwatch, _ validation: [Double]?) -> TrainingProgress {
        let perStep = watch.sinceStart / Double(max(state.step - watch.firstStep, 1))
        let samples = Double(train.count) / Double(order.stepsPerEpoch)
        return TrainingProgress(
            step: state.step, totalSteps: totalSteps, epoch: (state.step + order.stepsPerEpoch - 1) / order.stepsPerEpoch,
            epochs: settings.epochs, loss: state.epochLoss / Double(state.epochSamples), learningRate: rate,
            samplesPerSecond: samples / max(perStep, .leastNormalMagnitude), secondsLeft: perStep * Double(totalSteps - state.step),
            validation: validation, best: state.best.map { ($0.value, $0.epoch) })
    }

    private func outcome(_ status: TrainingOutcome.Status, _ state: TrainingState) -> TrainingOutcome {
        TrainingOutcome(
            status: status, step: state.step, best: state.best.map { ($0.value, $0.epoch) }, seconds: state.elapsed)
    }
}

/// Time and checkpoints of this process, by a clock that nobody can set.
private struct Stopwatch {
    let firstStep: Int
    private(set) var savedStep: Int
    private let earlier: Double
    private let start = ContinuousClock.now
    private var savedTime = ContinuousClock.now

    init(earlier: Double, step: Int) {
        self.earlier = earlier
        firstStep = step
        savedStep = step
    }

    /// Seconds in this process.
    var sinceStart: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Seconds in all processes.
    var total: Double { earlier + sinceStart }

    /// Whether a checkpoint is due after `step`.
    func isDue(step: Int, seconds: Double, steps: Int?) -> Bool {
        if let steps, step % steps == 0 { return true }
        return (ContinuousClock.now - savedTime) / .seconds(1) >= seconds
    }

    mutating func saved(step: Int) {
        savedStep = step
        savedTime = .now
    }
}
