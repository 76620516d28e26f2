import Foundation
import Numerics
import Testing

import Tensors

/// The single-precision GELU and its derivative against the complementary error function in double precision.
@Suite struct GELUTests {
    static let arguments: [Float] = (-160_000...160_000).map { Float($0) / 20_000 }

    private static func normal(_ x: Double) -> (distribution: Double, density: Double) {
        (0.5 * Double.erfc(-x * 0.5.squareRoot()), Double.exp(-0.5 * x * x) / (2 * Double.pi).squareRoot())
    }

    private func values(_ operation: UnaryOperation, _ x: [Float]) -> [Float] {
        var y = [Float](repeating: .nan, count: x.count)
        Kernels.unary(operation, x.count, x, &y)
        return y
    }

    @Test("GELU to 2.5e-7 |x|, its derivative to 2.5e-7") func errors() {
        let (y, slope) = (values(.gelu, Self.arguments), values(.geluDerivative, Self.arguments))
        var (worst, worstSlope) = (0.0, 0.0)
        for (i, x) in Self.arguments.map(Double.init).enumerated() where x != 0 {
            let (distribution, density) = Self.normal(x)
            worst = max(worst, abs(Double(y[i]) - x * distribution) / abs(x))
            worstSlope = max(worstSlope, abs(Double(slope[i]) - distribution - x * density))
        }
        #expect(worst > 1e-8 && worst < 2.5e-7, "\(worst)")
        #expect(worstSlope > 1e-8 && worstSlope < 2.5e-7, "\(worstSlope)")
    }

    @Test("the limits are exact, NaN stays") func limits() {
        for x: Float in [5.5, 6, 40, 1e30, .infinity] {
            #expect(values(.gelu, [x]) == [x] && values(.geluDerivative, [x + 0.5]) == [1], "\(x)")
            #expect(values(.geluDerivative, [-x - 0.5]) == [0], "\(x)")
            if x.isFinite { #expect(values(.gelu, [-x]) == [0], "\(x)") }
        }
        #expect(values(.gelu, [.nan])[0].isNaN && values(.geluDerivative, [.nan])[0].isNaN)
        #expect(values(.gelu, [0]) == [0] && values(.geluDerivative, [0]) == [0.5])
    }

    /// Rows of a width that is no multiple of the vector, so that vectors straddle rows.
    @Test(arguments: [1, 7, 16, 24, 128]) func withBias(columns: Int) {
        let rows = 37
        let z = (0..<(rows * columns)).map { Float(sin(Double($0)) * 4) }
        let bias = (0..<columns).map { Float(cos(Double($0))) }
        let g = (0..<(rows * columns)).map { Float(cos(3 * Double($0))) }
        var y = z
        var (value, gradient) = (z, g)
        var onlyGradient = g
        Kernels.biasGELU(rows: rows, columns: columns, z, bias: bias, &y)
        Kernels.biasGELUWithGradient(rows: rows, columns: columns, &value, bias: bias, &gradient)
        Kernels.biasGELUGradient(rows: rows, columns: columns, z, bias: bias, g, &onlyGradient)
        for i in z.indices {
            let x = Double(z[i] + bias[i % columns])
            let (distribution, density) = Self.normal(x)
            #expect(abs(Double(y[i]) - x * distribution) < 2e-6)
            #expect(abs(Double(value[i]) - x * distribution) < 2e-6)
            #expect(abs(Double(gradient[i]) - Double(g[i]) * (distribution + x * density)) < 1e-6)
            #expect(gradient[i] == onlyGradient[i])
        }
    }
}
