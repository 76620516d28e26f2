import Tensors

/// The discrete Fourier transform of real fields restricted to few kept wavenumbers, and its inverse and adjoints: what spectral layers of
/// neural operators need, in 1 to 3 dimensions.
///
/// Fields are `[batch, n1, ..., nd, channels]`, coefficients `[batch, M, channels, 2]` with pairs (real, imaginary) in the order of
/// `FourierModes`. With theta_kj = 2 pi (k1 j1 / n1 + ... + kd jd / nd) and w_k = 1 for the wavenumbers 0 and n/2 of the last axis and 2 for
/// the others:
///
///     forward:         X_k = scale sum_j x_j exp(-i theta_kj)            adjoint:  g_j = scale Re sum_k G_k exp(+i theta_kj)
///     inverse:         y_j = scale Re sum_k w_k X_k exp(+i theta_kj)     adjoint:  G_k = scale w_k sum_j g_j exp(-i theta_kj)
///
/// `inverse` is what `irfftn` of NumPy and PyTorch makes of a spectrum that is zero outside the kept modes: of the wavenumbers 0 and n/2 of the
/// last axis, the imaginary part after the leading axes is ignored. Adjoints are those of real-linear maps, the pair (re, im) being two
/// real coordinates. All four are the two kernels `analyse` and `synthesise` with other weights.
///
/// A transform for another grid has the same coefficients: synthesis on a finer grid is trigonometric interpolation.
///
/// Three families of algorithms agree to round-off: the whole FFT, an FFT pruned to the kept columns, and truncated sums over cosines and
/// sines; the fastest is found once by timing (`TruncatedFourierImplementation`). Values are cheap to make after the first of a kind, and every
/// method may be called from several threads at once; scratch memory comes from the pool.
public struct TruncatedFourierTransform<S: Scalar>: Sendable {
    /// Extents n1, ..., nd.
    public var grid: [Int] { sizes.grid }
    /// Kept wavenumbers.
    public var modes: FourierModes { sizes.modes }
    /// Number of channels.
    public var channels: Int { sizes.channels }
    /// The algorithm of `forward` and `inverseAdjoint`.
    public let analysisImplementation: TruncatedFourierImplementation
    /// The algorithm of `inverse` and `forwardAdjoint`.
    public let synthesisImplementation: TruncatedFourierImplementation

    private let sizes: TruncatedFourierSizes
    private let analysis: any TruncatedFourierEngine<S>
    private let synthesis: any TruncatedFourierEngine<S>
    /// The weights of `SpectrumWeights` on this grid, `[2, last, channels]`.
    private let weightTable: Tensor<S>

    /// A transform that keeps `modes` on `grid`; `implementation` forces an algorithm instead of the fastest.
    public init(grid: [Int], modes: FourierModes, channels: Int, implementation: TruncatedFourierImplementation? = nil) {
        precondition(
            modes.isResolved(by: grid) && channels > 0,
            "grid \(grid) does not resolve the modes \(modes.name), which need |k| <= n/2 and distinct k modulo n; \(channels) channels")
        let sizes = TruncatedFourierSizes(grid: grid, modes: modes, channels: channels)
        self.sizes = sizes
        let nyquist = grid.last! % 2 == 0 ? grid.last! / 2 : 0
        let half = (0..<modes.last).flatMap { Array(repeating: $0 == 0 || $0 == nyquist ? S(1) : S(2), count: channels) }
        weightTable = Tensor([2, modes.last, channels], half.map { _ in 1 } + half)
        let forced = implementation ?? TruncatedFourierPlanner.override
        analysisImplementation = forced ?? TruncatedFourierPlanner.fastest(sizes, .analyse, S.self)
        synthesisImplementation = forced ?? TruncatedFourierPlanner.fastest(sizes, .synthesise, S.self)
        analysis = TruncatedFourierPlanner.engine(sizes, analysisImplementation)
        synthesis = TruncatedFourierPlanner.engine(sizes, synthesisImplementation)
    }

    /// A transform that keeps the lowest wavenumbers of either sign (`FourierModes.corners`).
    public init(grid: [Int], modes: [Int], channels: Int, implementation: TruncatedFourierImplementation? = nil) {
        self.init(grid: grid, modes: .corners(modes), channels: channels, implementation: implementation)
    }

    // MARK: Tensors

    /// X_k = scale sum_j x_j exp(-i theta_kj): `[batch, n1, ..., nd, channels]` to `[batch, M, channels, 2]`.
    public func forward(_ x: Tensor<S>, scale: S = 1) -> Tensor<S> { analyse(x, scale: scale, weights: .one) }

