import Autodiff
import Tensors

/// Samples of one step, or the part of them that one shard computes.
public struct Batch<Element: Scalar>: Sendable {
    /// The fields.
    public let samples: Samples<Element>
    /// Numbers of the samples in their source.
    public let indices: [Int]
    /// Epoch and step, counted from 0; both are 0 in a validation.
    public let epoch, step: Int
    /// Samples before these in the batch of a step, and in all of it, where other ranks have the rest.
    let before, total: Int

    /// A batch of given samples.
    public init(samples: Samples<Element>, indices: [Int], epoch: Int = 0, step: Int = 0) {
        self.init(samples: samples, indices: indices, epoch: epoch, step: step, before: 0, total: indices.count)
    }

    /// This rank's part of a batch.
    init(samples: Samples<Element>, indices: [Int], epoch: Int = 0, step: Int = 0, before: Int, total: Int) {
        precondition(samples.count == indices.count, "\(indices.count) numbers for \(samples.count) samples")
        precondition(before >= 0 && before + indices.count <= total, "\(indices.count) samples from \(before) of \(total)")
        self.samples = samples
        self.indices = indices
        self.epoch = epoch
        self.step = step
        self.before = before
        self.total = total
    }

    /// Number of samples.
    public var count: Int { indices.count }

    /// Part `index` of a cut of the whole batch into `shards` parts of equal size up to one sample.
    func shard(_ index: Int, of shards: Int) -> Batch {
        let range = (index * total / shards - before)..<((index + 1) * total / shards - before)
        return Batch(samples: samples.rows(range), indices: Array(indices[range]), epoch: epoch, step: step)
    }
}

/// A number that a validation reports for each sample; smaller is better.
public struct MetricColumn: Sendable, Equatable, Codable {
    /// Name of the field, or `all`.
    public var field: String
    /// Lead time of a forecast, 0 where there is no time.
    public var lead: Double
    /// Name of the metric, such as `relative-l2`.
    public var metric: String

    /// A column.
    public init(field: String = "all", lead: Double = 0, metric: String) {
        self.field = field
        self.lead = lead
        self.metric = metric
    }
}

/// What is trained: the loss of samples as a function of the parameters on a tape, and the errors that a validation measures.
///
/// Both are called for shards of a batch, on several threads, each with a tape of its own. Randomness (noise, augmentation) must come from the
/// batch's indices, epoch and step, so that it does not depend on the cut into shards.
public protocol TrainingProblem<Element>: Sendable {
    /// Number type of parameters and fields.
    associatedtype Element: Scalar

    /// The sum of the losses of the samples, a single number.
    func loss(of batch: Batch<Element>, on tape: Tape<Element>) -> Variable<Element>

    /// What `errors` measures; the first column selects the best model.
    var metrics: [MetricColumn] { get }

    /// Errors of the samples: one row a sample, one entry a column. The tape records nothing.
    func errors(of batch: Batch<Element>, on tape: Tape<Element>) throws -> [[Double]]
}
