import Autodiff
import Synchronization
import Tensors

/// How a field is interpolated to a grid twice as fine.
public enum Interpolation: String, Codable, Sendable, CaseIterable {
    /// Cubic convolution with four points along each axis (Keys, 1981, with `a = -3/4`).
    case bicubic
    /// Linear along each axis.
    case bilinear
    /// Every point repeated.
    case nearest
}

/// Interpolates `[b, y, x, c]` to twice as many points along both axes, cell centres on cell centres.
public struct Doubling: Sendable {
    private let interpolation: Interpolation
    private let isPeriodic: Bool

    /// Interpolation of a field that is periodic, or constant beyond its outermost points.
    public init(_ interpolation: Interpolation, isPeriodic: Bool) {
        self.interpolation = interpolation
        self.isPeriodic = isPeriodic
    }

    /// `[b, y, x, c] -> [b, 2 y, 2 x, c]`.
    public func callAsFunction<Element: Scalar>(_ field: Variable<Element>) -> Variable<Element> {
        field.resampled(map(field.shape[1]), axis: 1).resampled(map(field.shape[2]), axis: 2)
    }

    private struct Key: Hashable {
        let count: Int
        let interpolation: Interpolation
        let isPeriodic: Bool
    }

    private static let maps = Mutex<[Key: LinearResampling]>([:])

    /// The map of an axis, made once for each extent.
    private func map(_ count: Int) -> LinearResampling {
        let key = Key(count: count, interpolation: interpolation, isPeriodic: isPeriodic)
        return Self.maps.withLock { maps in
            if let known = maps[key] { return known }
            let mode: PaddingMode = isPeriodic ? .circular : .replicate
            let map: LinearResampling =
                switch interpolation {
                case .bicubic: .cubic(count, to: 2 * count, mode: mode)
                case .bilinear: .linear(count, to: 2 * count, mode: mode)
                case .nearest: .nearest(count, to: 2 * count)
                }
            maps[key] = map
            return map
        }
    }
}
