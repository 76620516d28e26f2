import Tensors

/// The face coefficients of a five-point operator for each sample of a batch.
public struct FaceConductances<Element: Scalar>: Sendable {
    /// Conductances of the faces across x, `[batch, y, x + 1]`.
    public let x: Tensor<Element>
    /// Conductances of the faces across y, `[batch, y + 1, x]`.
    public let y: Tensor<Element>

    /// Conductances for fields `[batch, y, x]`.
    public init(x: Tensor<Element>, y: Tensor<Element>) {
        precondition(
            x.rank == 3 && y.rank == 3 && x.shape[0] == y.shape[0] && x.shape[1] + 1 == y.shape[1] && x.shape[2] == y.shape[2] + 1
                && y.shape[2] > 0,
            "conductances of shapes \(x.shape) and \(y.shape)")
        self.x = x
        self.y = y
    }
}

extension Variable {
    /// `A u` of fields `[batch, y, x]` with zeros around them: at each point the sum over its four faces of conductance times `(u - neighbour)`.
    ///
    /// Symmetric, so it is its own adjoint.
    @specialized(where Element == Float)
    public func fivePoint(_ faces: FaceConductances<Element>) -> Variable {
        precondition(
            shape.count == 3 && faces.x.shape == [shape[0], shape[1], shape[2] + 1], "conductances \(faces.x.shape) on fields \(shape)")
        let (rows, columns) = (shape[1], shape[2])
        let result = Tensor<Element>(uninitialized: shape)
        for sample in 0..<shape[0] {
            let place = sample * rows * columns
            Kernels.fivePoint(
                rows: rows, columns: columns, x: faces.x.basePointer + sample * rows * (columns + 1),
                z: faces.y.basePointer + sample * (rows + 1) * columns, value.basePointer + place, result.kernelPointer + place)
        }
        return tape.record(result, [self]) { g in [g.fivePoint(faces)] }
    }
}
