import Tensors

/// A Gaussian random function of one variable with a stationary covariance, drawn by a Cholesky factor on fixed nodes.
///
/// `g = L xi` on `nodes` equally spaced points with `L L^T = c(|x_i - x_j|)`, and a natural cubic spline between them, as in DeepXDE's
/// spaces of Gaussian random functions. The nodes do not depend on the grid of the samples, so one generator gives one function at every
/// resolution and at scattered points.
///
/// Reference: L. Lu, P. Jin, G. Pang, Z. Zhang, G. E. Karniadakis, "Learning nonlinear operators via DeepONet", Nature Machine Intelligence
/// 3 (2021), section S3, arXiv:1910.03193.
public struct KernelGaussianField: Sendable {
    /// The law of the function.
    public let covariance: StationaryCovariance
    /// Lower end of the interval.
    public let lower: Double
    /// Upper end of the interval.
    public let upper: Double
    /// Number of nodes.
    public let nodes: Int
    /// What was added to the diagonal to make the factorisation succeed, in units of the variance.
    public let jitter: Double

    /// Row-major lower factor `[nodes, nodes]`.
    private let factor: Tensor<Double>

    /// Factorises the covariance on `[lower, upper]`.
    ///
    /// - Throws: `GridsError.notPositiveDefinite` when a jitter of 1e-6 is not enough.
    public init(_ covariance: StationaryCovariance, from lower: Double = 0, to upper: Double = 1, nodes: Int = 512) throws {
        precondition(lower < upper && nodes >= 4, "\(nodes) nodes on [\(lower), \(upper)]")
        self.covariance = covariance
        self.lower = lower
        self.upper = upper
        self.nodes = nodes
        let spacing = (upper - lower) / Double(nodes - 1)
        // Smooth kernels are singular to round-off; the smallest jitter that works is added.
        var jitter = 1e-13
        while jitter < 1e-5 {
            var matrix = Tensor<Double>(uninitialized: [nodes, nodes])
            let succeeded = matrix.withUnsafeMutablePointer { pointer in
                for i in 0..<nodes {
                    for j in 0..<nodes { pointer[i * nodes + j] = covariance.value(at: Double(i - j) * spacing) }
                    pointer[i * nodes + i] += jitter * covariance.variance
                }
                return Kernels.cholesky(nodes, pointer)
            }
            if succeeded {
                self.factor = matrix
                self.jitter = jitter
                return
            }
            jitter *= 10
        }
        throw GridsError.notPositiveDefinite(covariance: covariance.kind.rawValue, length: covariance.length, fraction: jitter)
    }

    /// The values at `points`, all inside the interval, of the function that `generator` determines.
    public func sample(_ generator: Philox, at points: [Double]) -> [Double] {
        let normals = generator.normals(nodes)
        let row = factor.basePointer
        let values = (0..<nodes).map { i in
            var sum = 0.0
            for j in 0...i { sum += row[i * nodes + j] * normals[j] }
            return sum
        }
        return CubicSpline(values, from: lower, to: upper).values(at: points)
    }

    /// The sample that `generator` determines, on an axis inside the interval.
    public func sample(_ generator: Philox, on axis: Axis) -> Tensor<Double> {
        Tensor([axis.count], sample(generator, at: axis.coordinates))
    }
}
