import Autodiff
import NeuralOperators
import Tensors
import TestSupport
import Testing

/// Compares the gradient of `sum(direction * operator(field))` in every parameter array with central differences in Float64: along a random
/// direction in the array, and in three of its entries.
func expectParameterGradients(
    _ configuration: some OperatorConfiguration, _ interface: OperatorInterface, batch: Int = 2, queries: Tensor<Double>? = nil,
    tolerance: Double = 1e-6, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let layout = ParameterLayout()
    let map = try configuration.makeOperator(interface, in: layout.root)
    let values = layout.initialValues(seed: 5, as: Double.self)
    // Biases that start at zero would hide mistakes.
    for (number, parameter) in layout.entries.enumerated() where values[parameter].scalars.allSatisfy({ $0 == 0 }) {
        let noise = randomTensor(parameter.shape, seed: UInt64(number + 40), as: Double.self)
        values.set(parameter, to: Tensor(parameter.shape, noise.scalars.map { 0.3 * $0 }))
    }
    let field = randomTensor([batch] + interface.grid + [interface.inputChannels], seed: 6, as: Double.self)
    func loss(_ parameters: ParameterVector<Double>, _ gradients: ParameterVector<Double>? = nil) -> Double {
        let tape = Tape(parameters: parameters)
        let output = map(OperatorInput(tape.constant(field), queries: queries.map(tape.constant)))
        let sum = (output * tape.constant(randomTensor(output.shape, seed: 7, as: Double.self))).sum()
        if let gradients { tape.accumulateParameterGradients(of: sum, into: gradients) }
        return sum.value.item
    }
    let gradients = ParameterVector<Double>(layout: layout)
    _ = loss(values, gradients)
    for (number, parameter) in layout.entries.enumerated() {
        let gradient = gradients[parameter].scalars
        let scale = max(gradient.map(abs).max()!, 1e-6)
        let random = randomTensor(parameter.shape, seed: UInt64(number), as: Double.self).scalars
        var directions = [random]
        for entry in Set([0, parameter.count / 2, parameter.count - 1]) {
            directions.append((0..<parameter.count).map { $0 == entry ? 1 : 0 })
        }
        for direction in directions {
            func at(_ step: Double) -> Double {
                let shifted = ParameterVector<Double>(layout: layout)
                shifted.copy(from: values)
                shifted.set(parameter, to: Tensor(parameter.shape, zip(values[parameter].scalars, direction).map { $0 + step * $1 }))
                return loss(shifted)
            }
            let step = 1e-4
            let difference = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step)
            let expected = zip(gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
            let size = scale * direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
            #expect(
                abs(difference - expected) < tolerance * size, "\(parameter.path): \(expected) against \(difference)",
                sourceLocation: sourceLocation)
        }
    }
}
