import Tensors

/// Which mean of two neighbouring coefficient values stands for the coefficient on the face between them.
public enum FaceAveraging: String, Sendable, CaseIterable, Codable {
    /// `(a + b) / 2`.
    case arithmetic
    /// `2 a b / (a + b)`: the exact flux of a one-dimensional problem with a jump half-way between the two points.
    case harmonic
}

/// Where the coefficient and the unknowns of a diffusion problem sit.
public enum DiffusionLocation: String, Sendable, CaseIterable, Codable {
    /// Coefficient and solution at the nodes of a grid that includes the boundary; unknowns at the interior nodes.
    ///
    /// `h = L / (n - 1)` for `n` nodes. The coefficient of the face between two nodes is the mean of their values.
    case nodes
    /// Coefficient and solution at cell centres; the boundary is half a cell from the outermost centres.
    ///
    /// `h = L / n` for `n` cells. The coefficient of an inner face is the mean of its two cells; a boundary face takes its cell's value over `h / 2`.
    case cells
    /// Coefficient at the corners of the control volumes of `(n - 1) x (n - 1)` unknowns, for `n x n` corners; the rule of the ConDiff data.
    ///
    /// `h = L / n`: unknown `i` sits at `(i + 1) h`, corner `i` at `(i + 1/2) h`. The coefficient of a face is the mean of the two corner values at
    /// its ends, so that with the arithmetic mean the diagonal is the sum of the four corner values.
    case corners
}

/// The five-point finite-volume discretisation of `-div(a grad u)` on a rectangle with Dirichlet boundary, as a value.
///
/// Unknown `(j, i)` exchanges `X[j][i + 1] (u[j][i] - u[j][i + 1])` with its right neighbour and `Y[j + 1][i] (u[j][i] - u[j + 1][i])` with its upper
/// one, where the conductances are `X = a_face hy / hx` and `Y = a_face hx / hy`; the discrete equation is
///
///     sum over the four faces of conductance * (u - neighbour) = f hx hy .
///
/// Second order in the spacing where `a` is smooth; first order where `a` jumps along lines that do not follow the grid.
///
/// ## References
/// U. Trottenberg, C. W. Oosterlee, A. Schueller, "Multigrid", Academic Press 2001, section 5.7 (cell- and vertex-centred discretisations,
/// harmonic averages). Corner rule: V. Trifonov et al., "ConDiff", arXiv:2406.04709.
public struct DiffusionScheme: Sendable, Equatable {
    /// Where coefficient and unknowns sit.
    public let location: DiffusionLocation
    /// The mean that gives the face coefficients.
    public let averaging: FaceAveraging
    /// Shape `[y, x]` of the coefficient.
    public let coefficientShape: [Int]
    /// Side lengths `[y, x]` of the rectangle.
    public let extent: [Double]
    /// Shape `[y, x]` of source and solution: that of the coefficient, for `corners` one less on each axis.
    public let solutionShape: [Int]
    /// Shape `[y, x]` of the unknowns: the solution without boundary nodes.
    public let unknownShape: [Int]
    /// Grid spacing `[y, x]`.
    public let spacing: [Double]

    /// A discretisation for coefficients of the given shape.
    ///
    /// - Throws: `SolverError.invalidInput` if the shape leaves no unknown or an extent is not finite and positive.
    public init(
        location: DiffusionLocation, averaging: FaceAveraging, coefficientShape: [Int], extent: [Double] = [1, 1]
    ) throws {
        let smallest: Int
        switch location {
        case .nodes: smallest = 3
        case .cells: smallest = 1
        case .corners: smallest = 2
        }
        guard coefficientShape.count == 2, coefficientShape.allSatisfy({ $0 >= smallest && $0 <= 1 << 15 }) else {
            throw SolverError.invalidInput(
                key: "coefficient shape", found: "\(coefficientShape)",
                allowed: "[y, x], each from \(smallest) to \(1 << 15) for location \(location)")
        }
        guard extent.count == 2, extent.allSatisfy({ $0.isFinite && $0 > 0 }) else {
            throw SolverError.invalidInput(key: "extent", found: "\(extent)", allowed: "[y, x], finite and > 0")
        }
        self.location = location
        self.averaging = averaging
        self.coefficientShape = coefficientShape
        self.extent = extent
        switch location {
        case .nodes:
            solutionShape = coefficientShape
            unknownShape = coefficientShape.map { $0 - 2 }
            spacing = zip(extent, coefficientShape).map { $0 / Double($1 - 1) }
        case .cells:
            solutionShape = coefficientShape
            unknownShape = coefficientShape
            spacing = zip(extent, coefficientShape).map { $0 / Double($1) }
        case .corners:
            solutionShape = coefficientShape.map { $0 - 1 }
            unknownShape = solutionShape
            spacing = zip(extent, coefficientShape).map { $0 / Double($1) }
        }
    }

