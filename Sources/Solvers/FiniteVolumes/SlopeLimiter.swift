/// The slopes that a cell is given for the reconstruction at its faces, from the differences `a`, `b` to its two neighbours.
///
/// All vanish at extrema (`a b <= 0`), so that reconstructed values stay between those of the neighbours, and all are second order on smooth monotone data.
public enum SlopeLimiter: String, Sendable, CaseIterable, Codable {
    /// The smaller of `a` and `b`: the most dissipative.
    case minmod
    /// `minmod(2 a, (a + b) / 2, 2 b)`, monotonised central differences.
    ///
    /// B. van Leer, "Towards the ultimate conservative difference scheme III", J. Comput. Phys. 23 (1977) 263, doi:10.1016/0021-9991(77)90094-8.
    case monotonizedCentral = "mc"
    /// The harmonic mean `2 a b / (a + b)`.
    ///
    /// B. van Leer, "Towards the ultimate conservative difference scheme II", J. Comput. Phys. 14 (1974) 361, doi:10.1016/0021-9991(74)90019-9.
    case vanLeer = "van-leer"
    /// `minmod(2 a, (a + 2 b) / 3, 2 b)` towards the upper face and with `a`, `b` exchanged towards the lower one: the upwind-biased parabola, of
    /// third order for the transport of smooth monotone data along an axis.
    ///
    /// B. Koren, "A robust upwind discretization method for advection, diffusion and source terms", in: Numerical Methods for Advection-Diffusion
    /// Problems, Vieweg 1993, 117.
    case koren

    /// Operations for one slope, the two differences among them; a comparison is one.
    var operations: Int {
        switch self {
        case .minmod, .vanLeer: 7
        case .monotonizedCentral: 13
        case .koren: 28
        }
    }

    /// Whether one slope serves both faces of a cell.
    var isSymmetric: Bool { self != .koren }

    /// `slopes[i]` of the cells `cells[i]` whose neighbours are `cells[i - step]` and `cells[i + step]`, for `count` cells (rounded up to eight).
    ///
    /// Towards the lower faces they go to `lower`, which is `slopes` where the limiter is symmetric.
    func slopes(
        _ count: Int, _ cells: UnsafePointer<Double>, step: Int, _ slopes: UnsafeMutablePointer<Double>,
        lower: UnsafeMutablePointer<Double>
    ) {
        switch self {
        case .minmod:
            SlopeLimiter.forEach(count, cells, step, slopes) { a, b in
                // Written so that the signs of both arguments may be reversed without a change in any bit.
                a.least(b).greatest(.zero) + a.greatest(b).least(.zero)
            }
        case .monotonizedCentral:
            SlopeLimiter.forEach(count, cells, step, slopes) { a, b in
                let mean = 0.5 * (a + b)
                return mean.least(2 * a.least(b)).greatest(.zero) + mean.greatest(2 * a.greatest(b)).least(.zero)
            }
        case .vanLeer:
            SlopeLimiter.forEach(count, cells, step, slopes) { a, b in
                let product = a * b
                let sum = (a + b).replacing(with: 1, where: product .<= 0)
                return 2 * product.greatest(.zero) / sum
            }
        case .koren:
            @inline(__always) func biased(_ near: Lanes, _ far: Lanes) -> Lanes {
                let mean = (1.0 / 3) * near + (2.0 / 3) * far
                return mean.least(2 * near.least(far)).greatest(.zero) + mean.greatest(2 * near.greatest(far)).least(.zero)
            }
            SlopeLimiter.forEach(count, cells, step, slopes) { a, b in biased(a, b) }
            SlopeLimiter.forEach(count, cells, step, lower) { a, b in biased(b, a) }
        }
    }

    @inline(__always)
    private static func forEach(
        _ count: Int, _ cells: UnsafePointer<Double>, _ step: Int, _ slopes: UnsafeMutablePointer<Double>, _ limit: (Lanes, Lanes) -> Lanes
    ) {
        for i in stride(from: 0, to: count, by: 8) {
            let centre = Lanes(cells + i)
            limit(centre - Lanes(cells + i - step), Lanes(cells + i + step) - centre).store(slopes + i)
        }
    }
}
