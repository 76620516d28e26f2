import Autodiff
import Tensors
import Transforms

/// A sum of spectral convolutions along single axes, `y = sum over axes a of F_a^-1 (W_a F_a x)` on the modes `0..<modes[a]` of each
/// axis: far fewer weights than a convolution in all axes together (Tran et al., 2023, equation 7).
public struct FactorizedSpectralConvolution: Sendable {
    /// For each axis `[mode, input, output, 2]`.
    public let weights: [Parameter]

    /// Declares a complex weight for each axis, normal with the variance of Glorot and Bengio as in the authors' code.
    public init(_ input: Int, _ output: Int, modes: [Int], gain: Double = 1, in scope: ParameterScope) {
        weights = modes.enumerated().map { axis, count in
            let fans = Double(2 * count * (input + output))
            return scope[axis].complex("weight", [count, input, output], .normal(standardDeviation: gain * (2 / fans).squareRoot()))
        }
    }

    /// `[b, x..., input] -> [b, x..., output]`.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        precondition(x.shape.count == weights.count + 2, "a factorised convolution of \(weights.count) axes on shape \(x.shape)")
        return weights.indices.dropFirst().reduce(convolved(x, axis: 0)) { $0 + convolved(x, axis: $1) }
    }

    private func convolved<Element: Scalar>(_ x: Variable<Element>, axis: Int) -> Variable<Element> {
        let weight = weights[axis]
        let (modes, input, output) = (weight.shape[0], weight.shape[1], weight.shape[2])
        let count = x.shape[axis + 1]
        let outer = x.shape[...axis].reduce(1, *)
        let inner = x.shape[(axis + 2)...].dropLast().reduce(1, *)
        // Points of the later axes are further channels of the transform; for the mixing they are further samples.
        var coefficients = x.reshaped([outer, count, inner * input]).fourierAnalysis(.corners([modes]))
        if inner > 1 {
            coefficients = coefficients.reshaped([outer, modes, inner, 2 * input]).permuted([0, 2, 1, 3])
                .reshaped([outer * inner, modes, input, 2])
        }
        coefficients = coefficients.mixingModes(x.tape.parameter(weight))
        if inner > 1 {
            coefficients = coefficients.reshaped([outer, inner, modes, 2 * output]).permuted([0, 2, 1, 3])
                .reshaped([outer, modes, inner * output, 2])
        }
        return coefficients.fourierSynthesis(.corners([modes]), grid: [count]).reshaped(x.shape.dropLast() + [output])
    }
}
