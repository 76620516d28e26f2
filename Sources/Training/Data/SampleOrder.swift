import Synchronization
import Tensors

/// Which samples each step sees: a fresh permutation of the training set in every epoch, cut into batches.
///
/// The permutation of epoch `e` depends on the seed and on `e` alone, so the position in the data follows from the step.
public final class SampleOrder: Sendable {
    /// Number of samples, and of samples in a batch; the last batch of an epoch may be smaller.
    public let count, batch: Int
    /// Seed of the permutations.
    public let seed: UInt64
    private let known = Mutex<(epoch: Int, order: [Int])?>(nil)

    /// The order of `count` samples in batches of `batch`.
    public init(count: Int, batch: Int, seed: UInt64) {
        precondition(count > 0 && batch > 0, "\(count) samples in batches of \(batch)")
        self.count = count
        self.batch = batch
        self.seed = seed
    }

    /// Steps in an epoch.
    public var stepsPerEpoch: Int { (count + batch - 1) / batch }

    /// Samples of step `step`, counted from 0 over all epochs.
    public func indices(step: Int) -> [Int] {
        let (epoch, position) = step.quotientAndRemainder(dividingBy: stepsPerEpoch)
        let order = known.withLock { known in
            if known?.epoch != epoch { known = (epoch, permutation(epoch: epoch)) }
            return known!.order
        }
        return Array(order[(position * batch)..<min((position + 1) * batch, count)])
    }

    /// The order of the samples in one epoch.
    public func permutation(epoch: Int) -> [Int] {
        // The streams of the samples and of the parameters' names lie elsewhere.
        Philox(seed: seed, stream: 0x5E70_C400_0000_0000 | UInt64(epoch)).permutation(count)
    }
}
