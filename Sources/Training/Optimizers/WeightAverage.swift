import Autodiff
import Tensors

/// Exponential moving average of the parameters, which often generalises better than the last iterate.
///
/// `average += (1 - d) (p - average)` after each step `t`, with `d = min(decay, (1 + t) / (10 + t))`: the smaller factor at the start
/// lets the average forget the initial values (the rule of TensorFlow's `ExponentialMovingAverage` with `num_updates`).
public final class WeightAverage<Element: Scalar>: Sendable {
    /// Factor of the old average in the long run.
    public let decay: Double
    /// The averaged parameters.
    public let values: ParameterVector<Element>

    /// An average that starts at `parameters`.
    public init(of parameters: ParameterVector<Element>, decay: Double) {
        precondition(decay >= 0 && decay < 1, "decay \(decay) of the weight average")
        self.decay = decay
        values = ParameterVector(layout: parameters.layout)
        values.copy(from: parameters)
    }

    /// Moves entries `range` towards the parameters after step `step` (counted from 1).
    public func update(_ range: Range<Int>, towards parameters: ParameterVector<Element>, step: Int) {
        let factor = min(decay, Double(1 + step) / Double(10 + step))
        Kernels.moveAverage(
            range.count, parameters.pointer + range.lowerBound, values.pointer + range.lowerBound, weight: Element(1 - factor))
    }
}
