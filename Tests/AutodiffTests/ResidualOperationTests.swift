import Autodiff
import Foundation
import Tensors
import TestSupport
import Testing
import Transforms

/// The operations that residuals of equations are made of.
@Suite struct ResidualOperationTests {
    @Test func factorsOfModes() {
        let x = randomTensor([2, 3, 4, 2], seed: 1, as: Double.self)
        let factors = randomTensor([3, 2], seed: 2, as: Double.self)
        let tape = Tape<Double>()
        let y = tape.constant(x).multipliedModes(by: factors).value
        for sample in 0..<2 {
            for mode in 0..<3 {
                for channel in 0..<4 {
                    let place = 2 * ((sample * 3 + mode) * 4 + channel)
                    let (a, b) = (x.scalars[place], x.scalars[place + 1])
                    let (c, d) = (factors.scalars[2 * mode], factors.scalars[2 * mode + 1])
                    #expect(abs(y.scalars[place] - (a * c - b * d)) < 1e-14 && abs(y.scalars[place + 1] - (a * d + b * c)) < 1e-14)
                }
            }
        }
        expectGradients([x]) { $0[0].multipliedModes(by: factors) }
    }

    /// `i k` between the transforms is the derivative of a trigonometric polynomial.
    @Test(arguments: [9, 16]) func spectralDerivative(points: Int) {
        let modes = FourierModes.corners([4])
        let factors = Tensor<Double>([4, 2], modes.wavenumbers.flatMap { [0, 2 * Double.pi * Double($0[0])] })
        func derivative(_ u: Variable<Double>) -> Variable<Double> {
            u.fourierAnalysis(modes).multipliedModes(by: factors).fourierSynthesis(modes, grid: [points])
        }
        let angles = (0..<points).map { 2 * Double.pi * Double($0) / Double(points) }
        let tape = Tape<Double>()
        let u = Tensor([1, points, 1], angles.map { sin($0) + 0.5 * cos(3 * $0) })
        let exact = angles.map { 2 * Double.pi * (cos($0) - 1.5 * sin(3 * $0)) }
        for (found, wanted) in zip(derivative(tape.constant(u)).value.scalars, exact) { #expect(abs(found - wanted) < 1e-11) }
        expectGradients([randomTensor([2, points, 2], seed: 3, as: Double.self)]) { derivative($0[0]) }
    }

    @Test(arguments: [[3, 4], [1, 5], [4, 1]]) func fivePointOperator(shape: [Int]) {
        let (rows, columns) = (shape[0], shape[1])
        let x = randomTensor([2, rows, columns + 1], seed: 4, as: Double.self)
        let y = randomTensor([2, rows + 1, columns], seed: 5, as: Double.self)
        let u = randomTensor([2, rows, columns], seed: 6, as: Double.self)
        let faces = FaceConductances(x: x, y: y)
        let tape = Tape<Double>()
        let found = tape.constant(u).fivePoint(faces).value
        for sample in 0..<2 {
            func value(_ j: Int, _ i: Int) -> Double {
                j < 0 || i < 0 || j >= rows || i >= columns ? 0 : u.scalars[(sample * rows + j) * columns + i]
            }
            for j in 0..<rows {
                for i in 0..<columns {
                    let place = (sample * rows + j) * (columns + 1) + i
                    let west = x.scalars[place] * (value(j, i) - value(j, i - 1))
                    let east = x.scalars[place + 1] * (value(j, i) - value(j, i + 1))
                    let south = y.scalars[(sample * (rows + 1) + j) * columns + i] * (value(j, i) - value(j - 1, i))
                    let north = y.scalars[(sample * (rows + 1) + j + 1) * columns + i] * (value(j, i) - value(j + 1, i))
                    #expect(abs(found.scalars[(sample * rows + j) * columns + i] - (west + east + south + north)) < 1e-13)
                }
            }
        }
        expectGradients([u]) { $0[0].fivePoint(faces) }
    }
}