    /// y_j = scale Re sum_k w_k X_k exp(i theta_kj), by default with scale 1/N: `[batch, M, channels, 2]` to `[batch, n1, ..., nd, channels]`.
    public func inverse(_ coefficients: Tensor<S>, scale: S? = nil) -> Tensor<S> {
        synthesise(coefficients, scale: scale ?? 1 / S(sizes.points), weights: .halfSpectrum)
    }

    /// The adjoint of `forward` with the same scale: `[batch, M, channels, 2]` to `[batch, n1, ..., nd, channels]`.
    public func forwardAdjoint(_ gradient: Tensor<S>, scale: S = 1) -> Tensor<S> { synthesise(gradient, scale: scale, weights: .one) }

    /// The adjoint of `inverse` with the same scale: `[batch, n1, ..., nd, channels]` to `[batch, M, channels, 2]`.
    public func inverseAdjoint(_ gradient: Tensor<S>, scale: S? = nil) -> Tensor<S> {
        analyse(gradient, scale: scale ?? 1 / S(sizes.points), weights: .halfSpectrum)
    }

    private func analyse(_ x: Tensor<S>, scale: S, weights: SpectrumWeights) -> Tensor<S> {
        precondition(
            x.rank == grid.count + 2 && Array(x.shape.dropFirst()) == grid + [channels],
            "field \(x.shape) on grid \(grid) with \(channels) channels"
        )
        let result = Tensor<S>(uninitialized: [x.shape[0], modes.count, channels, 2])
        analyse(x.basePointer, into: result.kernelPointer, batch: x.shape[0], scale: scale, weights: weights)
        return withExtendedLifetime(x) { result }
    }

    private func synthesise(_ coefficients: Tensor<S>, scale: S, weights: SpectrumWeights) -> Tensor<S> {
        precondition(
            coefficients.rank == 4 && Array(coefficients.shape.dropFirst()) == [modes.count, channels, 2],
            "coefficients \(coefficients.shape) for \(modes.count) modes and \(channels) channels")
        let result = Tensor<S>(uninitialized: [coefficients.shape[0]] + grid + [channels])
        synthesise(
            coefficients.basePointer, into: result.kernelPointer, batch: coefficients.shape[0], scale: scale, weights: weights,
            accumulate: false)
        return withExtendedLifetime(coefficients) { result }
    }

    // MARK: Raw memory

    /// Coefficients `[batch, M, channels, 2]` = scale weight_k sum_j x_j exp(-i theta_kj) of `x`, `[batch, n1, ..., nd, channels]`.
    public func analyse(
        _ x: UnsafePointer<S>, into coefficients: UnsafeMutablePointer<S>, batch: Int, scale: S, weights: SpectrumWeights
    ) {
        withWeights(scale, weights) { factors in
            let scratch = Storage<S>(count: analysis.scratchCount)
            for sample in 0..<batch {
                analysis.analyse(
                    x + sample * sizes.points * channels, into: coefficients + sample * 2 * modes.count * channels, weights: factors,
                    scratch: scratch.pointer)
            }
        }
    }

    /// Fields y_j = (y_j if accumulating) + scale Re sum_k weight_k X_k exp(i theta_kj), `[batch, n1, ..., nd, channels]`, from coefficients
    /// `[batch, M, channels, 2]`.
    public func synthesise(
        _ coefficients: UnsafePointer<S>, into y: UnsafeMutablePointer<S>, batch: Int, scale: S, weights: SpectrumWeights,
        accumulate: Bool = false
    ) {
        withWeights(scale, weights) { factors in
            let scratch = Storage<S>(count: synthesis.scratchCount)
            for sample in 0..<batch {
                synthesis.synthesise(
                    coefficients + sample * 2 * modes.count * channels, into: y + sample * sizes.points * channels, weights: factors,
                    accumulate: accumulate, scratch: scratch.pointer)
            }
        }
    }

    private func withWeights(_ scale: S, _ weights: SpectrumWeights, _ body: (UnsafePointer<S>) -> Void) {
        let count = modes.last * channels
        withUnsafeTemporaryAllocation(of: S.self, capacity: count) { factors in
            scaled(count, weightTable.basePointer + (weights == .one ? 0 : count), by: scale, into: factors.baseAddress!)
            body(UnsafePointer(factors.baseAddress!))
        }
    }
}
