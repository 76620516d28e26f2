import Numerics
import Tensors
import Transforms

/// Solves `s u - c Lap u = f` with constant coefficients on a box, by fast sine, cosine and Hartley transforms along its axes.
///
/// With shift `s = 0`, `c = 1` this is Poisson's equation (pressure of an incompressible flow), with `s = 1 / dt` an implicit diffusion step, in general
/// Helmholtz's equation with the definite sign. The Laplacian is the sum over the axes of either its second-order difference, whose solution
/// is then exact to rounding (so that a projection leaves no divergence), or the exact derivative of the sine, cosine or Fourier series.
/// Each axis is periodic or has homogeneous Dirichlet or Neumann sides; inhomogeneous ones belong into `f`: next to a Dirichlet side with value `g`
/// add `c g / h^2` (nodes) or `2 c g / h^2` (cells), next to a Neumann side with outward derivative `q` add `c q / h` (cells) or, at the
/// boundary node itself, `2 c q / h` (nodes).
///
/// Where the equation is singular (`s = 0` and no Dirichlet axis) the solution with zero mean is returned, and the part of `f` that has no solution, its
/// mean, is ignored (mean of the sum over cells; for Neumann nodes boundary nodes count half).
///
/// Fields are `[batch, y, x]`, or with any leading axes of the same product as `batch`; 1 to 3 box axes; a trailing channel axis if planned with
/// `channels`. A value may be shared by threads.
///
/// Order: 2 in `h` with `.secondOrder`, spectral with `.spectral`. Cost: two transforms, `O(N log N)`; nothing but the result is allocated.
///
/// ## References
/// P. N. Swarztrauber, "The methods of cyclic reduction, Fourier analysis and the FACR algorithm for the discrete solution of Poisson's
/// equation on a rectangle", SIAM Review 19 (1977) 490, doi:10.1137/1019071. U. Schumann, R. A. Sweet, "Fast Fourier transforms for direct solution
/// of Poisson's equation with staggered boundary conditions", J. Comput. Phys. 75 (1988) 123, doi:10.1016/0021-9991(88)90102-7.
public struct FastPoisson<S: Scalar>: Sendable {
    /// How a box axis ends, and where its `count` unknowns sit.
    public enum Axis: Sendable, Hashable {
        /// Periodic, spacing `length / count`.
        case periodic(count: Int, length: Double)
        /// `u = 0` half a cell beyond the first and last unknown, which are cell centres; spacing `length / count`.
        case dirichletCells(count: Int, length: Double)
        /// `u = 0` one spacing beyond the first and last unknown, which are interior nodes; spacing `length / (count + 1)`.
        case dirichletNodes(count: Int, length: Double)
        /// `du/dn = 0` half a cell beyond the first and last unknown, which are cell centres; spacing `length / count`.
        case neumannCells(count: Int, length: Double)
        /// `du/dn = 0` at the first and last unknown, which are boundary nodes; spacing `length / (count - 1)`.
        case neumannNodes(count: Int, length: Double)
    }

    /// Which discrete Laplacian is inverted.
    public enum Laplacian: String, Sendable, CaseIterable, Codable {
        /// `(u[i - 1] - 2 u[i] + u[i + 1]) / h^2` along every axis.
        case secondOrder
        /// The second derivative of the series of sines, cosines or complex exponentials.
        case spectral
    }

    /// The box axes, slowest first.
    public let axes: [Axis]
    /// The Laplacian that is inverted.
    public let laplacian: Laplacian

    private let transform: TrigonometricTransform<S>
    private let batch: Int
    private let channels: Int
    /// Eigenvalues of `-d^2/dx^2` along each axis; those of the fastest axis repeated for every channel.
    private let eigenvalues: [[S]]
    private let hasConstants: Bool

    /// Plans the transforms for fields of the given axes.
    public init(axes: [Axis], laplacian: Laplacian = .secondOrder, batch: Int = 1, channels: Int? = nil) {
        for axis in axes {
            precondition(axis.length.isFinite && axis.length > 0, "axis of length \(axis.length)")
            precondition(axis.count >= axis.minimum, "axis of \(axis.count) unknowns: \(axis)")
        }
        self.axes = axes
        self.laplacian = laplacian
        self.batch = batch
        self.channels = channels ?? 1
        transform = TrigonometricTransform(grid: axes.map(\.count), kinds: axes.map(\.kind), batch: batch, channels: channels)
        var eigenvalues = axes.map { axis in axis.eigenvalues(laplacian).map(S.init) }
        let repeats = self.channels
        eigenvalues[axes.count - 1] = eigenvalues[axes.count - 1].flatMap { Array(repeating: $0, count: repeats) }
        self.eigenvalues = eigenvalues
        hasConstants = axes.allSatisfy(\.hasConstants)
    }

