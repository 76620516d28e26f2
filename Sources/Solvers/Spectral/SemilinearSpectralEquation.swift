import Tensors

/// A semilinear equation whose linear part is diagonal in the coefficients of its state.
///
///     du_k/dt = L_k u_k + N_k(u, t),
///
/// as pseudo-spectral discretisations in space give it: u_k are the complex Fourier coefficients of one or several fields.
///
/// A state is a block of complex pairs (real, imaginary), or of real coefficients, whose order the equation alone knows; steppers treat them alike. An equation owns
/// the work space of its nonlinear term, so one value belongs to one thread.
public protocol SemilinearSpectralEquation: AnyObject {
    /// Precision of the state.
    associatedtype Element: Scalar

    /// What errors call the solver.
    var name: String { get }

    /// L_k of every coefficient; their number is the number of complex coefficients of a state.
    var linearSymbol: LinearSymbol { get }

    /// Writes N_k(u, t) of every coefficient; neither argument is kept, and `rate` is not `state`.
    func nonlinearTerm(of state: UnsafePointer<Element>, time: Double, into rate: UnsafeMutablePointer<Element>)

    /// The largest time step at which an explicit fourth-order Runge-Kutta method is stable for N near the state that `nonlinearTerm` saw
    /// last: the Courant limit of advection. Infinite where there is none.
    var stableTimeStep: Double { get }
}

/// The linear part of a semilinear equation, one number for each complex coefficient.
public enum LinearSymbol: Sendable, Equatable {
    /// Real L_k (diffusion, drag): cheaper to step with.
    case real([Double])
    /// Pairs (real, imaginary) of L_k (advection, dispersion).
    case complex([Double])
    /// Real L_k of real coefficients (sine, cosine and Hartley series), which take the place of pairs in a state; their number may be odd.
    case scalars([Double])

    /// Scalars of a state: two for each complex coefficient.
    public var scalarCount: Int {
        switch self {
        case .real(let values): 2 * values.count
        case .complex(let values), .scalars(let values): values.count
        }
    }

    /// Real part of L for every scalar of a state.
    var growthRates: [Double] {
        switch self {
        case .real(let values): values.flatMap { [$0, $0] }
        case .complex(let values): values.indices.map { values[$0 & ~1] }
        case .scalars(let values): values
        }
    }
}
