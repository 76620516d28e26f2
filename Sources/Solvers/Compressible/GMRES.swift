import Numerics
import Tensors

/// Restart-free GMRES with right preconditioning: minimises `|b - A x|_2` over a Krylov space of at most `dimension` vectors.
///
/// Arnoldi by modified Gram-Schmidt, least squares by Givens rotations. The basis is allocated once and reused.
///
/// ## References
/// Y. Saad, M. H. Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856.
package final class GMRES {
    /// Length of the vectors, a multiple of 8.
    package let count: Int
    /// Largest number of iterations.
    package let dimension: Int
    private let storage: Storage<Double>
    private var hessenberg: [Double]
    private var rotations: [(cosine: Double, sine: Double)]
    private var rhs: [Double]

    package init(count: Int, dimension: Int) {
        precondition(count % 8 == 0 && dimension > 0, "GMRES of \(count) numbers and \(dimension) vectors")
        self.count = count
        self.dimension = dimension
        storage = Storage(count: (dimension + 2) * count)
        hessenberg = Array(repeating: 0, count: (dimension + 1) * dimension)
        rotations = Array(repeating: (1, 0), count: dimension)
        rhs = Array(repeating: 0, count: dimension + 1)
    }

    /// Solves `A x = b` from `x = 0` until `|b - A x| <= tolerance |b|`.
    ///
    /// - Parameters:
    ///   - apply: writes `A` times its first argument to its second.
    ///   - precondition: writes `P^-1` times its first argument to its second.
    /// - Returns: the number of iterations and the reached `|b - A x| / |b|`; a value that is not finite means breakdown.
    package func solve(
        _ b: UnsafePointer<Double>, into x: UnsafeMutablePointer<Double>, tolerance: Double,
        apply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void,
        precondition: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) -> (iterations: Int, residual: Double) {
        x.update(repeating: 0, count: count)
        let norm = Self.norm(b, count)
        guard norm > 0, norm.isFinite else { return (0, norm) }
        let scratch = storage.pointer + (dimension + 1) * count
        Self.scale(b, 1 / norm, basis(0), count)
        rhs[0] = norm
        var used = 0
        var residual = 1.0
        while used < dimension && residual > tolerance {
            let next = basis(used + 1)
            precondition(basis(used), scratch)
            apply(scratch, next)
            let column = used * (dimension + 1)
            for k in 0...used {
                let projection = Self.dot(next, basis(k), count)
                hessenberg[column + k] = projection
                Self.axpy(-projection, basis(k), next, count)
            }
            let length = Self.norm(next, count)
            guard length.isFinite else { return (used, .nan) }
            if length > 0 { Self.scale(next, 1 / length, next, count) }
            rotate(column: used, below: length)
            used += 1
            residual = abs(rhs[used]) / norm
            if length == 0 { break }
        }
        combine(used, scratch)
        precondition(scratch, x)
        return (used, residual)
    }

    private func basis(_ k: Int) -> UnsafeMutablePointer<Double> { storage.pointer + k * count }

    /// Applies the former rotations to column `k` of the Hessenberg matrix and eliminates the entry `below` its diagonal.
    private func rotate(column k: Int, below: Double) {
        let column = k * (dimension + 1)
        for l in 0..<k {
            let (c, s) = rotations[l]
            let (upper, lower) = (hessenberg[column + l], hessenberg[column + l + 1])
            hessenberg[column + l] = c * upper + s * lower
            hessenberg[column + l + 1] = c * lower - s * upper
        }
        let diagonal = hessenberg[column + k]
        let length = Double.hypot(diagonal, below)
        let (c, s) = length > 0 ? (diagonal / length, below / length) : (1, 0)
        rotations[k] = (c, s)
        hessenberg[column + k] = length
        rhs[k + 1] = -s * rhs[k]
        rhs[k] *= c
    }

    /// Solves the triangular system and sums the basis.
    private func combine(_ used: Int, _ target: UnsafeMutablePointer<Double>) {
        target.update(repeating: 0, count: count)
        for k in stride(from: used - 1, through: 0, by: -1) {
            var sum = rhs[k]
            for l in (k + 1)..<max(used, k + 1) { sum -= hessenberg[l * (dimension + 1) + k] * rhs[l] }
            rhs[k] = sum / hessenberg[k * (dimension + 1) + k]
            Self.axpy(rhs[k], basis(k), target, count)
        }
    }

    // MARK: - Vectors

    static func dot(_ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ count: Int) -> Double {
        var (s0, s1) = (Lanes.zero, Lanes.zero)
        var i = 0
        while i + 16 <= count {
            s0.addProduct(load(a, i), load(b, i))
            s1.addProduct(load(a, i + 8), load(b, i + 8))
            i += 16
        }
        if i < count { s0.addProduct(load(a, i), load(b, i)) }
        return (s0 + s1).sum()
    }

    static func norm(_ a: UnsafePointer<Double>, _ count: Int) -> Double { dot(a, a, count).squareRoot() }

    static func axpy(_ factor: Double, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ count: Int) {
        var i = 0
        while i < count {
            store(load(UnsafePointer(y), i).addingProduct(load(x, i), factor), y, i)
            i += 8
        }
    }

    static func scale(_ x: UnsafePointer<Double>, _ factor: Double, _ y: UnsafeMutablePointer<Double>, _ count: Int) {
        var i = 0
        while i < count {
            store(load(x, i) * factor, y, i)
            i += 8
        }
    }
}
