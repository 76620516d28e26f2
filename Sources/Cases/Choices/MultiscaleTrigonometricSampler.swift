import Grids
import Numerics
import Tensors

/// `[sampler] name = "multiscale-trigonometric"`: a product of waves along two directions on six scales.
///
///     a(x) = prod_{k=1}^{6} (1 + cos(a_k pi (x_1 + x_2)) / 2) (1 + sin(a_k pi (x_2 - 3 x_1)) / 2),   a_k ~ U[2^(k-1), 1.5 2^(k-1)]
public struct MultiscaleTrigonometricSampler: CoefficientSampler, Equatable {
    /// The name in case files.
    public static let name = "multiscale-trigonometric"
    /// One line for `eddy list`.
    public static let summary = "a product of waves on several scales (the multiscale Darcy data of HANO and MgNO)"

    /// Number of scales.
    public var scales = 6
    /// Amplitude of each wave.
    public var amplitude = 0.5

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integer("scales", \.scales, .range(1...12), "number of scales, each half as long as the one before"),
        .number("amplitude", \.amplitude, .between(0, 1), "amplitude of each wave"),
    ]

    /// The values at the points of the grid; the function does not depend on the grid.
    public func prepare(on grid: Grid, native: Grid) -> @Sendable (Philox) -> Tensor<Double> {
        let (ys, xs) = (grid.axes[0].coordinates, grid.axes[1].coordinates)
        let (scales, amplitude) = (scales, amplitude)
        return { generator in
            let waves = (0..<scales).map { Double(1 << $0) * (1 + 0.5 * generator.uniform(at: $0)) * Double.pi }
            var result = Tensor<Double>(uninitialized: [ys.count, xs.count])
            result.withUnsafeMutablePointer { target in
                for (j, y) in ys.enumerated() {
                    for (i, x) in xs.enumerated() {
                        target[j * xs.count + i] = waves.reduce(1) { product, wave in
                            product * (1 + amplitude * Double.cos(wave * (x + y))) * (1 + amplitude * Double.sin(wave * (y - 3 * x)))
                        }
                    }
                }
            }
            return result
        }
    }

    /// Values and law.
    public var coefficientAccount: String {
        "product over k = 1...\(scales) of (1 + \(amplitude) cos(a_k pi (x + y))) (1 + \(amplitude) sin(a_k pi (y - 3 x))), "
            + "a_k ~ U[2^(k-1), 1.5 2^(k-1)]"
    }
}
