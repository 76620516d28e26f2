import Tensors
import Transforms

/// The transforms of one spectral layer on one grid, made once and kept, because their plans are measured.
public enum SpectralTransforms {
    private struct Key: Hashable {
        let grid: [Int]
        let modes: FourierModes
        let channels: Int
        let isDouble: Bool
    }

    private static let cache = PlanCache<Key>()

    /// The transform for a grid, modes and channels.
    public static func transform<Element: Scalar>(
        grid: [Int], modes: FourierModes, channels: Int, as type: Element.Type = Element.self
    ) -> TruncatedFourierTransform<Element> {
        let key = Key(grid: grid, modes: modes, channels: channels, isDouble: Element.self == Double.self)
        return cache.value(for: key) { TruncatedFourierTransform<Element>(grid: grid, modes: modes, channels: channels) }
    }

    private struct GridModes: Hashable {
        let grid: [Int]
        let modes: FourierModes
    }

    private static let normalisations = PlanCache<GridModes>()

    /// How fields of few modes are normalised; nil if the modes leave out the constant.
    static func normalisation(grid: [Int], modes: FourierModes) -> SpectralNormalisation? {
        guard modes.meanIndex != nil else { return nil }
        return normalisations.value(for: GridModes(grid: grid, modes: modes)) {
            SpectralNormalisation(wavenumbers: modes.wavenumbers, grid: grid)
        }
    }
}

extension Variable {
    /// The kept Fourier coefficients `[b, M, c, 2]` of a field `[b, x..., c]`: `X_k = scale sum_j x_j exp(-i theta_kj)`.
    @specialized(where Element == Float)
    public func fourierAnalysis(_ modes: FourierModes, scale: Element = 1) -> Variable {
        let grid = Array(shape[1..<(shape.count - 1)])
        let transform = SpectralTransforms.transform(grid: grid, modes: modes, channels: shape[shape.count - 1], as: Element.self)
        return analysed(transform, scale: scale, .one)
    }

    /// The field `[b, x..., c]` on `grid` of kept coefficients `[b, M, c, 2]`, all others being zero: `irfftn` times `scale` times the number
    /// of points; by default `scale` is one over that number.
    @specialized(where Element == Float)
    public func fourierSynthesis(_ modes: FourierModes, grid: [Int], scale: Element? = nil) -> Variable {
        let transform = SpectralTransforms.transform(grid: grid, modes: modes, channels: shape[2], as: Element.self)
        return synthesised(transform, scale: scale ?? 1 / Element(grid.reduce(1, *)), .halfSpectrum)
    }

    private func analysed(_ transform: TruncatedFourierTransform<Element>, scale: Element, _ weights: SpectrumWeights) -> Variable {
        precondition(Array(shape.dropFirst()) == transform.grid + [transform.channels], "field \(shape) on the grid \(transform.grid)")
        let result = Tensor<Element>(uninitialized: [shape[0], transform.modes.count, transform.channels, 2])
        transform.analyse(value.basePointer, into: result.kernelPointer, batch: shape[0], scale: scale, weights: weights)
        return tape.record(result, [self]) { g in [g.synthesised(transform, scale: scale, weights)] }
    }

    private func synthesised(_ transform: TruncatedFourierTransform<Element>, scale: Element, _ weights: SpectrumWeights) -> Variable {
        precondition(
            Array(shape.dropFirst()) == [transform.modes.count, transform.channels, 2],
            "coefficients \(shape) for \(transform.modes.count) modes of \(transform.channels) channels")
        let result = Tensor<Element>(uninitialized: [shape[0]] + transform.grid + [transform.channels])
        transform.synthesise(value.basePointer, into: result.kernelPointer, batch: shape[0], scale: scale, weights: weights)
        return tape.record(result, [self]) { g in [g.analysed(transform, scale: scale, weights)] }
    }
}
