import Autodiff
import Tensors
import Testing

/// What follows from parameters alone is made once, and again where a constant that it depends on differs.
@Suite struct DerivedParametersTests {
    private let layout = ParameterLayout()
    private let weight: Parameter
    private let parameters: ParameterVector<Float>

    init() {
        weight = layout.root.real("weight", [2], .constant(3))
        parameters = layout.initialValues(seed: 1)
    }

    /// How often each tape makes the value for the given places.
    private func makes(_ places: [[Float]?], on tapes: [Tape<Float>]) -> [Int] {
        tapes.map { tape in
            var count = 0
            for place in places {
                let constant = place.map { tape.constant(Tensor([$0.count], $0)) }
                let value = tape.derived(from: weight, as: "product", at: constant) {
                    count += 1
                    let factor = tape.parameter(weight)
                    return constant.map { $0 * factor } ?? factor
                }
                #expect(value.value.scalars == (place ?? [1, 1]).map { 3 * $0 })
            }
            return count
        }
    }

    @Test func onePlaceAfterAnother() {
        let shared = DerivedParameters<Float>()
        let tapes = (0..<2).map { _ in Tape(inferenceWith: parameters, sharing: shared) }
        // The last place is kept, on the tape and for other tapes.
        withExtendedLifetime(tapes) {
            #expect(makes([[1, 2], [1, 2], [1, 2.5], [1, 2.5], [1, 2]], on: tapes) == [3, 2])
            #expect(makes([[1, 2]], on: tapes) == [0, 0])
            #expect(makes([nil, nil], on: tapes) == [1, 0])
        }
    }

    @Test func onTapesThatRecord() {
        let tape = Tape(parameters: parameters)
        withExtendedLifetime(tape) { #expect(makes([nil, nil, [1, 2], [1, 2], nil], on: [tape]) == [3]) }
    }
}
