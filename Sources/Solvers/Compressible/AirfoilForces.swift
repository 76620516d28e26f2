import Numerics

/// Forces of the pressure on an airfoil and what is read off its surface.
enum AirfoilForces {
    /// `sum (p - 1) n |face|` over the wall; `pressure` holds the wall pressure in the ghost cells.
    ///
    /// Summed from both ends inwards, so that the force across the axis of a symmetric flow is exactly 0.
    static func wallForce(pressure: UnsafePointer<Double>, _ mesh: CurvilinearMesh) -> SIMD2<Double> {
        let faces = mesh.wallFaces
        func force(_ k: Int) -> SIMD2<Double> {
            let face = mesh.boundary[faces[k]]
            return SIMD2(face.normalX, face.normalY) * ((pressure[face.ghost] - 1) * face.area)
        }
        var total = SIMD2<Double>.zero
        for k in 0..<(faces.count / 2) { total += force(k) + force(faces.count - 1 - k) }
        return total
    }

    /// Lift and drag coefficients for unit chord: the force across and along the stream over `gamma M^2 p / 2`.
    static func coefficients(_ force: SIMD2<Double>, _ farField: FarField) -> (lift: Double, drag: Double) {
        let scale = 2 / (farField.gamma * farField.mach * farField.mach)
        let (cosine, sine) = (Double.cos(farField.angle), Double.sin(farField.angle))
        return ((force.y * cosine - force.x * sine) * scale, (force.x * cosine + force.y * sine) * scale)
    }

    /// Pressure coefficient at which an isentropic flow is sonic:
    /// `C_p* = 2 / (gamma M^2) (((2 + (gamma - 1) M^2) / (gamma + 1))^(gamma / (gamma - 1)) - 1)`.
    static func criticalPressureCoefficient(mach: Double, gamma: Double) -> Double {
        let squared = mach * mach
        let ratio = Double.pow((2 + (gamma - 1) * squared) / (gamma + 1), gamma / (gamma - 1))
        return 2 / (gamma * squared) * (ratio - 1)
    }

    /// x of the last passage from supersonic to subsonic, by linear interpolation between `C_p` values listed from nose to tail.
    static func sonicRecompression(x: [Double], pressureCoefficient cp: [Double], critical: Double) -> Double? {
        for k in stride(from: cp.count - 2, through: 0, by: -1) where cp[k] < critical && cp[k + 1] >= critical {
            return x[k] + (x[k + 1] - x[k]) * (critical - cp[k]) / (cp[k + 1] - cp[k])
        }
        return nil
    }
}
