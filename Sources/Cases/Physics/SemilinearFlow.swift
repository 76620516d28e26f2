import Autodiff
import Numerics
import Tensors

/// An equation `u_t = L u + N(u)` for one field of a periodic box, with `L` diagonal in Fourier space: what its residual needs.
public protocol SemilinearFlow: Sendable {
    /// `L` at a physical wavenumber, slowest axis first.
    func linearSymbol(_ k: [Double]) -> Complex<Double>

    /// Coefficients of `N(u)` in the band of the 2/3 rule from those of `u`, channel by channel; nil where there is no such term.
    func nonlinearTerm<Element: Scalar>(of coefficients: Variable<Element>, in space: PeriodicSpace) -> Variable<Element>?
}

/// A linear equation `u_t = L u`.
public struct LinearFlow: SemilinearFlow {
    private let symbol: @Sendable ([Double]) -> Complex<Double>

    /// The equation with a linear symbol.
    public init(symbol: @escaping @Sendable ([Double]) -> Complex<Double>) { self.symbol = symbol }

    /// `L`.
    public func linearSymbol(_ k: [Double]) -> Complex<Double> { symbol(k) }

    /// None.
    public func nonlinearTerm<Element: Scalar>(of coefficients: Variable<Element>, in space: PeriodicSpace) -> Variable<Element>? { nil }
}

/// `u_t + a (u^2 / 2)_x = L u` on a line: Burgers, Korteweg-de Vries, Kuramoto-Sivashinsky.
public struct QuadraticFlow: SemilinearFlow {
    private let speedFactor: Double
    private let symbol: @Sendable (Double) -> Complex<Double>

    /// The equation with `a` and the linear symbol at a wavenumber.
    public init(speedFactor: Double = 1, symbol: @escaping @Sendable (Double) -> Complex<Double>) {
        self.speedFactor = speedFactor
        self.symbol = symbol
    }

    /// `L`.
    public func linearSymbol(_ k: [Double]) -> Complex<Double> { symbol(k[0]) }

    /// `-a (u^2 / 2)_x`.
    public func nonlinearTerm<Element: Scalar>(of coefficients: Variable<Element>, in space: PeriodicSpace) -> Variable<Element>? {
        let square = space.fields(of: space.dealiased(coefficients)).square() * Element(-0.5 * speedFactor)
        return space.dealiased(space.derivative(space.coefficients(of: square), axis: 0))
    }
}

/// Plane incompressible flow by its vorticity, `w_t = (nu Lap - mu) w - u . grad w + f`; axes `[y, x]`.
///
/// The products are those of the solver, `-u . grad w = -(d_xx - d_yy)(u v) + d_x d_y (u^2 - v^2)` (C. Basdevant, J. Comput. Phys. 50 (1983) 209).
public struct VorticityFlow: SemilinearFlow {
    private let viscosity: Double
    private let drag: Double
    private let forcing: Tensor<Double>?

    /// The flow under a steady forcing of the vorticity, `[y, x]` on the grid of the space.
    public init(viscosity: Double, drag: Double, forcing: Tensor<Double>?) {
        self.viscosity = viscosity
        self.drag = drag
        self.forcing = forcing
    }

    /// `-nu |k|^2 - mu`.
    public func linearSymbol(_ k: [Double]) -> Complex<Double> { Complex(-viscosity * (k[0] * k[0] + k[1] * k[1]) - drag, 0) }

    /// Advection and forcing.
    public func nonlinearTerm<Element: Scalar>(of coefficients: Variable<Element>, in space: PeriodicSpace) -> Variable<Element>? {
        // u = psi_y, v = -psi_x with -Lap psi = w.
        let stream = space.inverseLaplacian(space.dealiased(coefficients))
        let u = space.fields(of: space.derivative(stream, axis: 0)) * -1
        let v = space.fields(of: space.derivative(stream, axis: 1))
        func twice(_ coefficients: Variable<Element>, _ first: Int, _ second: Int) -> Variable<Element> {
            space.derivative(space.derivative(coefficients, axis: first), axis: second)
        }
        let product = space.dealiased(space.coefficients(of: u * v))
        let difference = space.dealiased(space.coefficients(of: u.square() - v.square()))
        let advection = twice(product, 0, 0) - twice(product, 1, 1) + twice(difference, 0, 1)
        guard let forcing else { return advection }
        let field = coefficients.tape.constant(forcing.cast(to: Element.self).reshaped([1] + space.shape + [1]))
        return advection + space.dealiased(space.coefficients(of: field))
    }
}
