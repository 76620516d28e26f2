import Autodiff
import Foundation
import Solvers
import Tensors

/// The residual `f h_y h_x - A u` of the five-point finite volumes of `DiffusionScheme`, the linear system that the multigrid solver solves.
///
/// The outermost nodes are zero whatever the prediction says; at cell centres the zero is half a cell outside. Against the differential equation the
/// discrete solution has an error of order 2 in the spacing where the coefficient is smooth, of order 1 where it jumps.
///
/// The natural size of a residual is its dual norm, `sqrt(r . (-Lap_h)^-1 r)` with the Laplacian of the same scheme, relative to that of the
/// source. It is equivalent to the energy of the error whatever the grid: with `a` between `a_min` and `a_max` the relative error of `u` in
/// the norm of `sqrt(a) grad u` is at most `a_max / a_min` times as large. The root mean square of the residual bounds nothing of the kind: it
/// weighs an error of wavenumber `k` by `k^2`, and training crawls.
struct DarcyResidual: EquationResidual {
    private let scheme: DiffusionScheme
    private let source: Double
    private let norm: PhysicsSettings.Norm
    private let sines: (y: SineBasis, x: SineBasis)
    /// The inverse eigenvalues of the Laplacian `[y, x]`.
    private let inverse: Tensor<Double>

    var vanishesOnBoundary: Bool { scheme.location == .nodes }

    /// The residual for a constant source.
    init(_ scheme: DiffusionScheme, source: Double, norm: PhysicsSettings.Norm) {
        precondition(source != 0 && scheme.location != .corners, "a residual relative to the source \(source)")
        self.scheme = scheme
        self.source = source
        self.norm = norm
        let shape = scheme.unknownShape
        sines = (SineBasis(shape[0], at: scheme.location), SineBasis(shape[1], at: scheme.location))
        let aspect = scheme.spacing[0] / scheme.spacing[1]
        inverse = Tensor(
            shape,
            sines.y.eigenvalues.flatMap { [sines] y in sines.x.eigenvalues.map { 1 / (aspect * $0 + y / aspect) } })
    }

    var account: String {
        "f h^2 - sum over the faces of a_face (u - u_neighbour), f = \(source), the five-point finite volumes of the solver on \(scheme.coefficientShape[0]) x "
            + "\(scheme.coefficientShape[1]) \(scheme.location.rawValue), \(scheme.averaging.rawValue) mean at faces, u = 0 on the boundary; "
            + (norm == .natural ? "H^-1 norm" : "root mean square") + " relative to that of f h^2"
    }

    private var area: Double { scheme.spacing[0] * scheme.spacing[1] }

    /// `f h_y h_x - A u` at the unknowns, `[batch, y, x]`.
    func residual<Element: Scalar>(of prediction: Variable<Element>, input: Variable<Element>) -> Variable<Element> {
        let batch = prediction.shape[0]
        precondition(
            prediction.shape == [batch] + scheme.solutionShape + [1] && input.shape == [batch] + scheme.coefficientShape + [1],
            "prediction \(prediction.shape) and coefficient \(input.shape) for \(scheme.coefficientShape)")
        var u = prediction.reshaped([batch] + scheme.solutionShape)
        if vanishesOnBoundary { for axis in 1...2 { u = u.slice(axis: axis, 1..<(u.shape[axis] - 1)) } }
        let coefficients = input.value
        let size = scheme.coefficientShape.reduce(1, *)
        let (ny, nx) = (scheme.unknownShape[0], scheme.unknownShape[1])
        let (x, y) = (Tensor<Element>(uninitialized: [batch, ny, nx + 1]), Tensor<Element>(uninitialized: [batch, ny + 1, nx]))
        for sample in 0..<batch {
            let values = coefficients.basePointer + sample * size
            let faces = scheme.conductances(of: Tensor(scheme.coefficientShape, (0..<size).map { Double(values[$0]) }))
            for (face, all) in [(faces.x, x), (faces.y, y)] {
                let target = all.kernelPointer + sample * face.count
                for index in 0..<face.count { target[index] = Element(face.basePointer[index]) }
            }
        }
        return u.fivePoint(FaceConductances(x: x, y: y)) * -1 + Element(source * area)
    }

    func relativeSquares<Element: Scalar>(of prediction: Variable<Element>, input: Variable<Element>) -> Variable<Element> {
        let r = residual(of: prediction, input: input) * (1 / Element(source * area))
        let ones = prediction.tape.constant(Tensor([1] + scheme.unknownShape, repeating: Element(1)))
        return squares(r) * (1 / squares(ones).value.item)
    }

    /// The squared norm of fields `[batch, y, x]`, `[batch, 1]`.
    private func squares<Element: Scalar>(_ r: Variable<Element>) -> Variable<Element> {
        guard norm == .natural else { return r.square().pointSums(separate: false) }
        let tape = r.tape
        let alongX = r.linear(tape.constant(sines.x.matrix.cast(to: Element.self)))
        let both = alongX.permuted([0, 2, 1]).linear(tape.constant(sines.y.matrix.cast(to: Element.self))).permuted([0, 2, 1])
        return (both.square() * tape.constant(inverse.cast(to: Element.self))).pointSums(separate: false)
    }

    /// The solutions for the mean of each coefficient.
    func estimate(from input: Tensor<Float>, outputs: Int) throws -> Tensor<Float> {
        let solver = try DiffusionSolver(scheme, tolerance: 1e-6)
        let (unit, _) = try solver.solve(coefficient: Tensor(scheme.coefficientShape, repeating: 1), source: source)
        let size = scheme.coefficientShape.reduce(1, *)
        var result: [Float] = []
        result.reserveCapacity(input.shape[0] * unit.count)
        for sample in 0..<input.shape[0] {
            let values = input.basePointer + sample * size
            let mean = (0..<size).reduce(0.0) { $0 + Double(values[$1]) } / Double(size)
            result += unit.scalars.map { Float($0 / mean) }
        }
        return Tensor([input.shape[0]] + scheme.solutionShape + [1], result)
    }
}

/// The orthonormal sines that diagonalise the second difference with zeros at both ends, `[point, sine]`, and its eigenvalues.
struct SineBasis: Sendable {
    let matrix: Tensor<Double>
    let eigenvalues: [Double]

    /// Sines for `n` unknowns: interior nodes (DST-I), or cell centres half a cell from the zeros (DST-II).
    init(_ n: Int, at location: DiffusionLocation) {
        let isCentred = location == .cells
        let period = Double(isCentred ? n : n + 1)
        let shift = isCentred ? 0.5 : 1.0
        eigenvalues = (1...n).map { 4 * pow(sin(Double.pi * Double($0) / (2 * period)), 2) }
        matrix = Tensor(
            [n, n],
            (0..<n).flatMap { point in
                (1...n).map { number in
                    let scale = (isCentred && number == n ? 1 / period : 2 / period).squareRoot()
                    return scale * sin(Double.pi * (Double(point) + shift) * Double(number) / period)
                }
            })
    }
}
