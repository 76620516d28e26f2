import Tensors

/// The finite-volume residual of the steady Euler equations on a structured block: the net flux out of every cell,
/// `R_c = sum_faces F(Q_L, Q_R) |face|`, in mass, momentum x, momentum y and energy.
///
/// Fields are structures of arrays: four padded planes of `layout.count` values (density, velocity x, velocity y, pressure; likewise the
/// residual). Ghost cells beyond walls and open boundaries hold the state on the face.
package final class EulerResidual {
    let mesh: CurvilinearMesh
    let layout: PaddedLayout
    /// Ratio of specific heats.
    private(set) var gamma = 1.4
    /// Square of the increment below which the reconstruction is not limited.
    let epsilon: Double
    /// The stream round the airfoil; nil where the outer state is prescribed.
    private var farField: FarField?
    /// State beyond each boundary face (used by open ones).
    private var outside: [PrimitiveState]
    /// Velocity per unit circulation at each boundary face.
    private var vortex: [SIMD2<Double>]
    /// Force of the last evaluated pressure on the wall, per unit span.
    private(set) var force = SIMD2<Double>.zero
    /// Buffers of one row each, see `sweep`.
    let rowStorage: Storage<Double>

    init(_ mesh: CurvilinearMesh, limiterThreshold: Double) {
        self.mesh = mesh
        layout = mesh.layout
        epsilon = max(limiterThreshold * limiterThreshold, 1e-16)
        outside = Array(repeating: PrimitiveState(1, 0, 0, 1), count: mesh.boundary.count)
        vortex = Array(repeating: .zero, count: mesh.boundary.count)
        rowStorage = Storage(count: 36 * mesh.layout.stride + 16)
        rowStorage.pointer.initialize(repeating: 0, count: 36 * mesh.layout.stride + 16)
    }

    /// Sets the uniform stream, with its lift correction about `(centreX, centreY)`.
    func setFarField(_ farField: FarField, centreX: Double, centreY: Double) {
        self.farField = farField
        gamma = farField.gamma
        for (index, face) in mesh.boundary.enumerated() where face.side == .open {
            let velocity = farField.vortexVelocity(x: face.middleX, y: face.middleY, centreX: centreX, centreY: centreY)
            vortex[index] = SIMD2(velocity.0, velocity.1)
            outside[index] = farField.stream
        }
    }

    /// Prescribes the state outside of the open boundaries as a function of position.
    package func setOutside(gamma: Double, _ state: (_ x: Double, _ y: Double) -> PrimitiveState) {
        farField = nil
        self.gamma = gamma
        for (index, face) in mesh.boundary.enumerated() where face.side == .open {
            outside[index] = state(face.middleX, face.middleY)
        }
    }

    /// Lift and drag coefficients of the last evaluated state, for unit chord; 0 without a stream.
    var coefficients: (lift: Double, drag: Double) { farField.map { AirfoilForces.coefficients(force, $0) } ?? (0, 0) }

    /// Evaluates the residual of `state`, whose ghost cells it fills.
    func evaluate(_ state: UnsafeMutablePointer<Double>, into residual: UnsafeMutablePointer<Double>) {
        fillGhosts(state)
        sweep(UnsafePointer(state), residual)
        addBoundaryFluxes(UnsafePointer(state), residual)
    }

    /// Fills the ghost cells: copies across the cut, face states on walls and open boundaries.
    func fillGhosts(_ state: UnsafeMutablePointer<Double>) {
        copyAcrossCut(state)
        for face in mesh.boundary where face.side == .wall {
            var wall = extrapolated(UnsafePointer(state), face)
            let normal = wall.y * face.normalX + wall.z * face.normalY
            wall.y -= normal * face.normalX
            wall.z -= normal * face.normalY
            layout.put(wall, state, face.ghost)
        }
        force = AirfoilForces.wallForce(pressure: UnsafePointer(state + 3 * layout.count), mesh)
        setCirculation()
        for (index, face) in mesh.boundary.enumerated() where face.side == .open {
            let boundary = OpenBoundary.state(
                inside: extrapolated(UnsafePointer(state), face), outside: outside[index], nx: face.normalX, ny: face.normalY, gamma: gamma)
            layout.put(boundary, state, face.ghost)
        }
    }

    /// Corrects the state outside for the present lift (Kutta-Joukowski: `Gamma = U c C_L / 2`).
    private func setCirculation() {
        guard let farField, farField.mach < 1 else { return }
        let circulation = 0.5 * farField.speed * coefficients.lift
        for (index, face) in mesh.boundary.enumerated() where face.side == .open {
            outside[index] = farField.isentropic(
                u: farField.stream.y + circulation * vortex[index].x, v: farField.stream.z + circulation * vortex[index].y)
        }
    }

    private func copyAcrossCut(_ state: UnsafeMutablePointer<Double>) {
        let last = layout.columns - 1
        for component in 0..<4 {
            let plane = state + component * layout.count
            for row in 0..<2 {
                for i in 0..<mesh.topology.wakeCells {
                    plane[layout.index(i, -1 - row)] = plane[layout.index(last - i, row)]
                    plane[layout.index(last - i, -1 - row)] = plane[layout.index(i, row)]
                }
            }
        }
    }

    /// Linear extrapolation from the two cells inside to the face; the cell value where that would lose most of the pressure or density.
    @inline(__always)
    private func extrapolated(_ state: UnsafePointer<Double>, _ face: BoundaryFace) -> PrimitiveState {
        let first = layout.take(state, face.cell)
        let value = first + (first - layout.take(state, face.inner)) * face.weight
        return value.x > 0.2 * first.x && value.w > 0.2 * first.w ? value : first
    }

    /// Adds the fluxes through walls and open boundaries, from the face states in the ghost cells.
    private func addBoundaryFluxes(_ state: UnsafePointer<Double>, _ residual: UnsafeMutablePointer<Double>) {
        let plane = layout.count
        let factor = gamma / (gamma - 1)
        for face in mesh.boundary {
            let q = layout.take(state, face.ghost)
            let target = residual + face.cell
            let (ax, ay) = (face.normalX * face.area, face.normalY * face.area)
            if face.side == .wall {
                target[plane] += q.w * ax
                target[2 * plane] += q.w * ay
            } else {
                let mass = q.x * (q.y * ax + q.z * ay)
                let enthalpy = factor * q.w / q.x + 0.5 * (q.y * q.y + q.z * q.z)
                target[0] += mass
                target[plane] += mass * q.y + q.w * ax
                target[2 * plane] += mass * q.z + q.w * ay
                target[3 * plane] += mass * enthalpy
            }
        }
    }
}
