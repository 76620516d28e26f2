import Autodiff
import Foundation
import Tensors

/// Trains the parameters of a problem: steps, validations, checkpoints, metrics.
///
/// The result is a function of the settings, the data and the initial parameters: not of the number of threads, and not of interruptions. A
/// training killed at any moment and continued gives the bits of one that was not.
public final class Trainer<Problem: TrainingProblem> {
    /// Number type of the parameters.
    public typealias Element = Problem.Element

    /// Called after every step and after every validation.
    public var onProgress: (TrainingProgress) -> Void = { _ in }
    /// Called with a sentence on anything unusual that does not stop the training.
    public var onMessage: (String) -> Void = { _ in }
    /// Asked before every step; the training saves and ends when it says so.
    public var shouldStop: () -> Bool = { false }

    private let problem: Problem
    private let settings: TrainerSettings
    private let train: any SampleSource<Element>
    private let valid: (any SampleSource<Element>)?
    private let run: RunDescription?
    private let workers: Workers
    private let stepper: TrainingStep<Element>
    private let order: SampleOrder

    /// A training of `parameters` (changed in place) by `optimizer`; without a `run` nothing is written.
    ///
    /// - Parameter recomputes: see `TrainingStep.recomputes`; like the number of workers it changes no bit.
    /// - Throws: ``TrainingError/invalid(setting:found:allowed:)``.
    public init(
        _ problem: Problem, parameters: ParameterVector<Element>, optimizer: any Optimizer<Element>, settings: TrainerSettings,
        train: any SampleSource<Element>, valid: (any SampleSource<Element>)? = nil, run: RunDescription? = nil,
        recomputes: Bool = false, workers: Workers = Workers()
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
        stepper = TrainingStep(
            parameters: parameters, optimizer: optimizer, average: settings.averageDecay.map { WeightAverage(of: parameters, decay: $0) },
            shards: settings.shards, clipping: settings.clipping, recomputes: recomputes, workers: workers)
        order = SampleOrder(count: train.count, batch: settings.batch, seed: settings.seed)
    }

    /// Steps of the whole training.
    public var totalSteps: Int { settings.epochs * order.stepsPerEpoch }

    /// The parameters to use: the moving average where there is one.
    public var modelParameters: ParameterVector<Element> { stepper.average?.values ?? stepper.parameters }

    /// Trains to the end, or until asked to stop.
    ///
    /// - Parameter resume: continue from the last checkpoint in the run's folder; if there is none, start from the beginning.
    /// - Throws: ``TrainingError``, and what the sources throw. Checkpoints written before are then intact.
    public func train(resume: Bool = false) throws -> TrainingOutcome {
        let writer = try run.map { run in
            try RunWriter(
                run, settings: settings,
                tensors: TrainingTensors(
                    parameters: stepper.parameters, optimizer: stepper.optimizer, average: stepper.average?.values))
        }
        var state =
            try writer?.begin(resume: resume, samples: train.count, threads: workers.threads, onMessage: onMessage) ?? TrainingState()
        var watch = Stopwatch(earlier: state.elapsed, step: state.step)
        let reader = ReadAhead(train, from: state.step, to: totalSteps) { [order] in order.indices(step: $0) }
        defer { reader.cancel() }

        while state.step < totalSteps && !state.hasStoppedEarly {
            if shouldStop() {
                state.elapsed = watch.total
                if state.step > watch.savedStep { try writer?.save(state) }
                try writer?.saveLast(modelParameters, isBest: false)
                return outcome(.interrupted, state)
            }
            let rate = try step(&state, reader)
            state.elapsed = watch.total
            var validation: [Double]?
            if state.step % order.stepsPerEpoch == 0 { validation = try endEpoch(&state, rate, watch, writer) }
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

    /// One update; returns its learning rate.
    private func step(_ state: inout TrainingState, _ reader: ReadAhead<Element>) throws -> Double {
        let step = state.step
        let batch = Batch(
            samples: try reader.take(), indices: order.indices(step: step), epoch: step / order.stepsPerEpoch, step: step)
        let rate = settings.schedule.rate(
            base: settings.learningRate, step: step, stepsPerEpoch: order.stepsPerEpoch, totalSteps: totalSteps)
        let report = try stepper.run(problem, batch, learningRate: rate, number: step + 1, sumsLosses: settings.sumsLosses)
        if step % order.stepsPerEpoch == 0 {
            (state.epochLoss, state.epochSamples, state.epochGradientNorm, state.epochSteps) = (0, 0, 0, 0)
        }
        state.epochLoss += report.loss * Double(batch.count)
        state.epochSamples += batch.count
        state.epochGradientNorm += report.gradientNorm
        state.epochSteps += 1
        state.step += 1
        return rate
    }

    /// Writes the numbers of the epoch, validates where due, and keeps the best model; returns the means of the metrics.
    private func endEpoch(_ state: inout TrainingState, _ rate: Double, _ watch: Stopwatch, _ writer: RunWriter<Element>?) throws
        -> [Double]?
    {
        let epoch = state.step / order.stepsPerEpoch
        var means: [Double]?
        if let valid, epoch % settings.validationInterval == 0 || epoch == settings.epochs {
            let rows = try errors(
                of: problem, with: modelParameters, on: valid, batch: settings.batch, shards: settings.shards, workers: workers)
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
