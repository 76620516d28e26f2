import Tensors

/// The discrete Fourier transform of real fields in 1, 2 or 3 dimensions, to and from the half spectrum.
///
///     X_k = sum_j x_j exp(-2 pi i (k1 j1 / n1 + ... + kd jd / nd)),   x_j = (1/N) sum_k X_k exp(+2 pi i ...)
///
/// Fields are `[batch, n1, ..., nd]`, or `[batch, n1, ..., nd, channels]` when `channels` is given; half spectra are
/// `[batch, n1, ..., nd/2 + 1, (channels,) 2]` with pairs (real, imaginary), each axis in FFT order (see `Wavenumbers`). Any size works.
/// A value is a plan: cheap to copy, made once for each layout in the process, executed from any thread.
public struct RealFourierTransform<S: Scalar>: Sendable {
    /// Extents of the transformed axes.
    public var grid: [Int] { layout.grid }
    /// Number of fields (times channels) transformed by a call.
    public var batch: Int { layout.batch }
    /// Extent of the channel axis, or nil if fields have none.
    public var channels: Int? { layout.channelAxis }
    /// Extents of the half spectrum: `n1, ..., nd/2 + 1`.
    public var halfGrid: [Int] { layout.halfGrid }
    /// Real scalars of a batch of fields.
    public var realCount: Int { layout.count }
    /// Complex pairs of a batch of half spectra.
    public var spectrumCount: Int { layout.halfCount }

    private let layout: FieldLayout
    private let forwardPlan: FFTWPlan<S>
    private let inversePlan: FFTWPlan<S>

    /// Plans both directions for `batch` fields on `grid`, with a trailing channel axis if `channels` is given.
    public init(grid: [Int], batch: Int = 1, channels: Int? = nil) {
        layout = FieldLayout(grid: grid, batch: batch, channels: channels)
        forwardPlan = .cached(layout.description(.realToComplex, from: grid, to: layout.halfGrid, inPlace: false))
        inversePlan = .cached(layout.description(.complexToReal, from: layout.halfGrid, to: grid, inPlace: false))
    }

    /// The half spectra of `x` (`[..., n1, ..., nd, (channels)]`, leading axes of product `batch`), unnormalised.
    public func forward(_ x: Tensor<S>) -> Tensor<S> {
        let leading = layout.leadingAxes(of: x.shape, spatial: grid, isComplex: false)
        let result = Tensor<S>(uninitialized: leading + layout.trailingAxes(halfGrid, isComplex: true))
        x.withUnsafePointer { forward($0, into: result.kernelPointer) }
        return result
    }

    /// The fields of half spectra `[..., n1, ..., nd/2 + 1, (channels,) 2]`.
    ///
    /// FFTW destroys the spectrum on the way: pass the last use of the tensor, or it is copied first. Imaginary parts that a real field
    /// cannot have (of the wavenumbers 0 and n/2 in every axis) must be those of a Hermitian spectrum.
    public func inverse(consuming spectrum: consuming Tensor<S>, scaling: InverseScaling = .reciprocalOfCount) -> Tensor<S> {
        let leading = layout.leadingAxes(of: spectrum.shape, spatial: halfGrid, isComplex: true)
        let result = Tensor<S>(uninitialized: leading + layout.trailingAxes(grid, isComplex: false))
        spectrum.withUnsafeMutablePointer { inverse(consuming: $0, into: result.kernelPointer, scaling: scaling) }
        return result
    }

    /// `forward` on raw memory: `realCount` scalars to `spectrumCount` pairs, `x` is kept.
    public func forward(_ x: UnsafePointer<S>, into spectrum: UnsafeMutablePointer<S>) { forwardPlan.execute(x, spectrum) }

    /// `inverse` on raw memory: `spectrumCount` pairs, which are destroyed, to `realCount` scalars.
    public func inverse(
        consuming spectrum: UnsafeMutablePointer<S>, into x: UnsafeMutablePointer<S>, scaling: InverseScaling = .reciprocalOfCount
    ) {
        inversePlan.execute(spectrum, x)
        if scaling == .reciprocalOfCount { scale(layout.count, x, by: 1 / S(layout.points)) }
    }
}

/// The discrete Fourier transform of complex fields in 1, 2 or 3 dimensions.
///
///     X_k = sum_j x_j exp(-2 pi i (k1 j1 / n1 + ... + kd jd / nd)),   x_j = (1/N) sum_k X_k exp(+2 pi i ...)
///
/// Fields and spectra are `[batch, n1, ..., nd, (channels,) 2]` with pairs (real, imaginary), spectra in FFT order. Any size works.
public struct ComplexFourierTransform<S: Scalar>: Sendable {
    /// Extents of the transformed axes.
    public var grid: [Int] { layout.grid }
    /// Complex pairs of a batch.
    public var count: Int { layout.count }

    private let layout: FieldLayout
    private let forwardPlan: FFTWPlan<S>
    private let inversePlan: FFTWPlan<S>
    private let forwardPlanInPlace: FFTWPlan<S>
    private let inversePlanInPlace: FFTWPlan<S>

    /// Plans both directions for `batch` fields on `grid`, with a channel axis (before the pair axis) if `channels` is given.
    public init(grid: [Int], batch: Int = 1, channels: Int? = nil) {
        layout = FieldLayout(grid: grid, batch: batch, channels: channels)
        forwardPlan = .cached(layout.description(.complexForward, from: grid, to: grid, inPlace: false))
        inversePlan = .cached(layout.description(.complexInverse, from: grid, to: grid, inPlace: false))
        forwardPlanInPlace = .cached(layout.description(.complexForward, from: grid, to: grid, inPlace: true))
        inversePlanInPlace = .cached(layout.description(.complexInverse, from: grid, to: grid, inPlace: true))
    }

    /// The spectra of `x` (`[..., n1, ..., nd, (channels,) 2]`), unnormalised.
    public func forward(_ x: Tensor<S>) -> Tensor<S> {
        _ = layout.leadingAxes(of: x.shape, spatial: grid, isComplex: true)
        let result = Tensor<S>(uninitialized: x.shape)
        x.withUnsafePointer { forwardPlan.execute($0, result.kernelPointer) }
        return result
    }

    /// The fields of `spectrum` (`[..., n1, ..., nd, (channels,) 2]`).
    public func inverse(_ spectrum: Tensor<S>, scaling: InverseScaling = .reciprocalOfCount) -> Tensor<S> {
        _ = layout.leadingAxes(of: spectrum.shape, spatial: grid, isComplex: true)
        let result = Tensor<S>(uninitialized: spectrum.shape)
        spectrum.withUnsafePointer { inversePlan.execute($0, result.kernelPointer) }
        if scaling == .reciprocalOfCount { scale(2 * layout.count, result.kernelPointer, by: 1 / S(layout.points)) }
        return result
    }

    /// `forward` on raw memory; `x` is kept unless both addresses are the same, which transforms in place.
    public func forward(_ x: UnsafePointer<S>, into spectrum: UnsafeMutablePointer<S>) {
        (x == UnsafePointer(spectrum) ? forwardPlanInPlace : forwardPlan).execute(x, spectrum)
    }

    /// `inverse` on raw memory; `spectrum` is kept unless both addresses are the same, which transforms in place.
    public func inverse(
        _ spectrum: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, scaling: InverseScaling = .reciprocalOfCount
    ) {
        (spectrum == UnsafePointer(x) ? inversePlanInPlace : inversePlan).execute(spectrum, x)
        if scaling == .reciprocalOfCount { scale(2 * layout.count, x, by: 1 / S(layout.points)) }
    }
}
