import Tensors

/// A steady flow through a pipe.
public struct PipeFlowSolution: Sendable {
    /// The centre line of the pipe.
    public let centreline: PipeCentreline
    /// Newton steps, and the residual relative to the sizes of its terms.
    public let report: SolveReport
    private let mesh: HermiteMesh
    private let stream: Storage<Double>
    private let pressure: Storage<Double>

    init(
        _ mesh: HermiteMesh, _ centreline: PipeCentreline, stream: Storage<Double>, pressure: Storage<Double>, report: SolveReport
    ) {
        (self.mesh, self.centreline, self.stream, self.pressure, self.report) = (mesh, centreline, stream, pressure, report)
    }

    /// The flow at the nodes of a grid sheared with the pipe, all `[eta, xi]`.
    public struct Nodes: Sendable {
        /// x of the nodes.
        public let x: Tensor<Double>
        /// y of the nodes.
        public let y: Tensor<Double>
        /// Velocity along x.
        public let velocityX: Tensor<Double>
        /// Velocity along y.
        public let velocityY: Tensor<Double>
        /// Pressure over density.
        public let pressure: Tensor<Double>
        /// Stream function, 0 on the centre line of the inlet.
        public let stream: Tensor<Double>
    }

    /// The flow at `shape` nodes across and along the pipe, ends included; the polynomials of the elements are evaluated, whatever the shape.
    public func nodes(_ shape: [Int]) -> Nodes {
        precondition(shape.count == 2 && shape.allSatisfy { $0 >= 2 }, "nodes \(shape) of a pipe")
        let fields = (0..<6).map { _ in Tensor<Double>(uninitialized: shape) }
        let targets = fields.map(\.kernelPointer)
        for i in 0..<shape[1] {
            let xi = mesh.length * Double(i) / Double(shape[1] - 1)
            let (height, slope) = (centreline.height(at: xi), centreline.slope(at: xi))
            for j in 0..<shape[0] {
                let eta = mesh.width * (Double(j) / Double(shape[0] - 1) - 0.5)
                let place = mesh.locate(xi: xi, eta: eta)
                let basis = mesh.basis(place.s, place.t)
                let psi = mesh.element(place.i, place.j, of: stream.pointer)
                let (along, across) = ((basis.xi * psi).sum(), (basis.eta * psi).sum())
                let values = [
                    xi, height + eta, across, slope * across - along,
                    (basis.value * mesh.element(place.i, place.j, of: pressure.pointer)).sum(), (basis.value * psi).sum(),
                ]
                for (target, value) in zip(targets, values) { target[j * shape[1] + i] = value }
            }
        }
        return Nodes(
            x: fields[0], y: fields[1], velocityX: fields[2], velocityY: fields[3], pressure: fields[4], stream: fields[5])
    }

    /// Mean pressure over the inlet less that over the outlet.
    public var pressureDrop: Double {
        var sum = 0.0
        for j in 0..<mesh.across {
            for (t, weight) in HermiteMesh.gauss {
                let inlet = (mesh.basis(0, t).value * mesh.element(0, j, of: pressure.pointer)).sum()
                let outlet = (mesh.basis(1, t).value * mesh.element(mesh.along - 1, j, of: pressure.pointer)).sum()
                sum += weight * (inlet - outlet)
            }
        }
        return sum / Double(mesh.across)
    }
}
