import Autodiff
import Foundation
import NeuralOperators
import Tensors
import TestSupport
import Testing

/// A loss and its value for one sample `[points..., channels]`, written out in Float64.
struct LossCase: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let loss: any Loss
    let shape: [Int]
    let reference: @Sendable (_ p: [Double], _ t: [Double]) -> Double
}

private func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
private func minus(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }
private func channel(_ index: Int, of count: Int, _ values: [Double]) -> [Double] {
    values.enumerated().filter { $0.offset % count == index }.map(\.element)
}

/// `u^2 + |grad u|^2` summed, by differences, for `[rows, columns]` with spacings 0.2 and 0.5; rows periodic, columns not.
private func squaredH1(_ u: [Double], rows: Int, columns: Int) -> Double {
    func at(_ row: Int, _ column: Int) -> Double { u[(row + rows) % rows * columns + column] }
    var sum = 0.0
    for row in 0..<rows {
        for column in 0..<columns {
            let across = (at(row + 1, column) - at(row - 1, column)) / 0.4
            let along: Double
            if column == 0 {
                along = -3 * at(row, 0) + 4 * at(row, 1) - at(row, 2)
            } else if column == columns - 1 {
                along = 3 * at(row, column) - 4 * at(row, column - 1) + at(row, column - 2)
            } else {
                along = at(row, column + 1) - at(row, column - 1)
            }
            sum += at(row, column) * at(row, column) + across * across + along * along
        }
    }
    return sum
}

/// `(1/N) sum_k (1 + |f k|^2) |u_k|^2` over the whole spectrum by the definition of the transform.
private func squaredSpectralH1(_ u: [Double], rows: Int, columns: Int, factors: (Double, Double), cutoff: Int) -> Double {
    var sum = 0.0
    for i in 0..<rows {
        for j in 0..<columns {
            let k = (i <= rows / 2 ? i : i - rows, j <= columns / 2 ? j : j - columns)
            var (real, imaginary) = (0.0, 0.0)
            for row in 0..<rows {
                for column in 0..<columns {
                    let angle = -2 * Double.pi * (Double(i * row) / Double(rows) + Double(j * column) / Double(columns))
                    real += u[row * columns + column] * cos(angle)
                    imaginary += u[row * columns + column] * sin(angle)
                }
            }
            let first = abs(k.0) < cutoff ? factors.0 * Double(k.0) : 0
            let second = abs(k.1) < cutoff ? factors.1 * Double(k.1) : 0
            sum += (1 + first * first + second * second) * (real * real + imaginary * imaginary)
        }
    }
    return sum / Double(rows * columns)
}

let lossCases: [LossCase] = [
    LossCase(testDescription: "relative L2", loss: L2Loss(), shape: [4, 5, 2]) { p, t in norm(minus(p, t)) / norm(t) },
    LossCase(testDescription: "absolute L2", loss: L2Loss(isRelative: false), shape: [4, 5, 2]) { p, t in
        norm(minus(p, t)) / Double(t.count).squareRoot()
    },
    LossCase(testDescription: "relative L2 of each field", loss: L2Loss(fields: .separate(weights: [3, 1])), shape: [7, 2]) { p, t in
        (0..<2).reduce(0) { sum, c in
            let (a, b) = (channel(c, of: 2, p), channel(c, of: 2, t))
            return sum + [0.75, 0.25][c] * norm(minus(a, b)) / norm(b)
        }
    },
    LossCase(testDescription: "relative L1", loss: L1Loss(), shape: [6, 2]) { p, t in
        minus(p, t).reduce(0) { $0 + abs($1) } / t.reduce(0) { $0 + abs($1) }
    },
    LossCase(testDescription: "absolute L1", loss: L1Loss(isRelative: false), shape: [6, 2]) { p, t in
        minus(p, t).reduce(0) { $0 + abs($1) } / 12
    },
    LossCase(testDescription: "relative L1 of each field", loss: L1Loss(fields: .separate(weights: [1, 1])), shape: [6, 2]) { p, t in
        (0..<2).reduce(0) { sum, c in
            let (a, b) = (channel(c, of: 2, p), channel(c, of: 2, t))
            return sum + 0.5 * minus(a, b).reduce(0) { $0 + abs($1) } / b.reduce(0) { $0 + abs($1) }
        }
    },
    LossCase(testDescription: "mean squared error", loss: MeanSquaredError(), shape: [3, 4, 2]) { p, t in
        let e = norm(minus(p, t))
        return e * e / 24
    },
    LossCase(
        testDescription: "mean squared error with weights", loss: MeanSquaredError(fields: .separate(weights: [1, 4])), shape: [5, 2]
    ) { p, t in
        (0..<2).reduce(0) { sum, c in
            let e = norm(minus(channel(c, of: 2, p), channel(c, of: 2, t)))
            return sum + [0.2, 0.8][c] * e * e / 5
        }
    },
    LossCase(
        testDescription: "relative H1 by differences",
        loss: H1Loss(gradient: .differences(spacing: [0.2, 0.5], periodic: [true, false])), shape: [6, 5, 1]
    ) { p, t in (squaredH1(minus(p, t), rows: 6, columns: 5) / squaredH1(t, rows: 6, columns: 5)).squareRoot() },
    LossCase(
        testDescription: "relative spectral H1, even and odd sizes",
        loss: H1Loss(gradient: .spectral(factors: [2 * .pi, 1.5], cutoff: nil)), shape: [6, 5, 1]
    ) { p, t in
        let factors = (2 * Double.pi, 1.5)
        return
            (squaredSpectralH1(minus(p, t), rows: 6, columns: 5, factors: factors, cutoff: .max)
            / squaredSpectralH1(t, rows: 6, columns: 5, factors: factors, cutoff: .max)).squareRoot()
    },
    LossCase(
        testDescription: "absolute spectral H1 with a cutoff of each field",
        loss: H1Loss(gradient: .spectral(factors: [1, 1], cutoff: 2), isRelative: false, fields: .separate(weights: [1, 3])),
        shape: [4, 6, 2]
    ) { p, t in
        (0..<2).reduce(0) { sum, c in
            let e = minus(channel(c, of: 2, p), channel(c, of: 2, t))
            return sum + [0.25, 0.75][c] * (squaredSpectralH1(e, rows: 4, columns: 6, factors: (1, 1), cutoff: 2) / 24).squareRoot()
        }
    },
]

