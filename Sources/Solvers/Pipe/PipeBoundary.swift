/// What is given on walls, inlet and outlet of a pipe.
struct PipeBoundary: Sendable {
    /// `psi`, `psi_xi`, `psi_eta`, `psi_xi_eta` at a point of the walls or the inlet.
    typealias Stream = @Sendable (_ xi: Double, _ eta: Double) -> SIMD4<Double>
    /// `nu d(u, v)/dx - (p, 0)` at a point of the outlet.
    typealias Traction = @Sendable (_ eta: Double) -> (x: Double, y: Double)

    /// Stream function on walls and inlet.
    let stream: Stream
    /// Traction at the outlet; nil for none.
    let traction: Traction?
    /// Slope of the centre line at the outlet.
    let outletSlope: Double

    /// Any flow on walls and inlet.
    init(stream: @escaping Stream, traction: Traction?, outletSlope: Double) {
        (self.stream, self.traction, self.outletSlope) = (stream, traction, outletSlope)
    }

    /// Walls without slip, a parabola `maximum (1 - 4 eta^2 / width^2)` along `x` at the inlet, no traction at the outlet.
    init(_ centreline: PipeCentreline, width: Double, maximum: Double) {
        let slope = centreline.slope(at: 0)
        self.init(
            stream: { xi, eta in
                let s = 2 * eta / width
                let psi = 0.5 * maximum * width * (s - s * s * s / 3)
                // At the corners the walls do not let the inlet's shear pass.
                guard xi == 0, abs(s) < 1 - 1e-12 else { return SIMD4(psi, 0, 0, 0) }
                let (velocity, shear) = (maximum * (1 - s * s), -4 * maximum * s / width)
                return SIMD4(psi, slope * velocity, velocity, slope * shear)
            }, traction: nil, outletSlope: centreline.slope(at: centreline.length))
    }
}
