import Autodiff
import Tensors

/// A rule that turns gradients into new parameters, on flat vectors, in place.
///
/// Each entry of the vectors is updated from its own values alone: disjoint ranges may be updated at the same time and in any order
/// with the same bits. A complex parameter counts as two real ones (its real and imaginary parts), as PyTorch's optimisers treat it.
public protocol Optimizer<Element>: AnyObject, Sendable {
    /// Number type of the parameters.
    associatedtype Element: Scalar

    /// Name and settings in one line, compared when a training is continued.
    var summary: String { get }

    /// What must be saved besides the parameters for a continuation to the last bit, by name.
    var state: [(name: String, values: ParameterVector<Element>)] { get }

    /// Updates entries `range` from the gradients times `gradientScale`; `step` counts updates from 1.
    func update(
        _ range: Range<Int>, of parameters: ParameterVector<Element>, with gradients: ParameterVector<Element>, gradientScale: Double,
        learningRate: Double, step: Int)
}

extension Optimizer {
    /// Updates all parameters, in pieces shared among the workers.
    public func update(
        _ parameters: ParameterVector<Element>, with gradients: ParameterVector<Element>, gradientScale: Double = 1, learningRate: Double,
        step: Int, workers: Workers = Workers(threads: 1)
    ) {
        precondition(parameters.layout == gradients.layout, "gradients of another layout than the parameters")
        let pieces = Pieces(count: parameters.count)
        workers.run(pieces.number) { piece in
            update(
                pieces[piece], of: parameters, with: gradients, gradientScale: gradientScale, learningRate: learningRate, step: step)
        }
    }
}

/// A flat vector cut into pieces of a fixed length, which fit the second-level cache together with gradients and moments.
///
/// The cut depends on the length of the vector alone, so sums over pieces do not depend on the number of workers.
package struct Pieces: Sendable {
    package let count: Int
    package static let length = 16384

    package init(count: Int) { self.count = count }

    package var number: Int { (count + Pieces.length - 1) / Pieces.length }

    package subscript(piece: Int) -> Range<Int> { piece * Pieces.length..<min((piece + 1) * Pieces.length, count) }
}
