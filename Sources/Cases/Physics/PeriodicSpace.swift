import Autodiff
import Grids
import Numerics
import Tensors
import Transforms

/// Fields of a periodic box and their Fourier coefficients on the tape: derivatives, and the band that products do not alias.
///
///     u(x_j) = sum_k u_k exp(i kappa . x_j),   kappa = 2 pi k / L
///
/// Coefficients are `[batch, M, channel, 2]` of all wavenumbers of the grid; the band is that of the 2/3 rule, as in the solvers.
public struct PeriodicSpace: Sendable {
    /// Points along each axis, slowest first.
    public let shape: [Int]
    /// Physical wavenumbers of every coefficient.
    public let wavenumbers: [[Double]]
    private let modes: FourierModes
    /// Axes whose wavenumber is n/2, of every coefficient.
    private let isNyquist: [Bool]
    private let derivatives: [ModeFactors]
    private let inverseLaplacian: ModeFactors
    private let band: ModeFactors

    /// The space of a periodic uniform grid of one to three axes.
    public init(_ grid: Grid) {
        precondition(grid.isPeriodic && grid.isUniform, "a periodic space on \(grid)")
        shape = grid.shape
        modes = FourierModes(leading: grid.shape.dropLast().map(Wavenumbers.integers), last: grid.shape.last! / 2 + 1)
        let (shape, lengths) = (grid.shape, grid.axes.map(\.length))
        let integers = modes.wavenumbers
        let wavenumbers = integers.map { zip($0, lengths).map { 2 * Double.pi * Double($0) / $1 } }
        let inBand = integers.map { k in zip(k, shape).allSatisfy { abs($0) <= Wavenumbers.largestDealiased($1) } }
        self.wavenumbers = wavenumbers
        isNyquist = integers.map { k in zip(k, shape).contains { 2 * abs($0) == $1 } }
        derivatives = shape.indices.map { axis in
            ModeFactors(zip(wavenumbers, integers).map { 2 * abs($1[axis]) == shape[axis] ? 0 : Complex(0, $0[axis]) })
        }
        inverseLaplacian = ModeFactors(
            wavenumbers.map { k in
                let square = k.reduce(0) { $0 + $1 * $1 }
                return Complex(square == 0 ? 0 : -1 / square, 0)
            })
        band = ModeFactors(inBand.map { $0 ? 1 : 0 })
    }

    /// Coefficients of fields `[batch, x..., channel]`.
    public func coefficients<Element: Scalar>(of fields: Variable<Element>) -> Variable<Element> {
        fields.fourierAnalysis(modes, scale: 1 / Element(shape.reduce(1, *)))
    }

    /// Fields of coefficients.
    public func fields<Element: Scalar>(of coefficients: Variable<Element>) -> Variable<Element> {
        coefficients.fourierSynthesis(modes, grid: shape, scale: 1)
    }

    /// Coefficients of the derivative along an axis (0 is the slowest).
    public func derivative<Element: Scalar>(_ coefficients: Variable<Element>, axis: Int) -> Variable<Element> {
        coefficients.multipliedModes(by: derivatives[axis].values())
    }

    /// Coefficients of the solution of mean zero of `Lap psi = w`, the mean of `w` left out.
    public func inverseLaplacian<Element: Scalar>(_ coefficients: Variable<Element>) -> Variable<Element> {
        coefficients.multipliedModes(by: inverseLaplacian.values())
    }

    /// The coefficients inside the band of the 2/3 rule.
    public func dealiased<Element: Scalar>(_ coefficients: Variable<Element>) -> Variable<Element> {
        coefficients.multipliedModes(by: band.values())
    }

    /// A factor for every coefficient; where a wavenumber is n/2, which stands for -n/2 too, the mean over both.
    func factors(_ value: ([Double]) -> Complex<Double>) -> ModeFactors {
        ModeFactors(
            zip(wavenumbers, isNyquist).map { k, isNyquist in isNyquist ? (value(k) + value(k.map { -$0 })).multiplied(by: 0.5) : value(k) }
        )
    }
}

/// A complex factor for every coefficient of a space, in both precisions.
struct ModeFactors: Sendable {
    private let double: Tensor<Double>
    private let float: Tensor<Float>

    init(_ factors: [Complex<Double>]) {
        double = Tensor([factors.count, 2], factors.flatMap { [$0.real, $0.imaginary] })
        float = double.cast(to: Float.self)
    }

    func values<Element: Scalar>(as type: Element.Type = Element.self) -> Tensor<Element> {
        (type == Float.self ? float as? Tensor<Element> : double as? Tensor<Element>)!
    }
}
