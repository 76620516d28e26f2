import Tensors
import Transforms

/// The Navier-Stokes equations of incompressible flow in Fourier space, for exponential steppers: u_t = (nu Lap - mu + A) u - P div(u u) + P f.
///
/// P is the projection on fields without divergence. The isotropic part of u u is a pressure, so three components at the points and five
/// products back are enough; as pairs of real fields they are two complex inverse and three complex forward transforms.
///
/// ## References
/// C. Basdevant, J. Comput. Phys. 50 (1983) 209.
final class VelocityEquation<Element: Scalar>: SemilinearSpectralEquation {
    let name = "incompressible Navier-Stokes 3-D"
    let band: SpatialBand
    let linearSymbol: LinearSymbol
    private let transform: PairedFourierTransform<Element>
    private let placement: BandPlacement
    private let wavenumbers: [Tensor<Element>]
    private let forcing: Tensor<Element>?
    private let blocks: [Tensor<Element>]
    private let largestWavenumber: Double
    private var largestSpeed = 0.0

    init(band: SpatialBand, viscosity: Double, drag: Double, linearForcing: Double, forcing: Tensor<Double>?) {
        self.band = band
        let symbol = band.squares.map { $0 == 0 ? -drag : -viscosity * $0 - drag + linearForcing }
        linearSymbol = .real(symbol + symbol + symbol)
        let transform = PairedFourierTransform<Element>(grid: band.shape, band: band.largest)
        self.transform = transform
        placement = BandPlacement(band, planeStride: transform.planeStride, rowStride: transform.rowStride)
        wavenumbers = band.wavenumbers.map { Tensor([$0.count], $0.map { Element($0) }) }
        self.forcing = forcing.map { band.solenoidalCoefficients(of: $0) }
        blocks = (0..<3).map { _ in transform.makeBlock() }
        largestWavenumber = band.largestWavenumber
    }

    func nonlinearTerm(of state: UnsafePointer<Element>, time: Double, into rate: UnsafeMutablePointer<Element>) {
        let (a, b, c) = (blocks[0].kernelPointer, blocks[1].kernelPointer, blocks[2].kernelPointer)
        a.update(repeating: 0, count: 2 * transform.pairs)
        b.update(repeating: 0, count: 2 * transform.pairs)
        VelocityKernels.scatter(band.count, state, placement, a, b)
        transform.toFields(a)
        transform.toFields(b)
        // The padding stays zero.
        largestSpeed = Double(VelocityKernels.products(transform.pairs, a, b, c)).squareRoot()
        for block in [a, b, c] { transform.toSpectra(block) }
        VelocityKernels.divergence(
            band.count, a, b, c, placement, wavenumbers[0].basePointer, wavenumbers[1].basePointer, wavenumbers[2].basePointer,
            scale: 1 / Element(band.shape.reduce(1, *)), into: rate)
        if let forcing { Kernels.accumulate(forcing.count, forcing.basePointer, rate) }
    }

    /// See `VorticityEquation.stableTimeStep`.
    var stableTimeStep: Double { largestSpeed > 0 ? 2.8 / (largestWavenumber * largestSpeed) : .infinity }
}
