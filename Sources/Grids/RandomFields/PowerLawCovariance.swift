import Numerics

/// The covariance operator `C = amplitude^2 (-Lap + tau^2)^(-alpha)` of a Gaussian random field.
///
/// On a box the eigenfunctions are those of the Laplacian with the boundary condition of the field; with frequency `w = 2 pi k / L`
/// (periodic) or `pi k / L` (Neumann, Dirichlet) the eigenvalue is `lambda(w) = amplitude^2 (|w|^2 + tau^2)^(-alpha)`. Eigenfunctions are
/// normalised in the mean square over the box, so a field is `g = sum_k sqrt(lambda_k) xi_k phi_k` with independent standard normal `xi_k`
/// and `phi = 1, sqrt(2) cos, sqrt(2) sin` along each axis, whatever the size of the box.
public struct PowerLawCovariance: Hashable, Codable, Sendable {
    /// Factor of the standard deviations.
    public var amplitude: Double
    /// Inverse length below which the spectrum falls off.
    public var tau: Double
    /// Power; fields are the smoother the larger it is.
    public var alpha: Double
    /// Whether the constant mode is left out, so that every field has mean zero.
    public var zeroMean: Bool

    /// A covariance; `tau` may be zero only when the constant mode is left out.
    public init(amplitude: Double, tau: Double, alpha: Double, zeroMean: Bool) {
        precondition(amplitude >= 0 && tau >= 0 && alpha >= 0, "amplitude \(amplitude), tau \(tau), alpha \(alpha)")
        precondition(tau > 0 || zeroMean, "the constant mode has no finite variance for tau = 0")
        self.amplitude = amplitude
        self.tau = tau
        self.alpha = alpha
        self.zeroMean = zeroMean
    }

    /// `sqrt(lambda)` at squared frequency `|w|^2`.
    public func standardDeviation(squaredFrequency: Double) -> Double {
        if zeroMean && squaredFrequency == 0 { return 0 }
        return amplitude * Double.pow(squaredFrequency + tau * tau, -alpha / 2)
    }
}

extension PowerLawCovariance {
    /// The field behind the Darcy coefficients of the FNO paper (its `GRF.m`): cosine basis, amplitude `tau^(alpha - 1)`, mean zero.
    ///
    /// Reference: Z. Li et al., "Fourier neural operator for parametric partial differential equations", arXiv:2010.08895, section 5.2.
    public static func darcy(tau: Double = 3, alpha: Double = 2) -> PowerLawCovariance {
        PowerLawCovariance(amplitude: Double.pow(tau, alpha - 1), tau: tau, alpha: alpha, zeroMean: true)
    }

    /// The initial vorticity of the FNO paper's Navier-Stokes data (its `random_fields.py`): Fourier basis, mean zero.
    ///
    /// The code draws `Re(sum_k s_k (a_k + i b_k) exp(2 pi i k x))` over all wavenumbers with `s_k = sqrt(2) sigma (4 pi^2 |k|^2 +
    /// tau^2)^(-alpha/2)`, `sigma = tau^((2 alpha - d)/2)` in `d` dimensions and `a_k, b_k` of unit variance, so `lambda = s_k^2`.
    public static func navierStokes(tau: Double = 7, alpha: Double = 2.5, dimension: Int = 2) -> PowerLawCovariance {
        let sigma = Double.pow(tau, 0.5 * (2 * alpha - Double(dimension)))
        return PowerLawCovariance(amplitude: Double.sqrt(2) * sigma, tau: tau, alpha: alpha, zeroMean: true)
    }

    /// The initial values of Burgers' equation as the FNO paper states them: `N(0, 625 (-Lap + 25)^(-2))`, periodic.
    public static let burgersPaper = PowerLawCovariance(amplitude: 25, tau: 5, alpha: 2, zeroMean: false)

    /// The initial values of Burgers' equation in the released generator (`GRF1.m`): `gamma = 2.5, tau = 7, sigma = 49`, mean zero.
    public static let burgersReleased = PowerLawCovariance(amplitude: 49, tau: 7, alpha: 2.5, zeroMean: true)
}
