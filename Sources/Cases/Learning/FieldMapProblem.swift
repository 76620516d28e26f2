import Autodiff
import NeuralOperators
import Tensors
import Training

/// A map between fields as a training problem: loss and errors in physical units.
struct FieldMapProblem: TrainingProblem {
    let model: Model
    let objective: TrainingObjective
    let symmetries: DomainSymmetries
    let seed: UInt64

    /// The error that selects the best model, and the residual in a physics-informed training.
    var metrics: [MetricColumn] {
        [MetricColumn(metric: "relative-l2")] + (objective.physics == nil ? [] : [MetricColumn(metric: "residual")])
    }

    func loss(of batch: Batch<Float>, on tape: Tape<Float>) -> Variable<Float> {
        let samples = symmetries.augmented(batch, seed: seed)
        let input = tape.constant(samples.inputs)
        return objective.sum(model(input), samples.targets, input: input, indices: batch.indices)
    }

    func errors(of batch: Batch<Float>, on tape: Tape<Float>) throws -> [[Double]] {
        let prediction = model(tape.constant(batch.samples.inputs)).value
        let errors = prediction.relativeErrors(to: batch.samples.targets)
        guard let physics = objective.physics else { return errors.map { [$0] } }
        return zip(errors, physics.sizes(prediction, input: batch.samples.inputs)).map { [$0, $1] }
    }
}

extension DomainSymmetries {
    /// The samples of a batch, each moved by a random element of the group.
    ///
    /// The draw belongs to sample and epoch, so it depends neither on shards nor on interruptions.
    func augmented(_ batch: Batch<Float>, seed: UInt64) -> Samples<Float> {
        guard self != .none else { return batch.samples }
        let generator = Philox(seed: seed, stream: 1 << 48 + UInt64(batch.epoch))
        let draws = batch.indices.map { generator.uniform(at: $0) }
        return Samples(inputs: apply(draws, to: batch.samples.inputs), targets: apply(draws, to: batch.samples.targets))
    }
}

extension Tensor {
    /// `||self - truth|| / ||truth||` of each sample of the first axis, in double precision.
    func relativeErrors(to truth: Tensor) -> [Double] {
        precondition(shape == truth.shape, "prediction of shape \(shape), truth of shape \(truth.shape)")
        let size = count / Swift.max(shape[0], 1)
        return (0..<shape[0]).map { sample in
            let (a, b) = (basePointer + sample * size, truth.basePointer + sample * size)
            var (difference, norm) = (0.0, 0.0)
            for index in 0..<size {
                let (v, u) = (Double(a[index]), Double(b[index]))
                difference += (v - u) * (v - u)
                norm += u * u
            }
            return norm == 0 ? (difference == 0 ? 0 : .infinity) : (difference / norm).squareRoot()
        }
    }
}
