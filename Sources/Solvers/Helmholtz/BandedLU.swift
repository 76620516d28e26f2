import COpenBLAS
import Numerics
import Tensors

/// LU factors with partial pivoting of nine-point equations in band storage (LAPACK `dgbtrf`, `zgbtrf`).
///
/// Unknowns are numbered along the shorter side, so that the band is as narrow as it can be. Memory is `3 n N` numbers for `N` unknowns with `n` along the
/// shorter side, work is `4 n^2 N` multiplications and additions.
final class BandedLU {
    private let nx: Int
    private let ny: Int
    private let isReal: Bool
    private let band: Int
    private let factor: Storage<Double>
    private var pivots: [Int32]
    private var count: Int { nx * ny }
    private var rows: Int { 3 * band + 1 }
    /// Doubles in a number.
    private var width: Int { isReal ? 1 : 2 }

    /// Factorises; nil if a pivot is exactly zero.
    init?(_ system: CompactHelmholtz) {
        nx = system.nx
        ny = system.ny
        isReal = system.isReal
        band = min(nx, ny) + 1
        factor = Storage(count: (isReal ? 1 : 2) * (3 * (min(nx, ny) + 1) + 1) * nx * ny)
        pivots = Array(repeating: 0, count: nx * ny)
        factor.pointer.update(repeating: 0, count: factor.count)
        for y in 0..<ny {
            for x in 0..<nx {
                for b in -1...1 where y + b >= 0 && y + b < ny {
                    for a in -1...1 where x + a >= 0 && x + a < nx {
                        let value = system.stencil[9 * (y * nx + x) + 3 * (b + 1) + a + 1]
                        let (row, column) = (number(y, x), number(y + b, x + a))
                        let entry = width * (column * rows + 2 * band + row - column)
                        factor.pointer[entry] = value.real
                        if !isReal { factor.pointer[entry + 1] = value.imaginary }
                    }
                }
            }
        }
        openblas_set_num_threads(1)
        // 2 N b (b + 2 b) with the fill of pivoting at most, 4 N b^2 as LAPACK's users count it; complex operations are four.
        Flops.addOther((isReal ? 4 : 16) * count * band * band)
        var (n, lower, lead, info) = (Int32(count), Int32(band), Int32(rows), Int32(0))
        var (size, upper) = (n, lower)
        if isReal {
            dgbtrf_(&n, &size, &lower, &upper, factor.pointer, &lead, &pivots, &info)
        } else {
            zgbtrf_(&n, &size, &lower, &upper, factor.pointer, &lead, &pivots, &info)
        }
        if info != 0 { return nil }
    }

    private func number(_ y: Int, _ x: Int) -> Int { ny < nx ? x * ny + y : y * nx + x }

    /// The solution for a right-hand side in row-major order.
    func solve(_ rightHandSide: [Complex<Double>]) -> [Complex<Double>] {
        let vector = Storage<Double>(count: width * count)
        for y in 0..<ny {
            for x in 0..<nx {
                let (value, entry) = (rightHandSide[y * nx + x], width * number(y, x))
                vector.pointer[entry] = value.real
                if !isReal { vector.pointer[entry + 1] = value.imaginary }
            }
        }
        Flops.addOther((isReal ? 6 : 24) * count * band)
        var (n, lower, lead, one, info) = (Int32(count), Int32(band), Int32(rows), Int32(1), Int32(0))
        var (size, upper) = (n, lower)
        if isReal {
            dgbtrs_("N", &n, &lower, &upper, &one, factor.pointer, &lead, &pivots, vector.pointer, &size, &info)
        } else {
            zgbtrs_("N", &n, &lower, &upper, &one, factor.pointer, &lead, &pivots, vector.pointer, &size, &info)
        }
        var result = [Complex<Double>](repeating: 0, count: count)
        for y in 0..<ny {
            for x in 0..<nx {
                let entry = width * number(y, x)
                result[y * nx + x] = Complex(vector.pointer[entry], isReal ? 0 : vector.pointer[entry + 1])
            }
        }
        return result
    }
}
