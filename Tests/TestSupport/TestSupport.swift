import Autodiff
import Tensors
import Testing

/// A tensor of standard normal numbers, the same for the same seed.
public func randomTensor<Element: Scalar>(_ shape: [Int], seed: UInt64, as type: Element.Type = Element.self) -> Tensor<Element> {
    Tensor(shape, Philox(seed: seed, stream: 77).normals(shape.reduce(1, *)).map { Element($0) })
}

/// `||a - b|| / ||b||` in Double.
public func relativeDistance<A: Scalar, B: Scalar>(_ a: Tensor<A>, _ b: Tensor<B>) -> Double {
    precondition(a.shape == b.shape, "distance of shapes \(a.shape) and \(b.shape)")
    var (difference, norm) = (0.0, 0.0)
    for (x, y) in zip(a.scalars, b.scalars) {
        difference += (Double(x) - Double(y)) * (Double(x) - Double(y))
        norm += Double(y) * Double(y)
    }
    return (difference / max(norm, .leastNormalMagnitude)).squareRoot()
}

/// Compares gradients with central differences in Float64, entry by entry, for every input.
///
/// The function's output is projected on a fixed random direction. With `second` the gradient itself is differentiated and compared
/// with central differences of the gradient, which proves that the pullbacks are written in tape operations.
public func expectGradients(
    _ inputs: [Tensor<Double>], second: Bool = true, tolerance: Double = 2e-7, sourceLocation: SourceLocation = #_sourceLocation,
    of function: ([Variable<Double>]) -> Variable<Double>
) {
    func projected(_ tensors: [Tensor<Double>]) -> (tape: Tape<Double>, inputs: [Variable<Double>], loss: Variable<Double>) {
        let tape = Tape<Double>()
        let variables = tensors.map(tape.variable)
        let output = function(variables)
        let direction = randomTensor(output.shape, seed: 4242, as: Double.self)
        return (tape, variables, (output * tape.constant(direction)).sum())
    }
    func gradient(_ tensors: [Tensor<Double>]) -> [Tensor<Double>] {
        let (tape, variables, loss) = projected(tensors)
        return tape.gradients(of: loss, for: variables).map(\.value)
    }
    func compare(_ analytic: [Tensor<Double>], _ order: String, _ value: ([Tensor<Double>]) -> Double) {
        for (number, tensor) in inputs.enumerated() {
            let scale = max(analytic[number].scalars.map(abs).max() ?? 0, 1e-3)
            for index in 0..<tensor.count {
                let step = 1e-5 * max(1, abs(tensor.scalars[index]))
                var shifted = inputs
                func at(_ offset: Double) -> Double {
                    var scalars = tensor.scalars
                    scalars[index] += offset
                    shifted[number] = Tensor(tensor.shape, scalars)
                    return value(shifted)
                }
                // Fourth-order central difference: the truncation error stays far below the tolerance.
                let difference = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
                let error = abs(difference - analytic[number].scalars[index]) / scale
                #expect(
                    error < tolerance,
                    "\(order) gradient of input \(number), entry \(index): \(analytic[number].scalars[index]) against \(difference)",
                    sourceLocation: sourceLocation)
                if error >= tolerance { return }
            }
        }
    }
    compare(gradient(inputs), "first") { projected($0).loss.value.item }
    guard second else { return }
    let directions = inputs.enumerated().map { randomTensor($1.shape, seed: UInt64(900 + $0), as: Double.self) }
    func projectedGradient(_ tape: Tape<Double>, _ variables: [Variable<Double>], _ loss: Variable<Double>) -> Variable<Double> {
        zip(tape.gradients(of: loss, for: variables, createGraph: true), directions)
            .map { ($0 * tape.constant($1)).sum() }.reduce(tape.constant(Tensor(0))) { $0 + $1 }
    }
    let (tape, variables, loss) = projected(inputs)
    let analytic = tape.gradients(of: projectedGradient(tape, variables, loss), for: variables).map(\.value)
    compare(analytic, "second") { tensors in
        zip(gradient(tensors), directions).reduce(0.0) { total, pair in
            total + zip(pair.0.scalars, pair.1.scalars).reduce(0.0) { $0 + $1.0 * $1.1 }
        }
    }
}
