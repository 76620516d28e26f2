import Tensors

/// One way to compute a truncated Fourier transform of one sample; implementations agree to round-off.
///
/// `x`, `y`: `[n1, ..., nd, C]`; `modes`: `[M, C, 2]`; `weights`: `[last, C]`, the factors by the wavenumber of the last axis, scale
/// included, repeated for each channel so that kernels run over wavenumbers and channels in one loop.
protocol TruncatedFourierEngine<S>: AnyObject, Sendable {
    associatedtype S: Scalar

    /// Scalars of scratch memory that a call needs.
    var scratchCount: Int { get }

    /// modes_k = weights_k sum_j x_j exp(-2 pi i k.j / n).
    func analyse(
        _ x: UnsafePointer<S>, into modes: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, scratch: UnsafeMutablePointer<S>)

    /// y_j = (y_j if accumulating) + Re sum_k weights_k modes_k exp(+2 pi i k.j / n).
    func synthesise(
        _ modes: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, weights: UnsafePointer<S>, accumulate: Bool,
        scratch: UnsafeMutablePointer<S>)
}

/// Sizes that every engine needs.
struct TruncatedFourierSizes: Hashable, Sendable {
    let grid: [Int]
    let modes: FourierModes
    let channels: Int

    var points: Int { grid.reduce(1, *) }
    var rank: Int { grid.count }
    /// n_d/2 + 1.
    var half: Int { grid.last! / 2 + 1 }
}

/// Rounds a count up so that what follows stays aligned to 64 bytes in either precision.
func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }
