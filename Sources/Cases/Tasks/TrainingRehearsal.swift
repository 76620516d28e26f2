import Autodiff
import Foundation
import Tensors
import Training

/// What a training will take, measured on two of its steps; nothing is written.
public struct TrainingRehearsal: Sendable, Codable {
    /// Bytes of the weights.
    public var parameterBytes: Int
    /// Bytes of the optimizer's state and of the averaged weights.
    public var optimizerBytes: Int
    /// Bytes of the gradient that the shards add to.
    public var gradientBytes: Int
    /// Bytes of activations, gradients that wait for a neighbouring shard's, and work space that the steps added to the process.
    public var activationBytes: Int
    /// Largest resident memory of the process after the steps.
    public var peakBytes: Int
    /// Seconds of the second step, which finds plans and buffers ready.
    public var secondsPerStep: Double
    /// Seconds of all steps, without validations.
    public var seconds: Double
    /// Steps of the training.
    public var steps: Int
}

extension OperatorTraining {
    /// Takes two steps on a copy of the weights.
    ///
    /// - Throws: what reading the data throws; `TrainingError.diverged`.
    public func rehearse() throws -> TrainingRehearsal {
        let before = MachineInfo.residentBytes
        let parameters = ParameterVector<Float>(layout: model.parameters.layout)
        parameters.copy(from: model.parameters)
        let optimizer = settings.optimizer.makeOptimizer(for: parameters.layout, of: Float.self)
        let average = settings.ema.map { WeightAverage(of: parameters, decay: $0) }
        let step = TrainingStep(
            parameters: parameters, optimizer: optimizer, average: average, shards: shards,
            clipping: settings.clip, recomputes: settings.recompute, workers: workers)
        let batch = try rehearsalBatch()
        try take(step, batch, number: 1)
        let start = ContinuousClock.now
        try take(step, batch, number: 2)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let weights = parameters.layout.parameterCount * MemoryLayout<Float>.stride
        let optimizerBytes = (optimizer.state.count + (average == nil ? 0 : 1)) * weights
        let grown = MachineInfo.residentBytes - before - optimizerBytes - 2 * weights
        return TrainingRehearsal(
            parameterBytes: weights, optimizerBytes: optimizerBytes, gradientBytes: weights,
            activationBytes: max(0, grown), peakBytes: MachineInfo.peakResidentBytes, secondsPerStep: seconds,
            seconds: seconds * Double(plan.totalSteps), steps: plan.totalSteps)
    }
}