    /// The solution `u` of `shift u - coefficient Lap u = f`, the shape of `f`.
    ///
    /// - Precondition: `shift >= 0`, `coefficient > 0`, both finite.
    public func solve(_ f: Tensor<S>, shift: S = 0, coefficient: S = 1) -> Tensor<S> {
        precondition(f.count == transform.count, "right-hand side of shape \(f.shape), planned for \(transform.count) values")
        let u = Tensor<S>(uninitialized: f.shape)
        solve(f.basePointer, into: u.kernelPointer, shift: shift, coefficient: coefficient)
        return u
    }

    /// `solve` on raw memory of the planned number of values; in place if both addresses are the same, with the same bits.
    public func solve(_ f: UnsafePointer<S>, into u: UnsafeMutablePointer<S>, shift: S = 0, coefficient: S = 1) {
        precondition(shift >= 0 && coefficient > 0 && shift.isFinite && coefficient.isFinite, "shift \(shift), coefficient \(coefficient)")
        // Always in place: another plan would give other last bits.
        if f != UnsafePointer(u) { u.update(from: f, count: transform.count) }
        transform.forward(UnsafePointer(u), into: u)
        let rows = eigenvalues.dropLast()
        let inner = eigenvalues[eigenvalues.count - 1]
        let lines = rows.reduce(1) { $0 * $1.count }
        let singular = hasConstants && shift == 0
        inner.withUnsafeBufferPointer { inner in
            for sample in 0..<batch {
                for line in 0..<lines {
                    let row = u + (sample * lines + line) * inner.count
                    var rest = line
                    var sum: S = 0
                    for axis in rows.reversed() {
                        sum += axis[rest % axis.count]
                        rest /= axis.count
                    }
                    divide(inner.count, row, inner.baseAddress!, shift + coefficient * sum, coefficient, transform.inverseFactor)
                    if singular && line == 0 { row.update(repeating: 0, count: channels) }
                }
            }
        }
        transform.inverse(UnsafePointer(u), into: u, scaling: .none)
    }
}

/// `row[i] *= factor / (shift + coefficient * eigenvalues[i])`.
@specialized(where S == Float)
@specialized(where S == Double)
private func divide<S: Scalar>(
    _ count: Int, _ row: UnsafeMutablePointer<S>, _ eigenvalues: UnsafePointer<S>, _ shift: S, _ coefficient: S, _ factor: S
) {
    for i in 0..<count { row[i] *= factor / (shift + coefficient * eigenvalues[i]) }
}

extension FastPoisson.Axis {
    /// Number of unknowns.
    public var count: Int {
        switch self {
        case .periodic(let count, _), .dirichletCells(let count, _), .dirichletNodes(let count, _), .neumannCells(let count, _),
            .neumannNodes(let count, _):
            count
        }
    }

    /// Length of the box along the axis.
    public var length: Double {
        switch self {
        case .periodic(_, let length), .dirichletCells(_, let length), .dirichletNodes(_, let length), .neumannCells(_, let length),
            .neumannNodes(_, let length):
            length
        }
    }

    /// Distance between unknowns.
    public var spacing: Double {
        switch self {
        case .periodic, .dirichletCells, .neumannCells: length / Double(count)
        case .dirichletNodes: length / Double(count + 1)
        case .neumannNodes: length / Double(count - 1)
        }
    }

    fileprivate var minimum: Int { if case .neumannNodes = self { 2 } else { 1 } }

    fileprivate var hasConstants: Bool {
        switch self {
        case .periodic, .neumannCells, .neumannNodes: true
        case .dirichletCells, .dirichletNodes: false
        }
    }

    fileprivate var kind: TrigonometricKind {
        switch self {
        case .periodic: .hartley
        case .dirichletCells: .sineII
        case .dirichletNodes: .sineI
        case .neumannCells: .cosineII
        case .neumannNodes: .cosineI
        }
    }

    /// Eigenvalues of `-d^2/dx^2` in the order of the transform's coefficients: `(2 sin(k h / 2) / h)^2` or `k^2` for wave number `k`.
    fileprivate func eigenvalues(_ laplacian: FastPoisson.Laplacian) -> [Double] {
        (0..<count).map { index in
            let wave: Double
            switch self {
            case .periodic: wave = 2 * .pi * Double(min(index, count - index)) / length
            case .dirichletCells, .dirichletNodes: wave = .pi * Double(index + 1) / length
            case .neumannCells, .neumannNodes: wave = .pi * Double(index) / length
            }
            guard laplacian == .secondOrder else { return wave * wave }
            let root = 2 * Double.sin(wave * spacing / 2) / spacing
            return root * root
        }
    }
}