@Suite struct LossTests {
    private func data(_ loss: LossCase, samples: Int) -> (prediction: Tensor<Double>, target: Tensor<Double>) {
        (randomTensor([samples] + loss.shape, seed: 1), randomTensor([samples] + loss.shape, seed: 2))
    }

    @Test("values follow the formula, and samples add up", arguments: lossCases)
    func values(_ loss: LossCase) {
        let (p, t) = data(loss, samples: 3)
        let size = loss.shape.reduce(1, *)
        let expected = (0..<3).reduce(0.0) { sum, sample in
            let range = (sample * size)..<((sample + 1) * size)
            return sum + loss.reference(Array(p.scalars[range]), Array(t.scalars[range]))
        }
        let tape = Tape<Double>()
        let found = loss.loss.sum(tape.constant(p), t).value.item
        #expect(abs(found / expected - 1) < 1e-12)
        let parts = [0..<1, 1..<3].map { loss.loss.sum(tape.constant(p.rows($0)), t.rows($0)).value.item }
        #expect(abs(parts[0] + parts[1] - found) < 1e-13 * abs(found))
        let single = Tape<Float>()
        let coarse = loss.loss.sum(single.constant(p.cast(to: Float.self)), t.cast(to: Float.self)).value.item
        #expect(abs(Double(coarse) / expected - 1) < 1e-5)
    }

    @Test("first and second derivatives agree with central differences", arguments: lossCases)
    func gradients(_ loss: LossCase) {
        let (p, t) = data(loss, samples: 2)
        expectGradients([p]) { loss.loss.sum($0[0], t) }
    }

    @Test("a perfect prediction has loss zero and gradient zero", arguments: lossCases)
    func perfect(_ loss: LossCase) {
        let (_, t) = data(loss, samples: 2)
        let tape = Tape<Double>()
        let p = tape.variable(t)
        let value = loss.loss.sum(p, t)
        #expect(value.value.item == 0)
        let gradient = tape.gradients(of: value, for: [p])[0].value
        #expect(gradient.scalars.allSatisfy { $0 == 0 })
    }

    @Test("a target of zeros gives a finite loss", arguments: lossCases)
    func zeroTarget(_ loss: LossCase) {
        let (p, t) = data(loss, samples: 2)
        let tape = Tape<Float>()
        let prediction = tape.variable(p.cast(to: Float.self))
        let value = loss.loss.sum(prediction, Tensor(t.shape, repeating: 0))
        #expect(value.value.item.isFinite)
        #expect(tape.gradients(of: value, for: [prediction])[0].value.scalars.allSatisfy { $0.isFinite })
    }
}
