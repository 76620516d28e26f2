import Tensors

/// The functions phi_0 = exp, phi_1, phi_2, phi_3 of exponential integrators at one complex number.
///
///     phi_0(z) = e^z,   phi_{l+1}(z) = (phi_l(z) - 1/l!) / z,   phi_l(0) = 1/l!,
///
/// to an absolute error of a few units of round-off everywhere.
///
/// The recursion upwards loses digits for small z, downwards it gains them: below |z| = 2 the Taylor series of phi_3 is summed and the others
/// follow by phi_l = 1/l! + z phi_{l+1}. That is as exact as the contour integrals of Kassam and Trefethen at a tenth of their cost.
///
/// ## References
/// A.-K. Kassam, L. N. Trefethen, "Fourth-order time-stepping for stiff PDEs", SIAM J. Sci. Comput. 26 (2005) 1214.
package struct PhiFunctions {
    /// Pairs (real, imaginary) of e^z, phi_1(z), phi_2(z), phi_3(z).
    package let exponential: SIMD2<Double>
    package let phi1: SIMD2<Double>
    package let phi2: SIMD2<Double>
    package let phi3: SIMD2<Double>

    /// All four at z = (real, imaginary).
    package init(_ z: SIMD2<Double>) {
        let square = (z * z).sum()
        if square < 4 {
            // The first term left out is below 2^22 / 25! = 3e-19.
            var sum = SIMD2<Double>.zero
            for term in PhiFunctions.taylor { sum = PhiFunctions.multiply(sum, z) + SIMD2(term, 0) }
            phi3 = sum
            phi2 = SIMD2(0.5, 0) + PhiFunctions.multiply(z, phi3)
            phi1 = SIMD2(1, 0) + PhiFunctions.multiply(z, phi2)
            exponential = SIMD2(1, 0) + PhiFunctions.multiply(z, phi1)
        } else {
            let reciprocal = SIMD2(z.x, -z.y) / square
            exponential = Double.exp(z.x) * SIMD2(Double.cos(z.y), Double.sin(z.y))
            phi1 = PhiFunctions.multiply(exponential - SIMD2(1, 0), reciprocal)
            phi2 = PhiFunctions.multiply(phi1 - SIMD2(1, 0), reciprocal)
            phi3 = PhiFunctions.multiply(phi2 - SIMD2(0.5, 0), reciprocal)
        }
    }

    /// 1/(j + 3)! from j = 21 down to 0.
    private static let taylor: [Double] = {
        var terms = [1.0 / 6]
        for j in 1...21 { terms.append(terms[j - 1] / Double(j + 3)) }
        return terms.reversed()
    }()

    @inline(__always)
    private static func multiply(_ a: SIMD2<Double>, _ b: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x)
    }
}
