import Tensors
import Transforms

/// The vorticity equation of planar incompressible flow in Fourier space, for exponential steppers: w_t = (nu Lap - mu) w - u.grad w + f.
///
/// The nonlinear term is exact for the band of the 2/3 rule (no aliasing), so it may be written in any form; the cheapest is
///
///     -u.grad w = -(d_xx - d_yy)(u v) + d_x d_y (u^2 - v^2),
///
/// which needs u and v at the points and two products back: one complex transform each way with z = u + i v, z^2 = (u^2 - v^2) + 2 i u v.
///
/// ## References
/// C. Basdevant, "Technical improvements for direct numerical simulation of homogeneous three-dimensional turbulence", J. Comput. Phys. 50
/// (1983) 209 (the form with the fewest transforms).
final class VorticityEquation<Element: Scalar>: SemilinearSpectralEquation {
    let name = "incompressible Navier-Stokes 2-D"
    let band: PlanarBand
    let linearSymbol: LinearSymbol
    private let transform: PairedFourierTransform<Element>
    private let velocityFactors: Tensor<Element>
    private let productFactors: Tensor<Element>
    private let forcing: Tensor<Element>?
    private let block: Tensor<Element>
    private let largestWavenumber: Double
    private var largestSpeed = 0.0

    init(band: PlanarBand, viscosity: Double, drag: Double, forcing: Tensor<Double>?) {
        self.band = band
        linearSymbol = .real(band.wavenumbers.map { -viscosity * ($0.x * $0.x + $0.y * $0.y) - drag })
        transform = PairedFourierTransform(grid: band.shape, band: band.largest)
        block = transform.makeBlock()
        let points = Double(band.shape[0] * band.shape[1])
        func table(_ value: (_ x: Double, _ y: Double) -> SIMD2<Double>) -> Tensor<Element> {
            let pairs = band.wavenumbers.map { value($0.x, $0.y) }
            return Tensor([pairs.count, 2], pairs.flatMap { [Element($0.x), Element($0.y)] })
        }
        velocityFactors = table { x, y in x == 0 && y == 0 ? .zero : SIMD2(x, y) / (x * x + y * y) }
        productFactors = table { x, y in SIMD2(x * x - y * y, 2 * x * y) / (4 * points) }
        self.forcing = forcing.map { band.coefficients(of: $0) }
        largestWavenumber = band.largestWavenumber
    }

    func nonlinearTerm(of state: UnsafePointer<Element>, time: Double, into rate: UnsafeMutablePointer<Element>) {
        let z = block.kernelPointer
        let points = (y: band.shape[0], x: band.shape[1])
        VorticityKernels.velocity(
            rows: band.rows, columns: band.columns, state, velocityFactors.basePointer, points: points, rowStride: transform.rowStride,
            into: z)
        transform.toFields(z)
        // Over the padding too: it holds zeros or leftovers that nothing reads.
        var largest: Element = 0
        for row in 0..<points.y { largest = max(largest, PairedKernels.square(points.x, z + 2 * row * transform.rowStride)) }
        largestSpeed = Double(largest).squareRoot()
        transform.toSpectra(z)
        VorticityKernels.nonlinearTerm(
            rows: band.rows, columns: band.columns, z, productFactors.basePointer, points: points, rowStride: transform.rowStride,
            into: rate)
        if let forcing { Kernels.accumulate(forcing.count, forcing.basePointer, rate) }
    }

    /// Fourth-order Runge-Kutta methods are stable up to 2.8 on the imaginary axis; advection has the eigenvalues i kappa.u, at most
    /// |kappa| |u|.
    var stableTimeStep: Double { largestSpeed > 0 ? 2.8 / (largestWavenumber * largestSpeed) : .infinity }
}
