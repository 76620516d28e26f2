import Autodiff
import NeuralOperators
import Tensors
import Training

/// Stepping in time as a training problem; errors are those of rollouts from the first window to the last frame.
///
/// The loss of a rollout is the mean of the losses of its applications.
struct RolloutProblem: TrainingProblem {
    let model: Model
    let objective: TrainingObjective
    let settings: RolloutSettings
    /// Applications that the targets of a training sample allow.
    let steps: Int
    /// Lead times of the predicted frames, for the columns of the metrics.
    let leads: [Double]
    /// Standard deviation of the noise on each input channel; empty for none.
    let noise: [Double]
    let symmetries: DomainSymmetries
    let seed: UInt64

    /// The whole trajectory, which selects the best model, then the first and the last predicted frame.
    var metrics: [MetricColumn] {
        [
            MetricColumn(metric: "relative-l2"), MetricColumn(lead: leads[0], metric: "relative-l2-of-first-frame"),
            MetricColumn(lead: leads[leads.count - 1], metric: "relative-l2-of-last-frame"),
        ] + (objective.physics == nil ? [] : [MetricColumn(metric: "residual")])
    }

    func loss(of batch: Batch<Float>, on tape: Tape<Float>) -> Variable<Float> {
        let samples = symmetries.augmented(batch, seed: seed)
        var input = tape.constant(noisy(samples.inputs, batch))
        switch settings.method {
        case .teacherForcing: return objective.sum(model(input), samples.targets, input: input, indices: batch.indices)
        case .full:
            let count = settings.curriculum.map { min(steps, 1 + batch.epoch / $0) } ?? steps
            var total: Variable<Float>?
            for step in 0..<count {
                let prediction = model(input)
                let term = objective.sum(prediction, target(samples.targets, step), input: input, indices: batch.indices)
                total = total.map { $0 + term } ?? term
                if step + 1 < count { input = model.advanced(input, by: prediction) }
            }
            return total! * (1 / Float(count))
        case .pushforward:
            // One number for the whole step, so that all samples of a batch take the same time.
            let draw = Philox(seed: seed, stream: 1 << 49).uniform(at: batch.step)
            let quiet = min(Int(draw * Double(steps)), steps - 1)
            var current = input.value
            let scratch = Tape(inferenceWith: tape.parameters!, sharing: DerivedParameters(), workers: tape.workers)
            // Variables do not keep their tape.
            withExtendedLifetime(scratch) {
                for _ in 0..<quiet {
                    let variable = scratch.constant(current)
                    current = model.advanced(variable, by: model(variable)).value
                }
            }
            input = tape.constant(current)
            return objective.sum(model(input), target(samples.targets, quiet), input: input, indices: batch.indices)
        }
    }

    /// The frames that application `step` predicts.
    private func target(_ targets: Tensor<Float>, _ step: Int) -> Tensor<Float> {
        let width = model.description.outputs.count
        if targets.shape[targets.rank - 1] == width { return targets }
        return targets.channels((step * width)..<((step + 1) * width))
    }

    /// Gaussian noise on the window; the numbers belong to sample, epoch and position.
    private func noisy(_ inputs: Tensor<Float>, _ batch: Batch<Float>) -> Tensor<Float> {
        guard noise.contains(where: { $0 > 0 }) else { return inputs }
        let channels = inputs.shape[inputs.rank - 1]
        let size = inputs.count / inputs.shape[0]
        let result = inputs.copied()
        for (row, index) in batch.indices.enumerated() {
            let generator = Philox(seed: seed, stream: 1 << 50 + UInt64(batch.epoch) << 24 + UInt64(index))
            let values = result.kernelPointer + row * size
            for position in 0..<size where noise[position % channels] > 0 {
                values[position] += Float(noise[position % channels] * generator.normal(at: position))
            }
        }
        return result
    }

    func errors(of batch: Batch<Float>, on tape: Tape<Float>) throws -> [[Double]] {
        let fields = model.description.stateFields.count
        let targets = batch.samples.targets
        let frames = targets.shape[targets.rank - 1] / fields
        let prediction = try model.with(parameters: tape.parameters!).rollout(
            batch.samples.inputs, frames: frames, workers: tape.workers)
        func frame(_ tensor: Tensor<Float>, _ index: Int) -> Tensor<Float> { tensor.channels((index * fields)..<((index + 1) * fields)) }
        let whole = prediction.relativeErrors(to: targets)
        let first = frame(prediction, 0).relativeErrors(to: frame(targets, 0))
        let last = frame(prediction, frames - 1).relativeErrors(to: frame(targets, frames - 1))
        let sizes = objective.physics?.sizes(prediction, input: batch.samples.inputs)
        return whole.indices.map { [whole[$0], first[$0], last[$0]] + (sizes == nil ? [] : [sizes![$0]]) }
    }
}

extension Tensor {
    /// Channels `range` of the last axis in a fresh tensor.
    func channels(_ range: Range<Int>) -> Tensor {
        let width = shape[rank - 1]
        precondition(range.lowerBound >= 0 && range.upperBound <= width, "channels \(range) of shape \(shape)")
        let rows = count / width
        var result = Tensor(uninitialized: shape.dropLast() + [range.count])
        result.withUnsafeMutablePointer { target in
            for row in 0..<rows {
                (target + row * range.count).update(from: basePointer + row * width + range.lowerBound, count: range.count)
            }
        }
        return result
    }
}
