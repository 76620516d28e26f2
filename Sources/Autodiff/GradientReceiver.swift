import Tensors

/// Takes the gradients of parameters from a backward pass, each as soon as it is complete.
///
/// Used by the thread of one tape; what several tapes share behind it is the receiver's affair.
package protocol GradientReceiver<Element> {
    associatedtype Element: Scalar

    /// Memory that the gradient of a parameter may be written into instead of fresh memory; given away at most once in a pass.
    func place(of parameter: Int) -> Tensor<Element>?

    /// The complete gradient of a parameter, in the memory of `place(of:)` or elsewhere; nil for zero.
    func receive(_ gradient: Tensor<Element>?, of parameter: Int)
}

extension ParameterVector {
    /// Makes `gradient` the values of a parameter.
    package func store(_ gradient: Tensor<Element>?, in parameter: Int) {
        let window = window(parameter)
        if let gradient {
            guard gradient.basePointer != window.basePointer else { return }
            window.kernelPointer.update(from: gradient.basePointer, count: window.count)
        } else {
            Kernels.fill(window.count, 0, window.kernelPointer)
        }
    }
}

/// Writes gradients to a flat vector.
final class VectorReceiver<Element: Scalar>: GradientReceiver {
    private let gradients: ParameterVector<Element>
    private var given: Set<Int> = []

    init(_ gradients: ParameterVector<Element>) { self.gradients = gradients }

    func place(of parameter: Int) -> Tensor<Element>? { given.insert(parameter).inserted ? gradients.window(parameter) : nil }

    func receive(_ gradient: Tensor<Element>?, of parameter: Int) { gradients.store(gradient, in: parameter) }
}
