import Tensors

/// Wavenumbers of the discrete Fourier transform in FFT order, and the modes that products of fields do not alias.
///
/// The wave at index i of n is exp(2 pi i k x / L) with k = i for i < n/2 and k = i - n above. For even n the index n/2 stands for k = n/2 and
/// k = -n/2 at once: sampled, they are the same wave (-1)^j. It is listed as -n/2, as in NumPy, in the full order, and as n/2 in the half order.
public enum Wavenumbers {
    /// The integers 0, 1, ..., -2, -1 of an axis of `n` points.
    public static func integers(_ n: Int) -> [Int] { (0..<n).map { 2 * $0 < n ? $0 : $0 - n } }

    /// The integers 0, 1, ..., n/2 of the halved axis.
    public static func halfIntegers(_ n: Int) -> [Int] { Array(0...n / 2) }

    /// 2 pi k / length for every index of an axis of `n` points.
    ///
    /// With `isNyquistZero` the entry at n/2 of even n is 0, as derivatives of odd order need it: (-1)^j is the real part of its interpolant
    /// cos(n/2 2 pi x / L), whose odd derivatives vanish at the points. Even orders keep it.
    public static func angular<S: Scalar>(_ n: Int, length: S, isNyquistZero: Bool = false) -> [S] {
        integers(n).map { isNyquistZero && 2 * $0 == -n ? 0 : 2 * S.pi * S($0) / length }
    }

    /// 2 pi k / length for k = 0...n/2; see `angular` for `isNyquistZero`.
    public static func angularHalf<S: Scalar>(_ n: Int, length: S, isNyquistZero: Bool = false) -> [S] {
        halfIntegers(n).map { isNyquistZero && 2 * $0 == n ? 0 : 2 * S.pi * S($0) / length }
    }

    /// The largest wavenumber that the 2/3 rule keeps: the largest k with 3 k < n.
    ///
    /// The product of two fields with |k| <= K on each axis has wavenumbers up to 2 K, which alias to n - 2 K or more: beyond K if and only
    /// if 3 K < n.
    ///
    /// ## References
    /// S. A. Orszag, "On the elimination of aliasing in finite-difference schemes by filtering high-wavenumber components", J. Atmos. Sci. 28
    /// (1971) 1074.
    public static func largestDealiased(_ n: Int) -> Int { (n - 1) / 3 }

    /// 1 where every |k_i| <= `largestDealiased(n_i)`, 0 elsewhere, on the half spectrum `[n1, ..., nd/2 + 1]` of `grid`.
    public static func dealiasingMask<S: Scalar>(grid: [Int], _ type: S.Type = S.self) -> Tensor<S> {
        let keeps = grid.enumerated().map { axis, n in
            (axis == grid.count - 1 ? halfIntegers(n) : integers(n)).map { abs($0) <= largestDealiased(n) }
        }
        let values = keeps.reduce([true]) { partial, axis in partial.flatMap { head in axis.map { head && $0 } } }
        return Tensor(keeps.map(\.count), values.map { $0 ? 1 : 0 })
    }
}
