import Tensors

/// For every entry of a coefficient array the random number that belongs to its wavenumber and the standard deviation.
struct ModeTable: Sendable {
    private var numbers: [Int]
    private var real: [Double]
    private var imaginary: [Double]

    /// A table of `count` entries that are all zero.
    init(count: Int) {
        numbers = Array(repeating: -1, count: count)
        real = Array(repeating: 0, count: count)
        imaginary = Array(repeating: 0, count: count)
    }

    /// Entry `position` is `deviation xi`; components of the wavenumber are not negative.
    mutating func setReal(_ position: Int, _ wavenumber: [Int], _ deviation: Double) {
        numbers[position] = WavenumberIndex.pack(wavenumber)
        real[position] = deviation
    }

    /// Entry `position` is `deviation sqrt(1/2) (xi + i sign eta)`, or `deviation xi` when `sign` is 0.
    ///
    /// `wavenumber` is the one whose numbers are drawn if `sign` is positive, and its mirror image if `sign` is negative.
    mutating func setComplex(_ position: Int, _ wavenumber: [Int], sign: Int, _ deviation: Double) {
        numbers[position] = WavenumberIndex.pack(signed: sign < 0 ? wavenumber.map { -$0 } : wavenumber)
        real[position] = sign == 0 ? deviation : deviation * 0.5.squareRoot()
        imaginary[position] = sign == 0 ? 0 : deviation * 0.5.squareRoot() * Double(sign)
    }

    /// A draw of real coefficients, `[count]`.
    func realSample(_ generator: Philox) -> Tensor<Double> {
        var result = Tensor<Double>([numbers.count])
        // Normal numbers come in pairs; neighbours along the last axis share one.
        var pair = -1
        var normals = (0.0, 0.0)
        result.withUnsafeMutablePointer { target in
            for position in 0..<numbers.count where numbers[position] >= 0 {
                let number = numbers[position]
                if number / 2 != pair {
                    pair = number / 2
                    normals = generator.normalPair(at: pair)
                }
                target[position] = real[position] * (number % 2 == 0 ? normals.0 : normals.1)
            }
        }
        return result
    }

    /// A draw of complex coefficients, `[count, 2]`.
    func complexSample(_ generator: Philox) -> Tensor<Double> {
        var result = Tensor<Double>([numbers.count, 2])
        result.withUnsafeMutablePointer { target in
            for position in 0..<numbers.count where numbers[position] >= 0 {
                let (a, b) = generator.normalPair(at: numbers[position])
                target[2 * position] = real[position] * a
                target[2 * position + 1] = imaginary[position] * b
            }
        }
        return result
    }
}
