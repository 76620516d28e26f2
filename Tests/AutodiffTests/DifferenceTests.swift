import Autodiff
import Tensors
import TestSupport
import Testing

@Suite struct DifferenceTests {
    private static let shapes: [([Int], Int)] = [
        ([2, 7, 3], 1), ([5], 0), ([2, 3, 4], 2), ([3, 3], 1), ([2, 2, 2], 1), ([2, 1, 2], 1), ([4, 6], 0),
    ]

    private func apply(_ values: Tensor<Double>, axis: Int, spacing: Double, periodic: Bool) -> Tensor<Double> {
        let tape = Tape<Double>()
        return withExtendedLifetime(tape) {
            tape.constant(values).difference(axis: axis, spacing: spacing, periodic: periodic).value
        }
    }

    @Test("the adjoint and second derivatives agree with central differences", arguments: shapes, [false, true])
    func gradients(_ shape: ([Int], axis: Int), _ periodic: Bool) {
        expectGradients([randomTensor(shape.0, seed: 1, as: Double.self)]) {
            $0[0].difference(axis: shape.axis, spacing: 0.3, periodic: periodic).square()
        }
    }

    /// Quadratic polynomials are differentiated exactly up to the ends, sines on a periodic axis with the symbol `sin(k h) / h`.
    @Test func polynomialsAndSines() {
        let h = 0.1
        let points = (0..<9).map { h * Double($0) }
        let parabola = Tensor([9], points.map { 3 * $0 * $0 - $0 + 2 })
        for (found, x) in zip(apply(parabola, axis: 0, spacing: h, periodic: false).scalars, points) {
            #expect(abs(found - (6 * x - 1)) < 1e-12)
        }
        let n = 12
        let step = 2 * Double.pi / Double(n)
        let sine = Tensor([2, n, 1], (0..<2).flatMap { _ in (0..<n).map { Double.sin(2 * step * Double($0)) } })
        let slope = apply(sine, axis: 1, spacing: step, periodic: true)
        for index in 0..<(2 * n) {
            let expected = Double.cos(2 * step * Double(index % n)) * Double.sin(2 * step) / step
            #expect(abs(slope.scalars[index] - expected) < 1e-12)
        }
    }

    @Test func veryShortAxes() {
        #expect(apply(Tensor([2], [1, 4]), axis: 0, spacing: 0.5, periodic: false).scalars == [6, 6])
        #expect(apply(Tensor([1], [5]), axis: 0, spacing: 0.5, periodic: false).scalars == [0])
        #expect(apply(Tensor([1], [5]), axis: 0, spacing: 0.5, periodic: true).scalars == [0])
        #expect(apply(Tensor([2], [1, 4]), axis: 0, spacing: 0.5, periodic: true).scalars == [0, 0])
    }

    /// Errors fall by four when the spacing is halved, at the ends too.
    @Test func secondOrder() {
        func error(_ n: Int) -> Double {
            let h = 1 / Double(n)
            let points = (0...n).map { h * Double($0) }
            let found = apply(Tensor([n + 1], points.map { Double.exp($0) }), axis: 0, spacing: h, periodic: false).scalars
            return zip(found, points).map { abs($0 - Double.exp($1)) }.max()!
        }
        let ratio = error(32) / error(64)
        #expect(ratio > 3.8 && ratio < 4.2)
    }
}