    /// Coordinates of the solution points along `axis` (0 is y, 1 is x).
    public func coordinates(axis: Int) -> [Double] {
        let h = spacing[axis]
        let first: Double
        switch location {
        case .nodes: first = 0
        case .cells: first = h / 2
        case .corners: first = h
        }
        return (0..<solutionShape[axis]).map { first + Double($0) * h }
    }

    /// The conductances of all faces: across x `[y, x + 1]` and across y `[y + 1, x]` for unknowns `[y, x]`, boundary faces included.
    public func conductances(of coefficient: Tensor<Double>) -> (x: Tensor<Double>, y: Tensor<Double>) {
        precondition(coefficient.shape == coefficientShape, "coefficient of shape \(coefficient.shape), scheme for \(coefficientShape)")
        let (ny, nx) = (unknownShape[0], unknownShape[1])
        let x = Tensor<Double>(uninitialized: [ny, nx + 1])
        let y = Tensor<Double>(uninitialized: [ny + 1, nx])
        for j in 0..<ny { xConductances(row: j, of: coefficient.basePointer, into: x.kernelPointer + j * (nx + 1)) }
        for j in 0...ny { yConductances(row: j, of: coefficient.basePointer, into: y.kernelPointer + j * nx) }
        return (x, y)
    }

    /// Conductances `X[j][0...nx]` across the faces of unknown row `j`, the two boundary faces included.
    func xConductances(row j: Int, of coefficient: UnsafePointer<Double>, into row: UnsafeMutablePointer<Double>) {
        let width = coefficientShape[1]
        let nx = unknownShape[1]
        let aspect = spacing[0] / spacing[1]
        switch location {
        case .nodes:
            let a = coefficient + (j + 1) * width
            means(nx + 1, a, a + 1, aspect, row)
        case .cells:
            let a = coefficient + j * width
            row[0] = 2 * aspect * a[0]
            row[nx] = 2 * aspect * a[nx - 1]
            means(nx - 1, a, a + 1, aspect, row + 1)
        case .corners:
            let a = coefficient + j * width
            means(nx + 1, a, a + width, aspect, row)
        }
    }

    /// Conductances `Y[j][0..<nx]` across the faces between unknown rows `j - 1` and `j`, for `j` in `0...ny`.
    func yConductances(row j: Int, of coefficient: UnsafePointer<Double>, into row: UnsafeMutablePointer<Double>) {
        let width = coefficientShape[1]
        let (ny, nx) = (unknownShape[0], unknownShape[1])
        let aspect = spacing[1] / spacing[0]
        switch location {
        case .nodes:
            let a = coefficient + j * width + 1
            means(nx, a, a + width, aspect, row)
        case .cells:
            if j > 0 && j < ny {
                let a = coefficient + j * width
                means(nx, a - width, a, aspect, row)
            } else {
                let a = coefficient + (j == 0 ? 0 : ny - 1) * width
                for i in 0..<nx { row[i] = 2 * aspect * a[i] }
            }
        case .corners:
            let a = coefficient + j * width
            means(nx, a, a + 1, aspect, row)
        }
    }

    private func means(
        _ count: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ factor: Double, _ result: UnsafeMutablePointer<Double>
    ) {
        switch averaging {
        case .arithmetic:
            let half = 0.5 * factor
            for i in 0..<count { result[i] = half * (a[i] + b[i]) }
        case .harmonic:
            let twice = 2 * factor
            // a / (a + b) <= 1 first: the product a b of large coefficients could overflow.
            for i in 0..<count { result[i] = twice * (a[i] / (a[i] + b[i])) * b[i] }
        }
    }
}
