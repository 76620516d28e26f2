import Tensors
import Transforms

/// Velocity, vorticity, pressure and mean squares of incompressible flow in a periodic rectangle, to and fro in Fourier space.
///
/// Fields are `[y, x]` or `[y, x, field]` in Float64, sampled as in `NavierStokes2D`; the mean flow is zero unless a velocity says otherwise.
public struct PeriodicFlow2D: Sendable {
    /// Points `[y, x]`.
    public let shape: [Int]
    /// Periods `[y, x]`.
    public let lengths: [Double]
    private let transform: RealFourierTransform<Double>
    /// (kappa_y, kappa_x) of every entry of the half spectrum; 0 in place of n/2, which has no odd derivative.
    private let wavenumbers: [(y: Double, x: Double)]

    /// Flows on `shape` points `[y, x]` with periods `lengths`.
    public init(shape: [Int], lengths: [Double] = [1, 1]) {
        precondition(shape.count == 2 && lengths.count == 2, "shape \(shape), lengths \(lengths) of a planar flow")
        self.shape = shape
        self.lengths = lengths
        transform = RealFourierTransform(grid: shape)
        let y = Wavenumbers.angular(shape[0], length: lengths[0], isNyquistZero: true)
        let x = Wavenumbers.angularHalf(shape[1], length: lengths[1], isNyquistZero: true)
        wavenumbers = y.flatMap { row in x.map { (row, $0) } }
    }

    /// The velocity (u, v) = (psi_y, -psi_x), -Lap psi = w, of a vorticity: `[y, x]` or `[y, x, 1]` to `[y, x, 2]`.
    public func velocity(fromVorticity vorticity: Tensor<Double>) -> Tensor<Double> {
        let spectrum = transform.forward(vorticity.reshaped(shape))
        let components = (0..<2).map { component in
            derived { index in
                let k = wavenumbers[index]
                let square = k.x * k.x + k.y * k.y
                guard square > 0 else { return .zero }
                // i kappa psi: a quarter turn.
                let factor = component == 0 ? k.y / square : -k.x / square
                let w = pair(spectrum, index)
                return factor * SIMD2(-w.y, w.x)
            }
        }
        return interleaved(components)
    }

    /// The vorticity v_x - u_y of a velocity: `[y, x, 2]` to `[y, x, 1]`.
    public func vorticity(fromVelocity velocity: Tensor<Double>) -> Tensor<Double> {
        let (u, v) = spectra(velocity)
        return derived { index in
            let k = wavenumbers[index]
            let w = k.x * pair(v, index) - k.y * pair(u, index)
            return SIMD2(-w.y, w.x)
        }.reshaped(shape + [1])
    }

    /// The pressure of mean zero of a flow of density one under a forcing without divergence, -Lap p = sum_ij d_i d_j (u_i u_j): `[y, x, 2]` to
    /// `[y, x, 1]`.
    ///
    /// Products are formed at the points: exact for velocities in the band of the 2/3 rule, up to what the band drops.
    public func pressure(fromVelocity velocity: Tensor<Double>) -> Tensor<Double> {
        let points = shape[0] * shape[1]
        precondition(velocity.shape == shape + [2], "velocity of shape \(velocity.shape) on \(shape)")
        func product(_ a: Int, _ b: Int) -> Tensor<Double> {
            let values = velocity.basePointer
            return transform.forward(Tensor(shape, (0..<points).map { values[2 * $0 + a] * values[2 * $0 + b] }))
        }
        let (uu, uv, vv) = (product(0, 0), product(0, 1), product(1, 1))
        return derived { index in
            let k = wavenumbers[index]
            let square = k.x * k.x + k.y * k.y
            guard square > 0 else { return .zero }
            let sum = k.x * k.x * pair(uu, index) + 2 * k.x * k.y * pair(uv, index) + k.y * k.y * pair(vv, index)
            return -1 / square * sum
        }.reshaped(shape + [1])
    }

    /// Half the mean square of a velocity `[y, x, 2]`: the kinetic energy of unit mass.
    public func energy(ofVelocity velocity: Tensor<Double>) -> Double {
        0.5 * Kernels.dot(velocity.count, velocity.basePointer, velocity.basePointer) / Double(shape[0] * shape[1])
    }

    /// Half the mean square of a vorticity `[y, x]` or `[y, x, 1]`.
    public func enstrophy(ofVorticity vorticity: Tensor<Double>) -> Double {
        0.5 * Kernels.dot(vorticity.count, vorticity.basePointer, vorticity.basePointer) / Double(shape[0] * shape[1])
    }

    private func pair(_ spectrum: Tensor<Double>, _ index: Int) -> SIMD2<Double> {
        SIMD2(spectrum.basePointer[2 * index], spectrum.basePointer[2 * index + 1])
    }

    private func spectra(_ velocity: Tensor<Double>) -> (u: Tensor<Double>, v: Tensor<Double>) {
        precondition(velocity.shape == shape + [2], "velocity of shape \(velocity.shape) on \(shape)")
        let points = shape[0] * shape[1]
        let values = velocity.basePointer
        return (
            transform.forward(Tensor(shape, (0..<points).map { values[2 * $0] })),
            transform.forward(Tensor(shape, (0..<points).map { values[2 * $0 + 1] }))
        )
    }

    /// The field whose half spectrum has these entries.
    private func derived(_ entry: (Int) -> SIMD2<Double>) -> Tensor<Double> {
        let spectrum = Tensor<Double>(uninitialized: [shape[0], shape[1] / 2 + 1, 2])
        for index in wavenumbers.indices {
            let value = entry(index)
            spectrum.kernelPointer[2 * index] = value.x
            spectrum.kernelPointer[2 * index + 1] = value.y
        }
        return transform.inverse(consuming: spectrum)
    }

    private func interleaved(_ fields: [Tensor<Double>]) -> Tensor<Double> {
        let result = Tensor<Double>(uninitialized: shape + [fields.count])
        for (number, field) in fields.enumerated() {
            for index in 0..<field.count { result.kernelPointer[index * fields.count + number] = field.basePointer[index] }
        }
        return result
    }
}
