import Autodiff
import Tensors
import Transforms

/// A convolution with a learned kernel given by few Fourier coefficients: `y = F^-1 (W F x)` on the kept modes, all others zero
/// (Li et al., 2021, Definition 3).
///
/// The same weights act on any grid that resolves the modes, and give the same function of space there for band-limited input.
public struct SpectralConvolution: Sendable {
    /// `[mode, input, output, 2]`.
    public let weight: Parameter
    /// The kept modes, in the order of the weight.
    public let modes: FourierModes

    /// Declares `weight`, complex, both parts uniform on `[0, 1 / (input output))` as in the original code.
    public init(_ input: Int, _ output: Int, modes: FourierModes, initializer: Initializer? = nil, in scope: ParameterScope) {
        self.modes = modes
        let bound = 1 / Double(input * output)
        weight = scope.complex("weight", [modes.count, input, output], initializer ?? .uniform(low: 0, high: bound))
    }

    /// `[b, x..., input] -> [b, x..., output]`.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        let grid = Array(x.shape[1..<(x.shape.count - 1)])
        return x.fourierAnalysis(modes).mixingModes(x.tape.parameter(weight)).fourierSynthesis(modes, grid: grid)
    }

    /// Checks that a grid resolves the modes.
    ///
    /// - Throws: `OperatorError.invalidSetting` with the largest number of modes that the grid allows.
    public static func validate(modes: [Int], grid: [Int], layer: String) throws {
        guard modes.count == grid.count else {
            throw OperatorError.invalidSetting(
                layer: layer, setting: "modes", found: "\(modes)", allowed: "\(grid.count) numbers, one for each axis of the grid \(grid)")
        }
        let largest = grid.enumerated().map { axis, n in axis == grid.count - 1 ? n / 2 + 1 : n / 2 }
        guard zip(modes, largest).allSatisfy({ $0 >= 1 && $0 <= $1 }) else {
            throw OperatorError.invalidSetting(
                layer: layer, setting: "modes", found: "\(modes)",
                allowed:
                    "1 to \(largest.map(String.init).joined(separator: ", ")) on a grid of \(grid.map(String.init).joined(separator: " x "))"
            )
        }
    }
}
