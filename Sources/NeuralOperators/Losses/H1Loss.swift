import Autodiff
import Tensors
import Transforms

/// The H1 error of each sample, `||p - t||_1 / ||t||_1` with `||u||_1^2 = sum_points (u^2 + |grad u|^2)`, or absolutely over `sqrt(points)`.
///
/// Gradients are finite differences in physical units, or are taken in Fourier space, where `||u||_1^2 = (1 / N) sum_k w_k^2 |u_k|^2`.
public struct H1Loss: Loss {
    /// How the gradient is measured.
    public enum Gradient: Sendable, Equatable {
        /// Second-order differences (`Variable.difference`) on points `spacing` apart along each axis, wrapped along periodic ones: the
        /// definition of the metric `relative-h1`.
        case differences(spacing: [Double], periodic: [Bool])
        /// `w_k^2 = 1 + sum_d (factors[d] k_d)^2` with integer wavenumbers `k_d`; those with `|k_d| >= cutoff` count as zero in the weight.
        ///
        /// `factors[d] = 2 pi / L_d` gives the gradient of a periodic field in physical units. Factors of 1 and a cutoff of 20 are the loss of
        /// J. He, X. Liu, J. Xu, "MgNO: efficient parameterization of linear operators via multigrid", ICLR 2024.
        case spectral(factors: [Double], cutoff: Int?)
    }

    /// How the gradient is measured.
    public var gradient: Gradient
    /// Whether errors are divided by the norm of the target.
    public var isRelative: Bool
    /// One norm for all fields or one for each.
    public var fields: FieldCombination

    /// The relative error over all fields together unless said otherwise.
    public init(gradient: Gradient, isRelative: Bool = true, fields: FieldCombination = .joint) {
        self.gradient = gradient
        self.isRelative = isRelative
        self.fields = fields
    }

    /// Sum over the samples.
    public func sum<Element: Scalar>(_ prediction: Variable<Element>, _ target: Tensor<Element>) -> Variable<Element> {
        precondition(prediction.shape == target.shape, "prediction of shape \(prediction.shape), target of shape \(target.shape)")
        let constant = prediction.tape.constant(target)
        let separate = fields != .joint
        let channels = target.shape[target.rank - 1]
        let squares = squaredNorms(constant, separate: separate).value
        let factors = Tensor.normFactors(
            squares, points: target.count / max(squares.count, 1), weights: fields.normalisedWeights(channels: channels),
            isRelative: isRelative)
        return squaredNorms(prediction - constant, separate: separate).weightedRootSum(factors)
    }

    /// `||u||_1^2` of each sample (and channel).
    private func squaredNorms<Element: Scalar>(_ u: Variable<Element>, separate: Bool) -> Variable<Element> {
        let axes = u.shape.count - 2
        switch gradient {
        case .differences(let spacing, let periodic):
            precondition(spacing.count == axes && periodic.count == axes, "\(spacing.count) spacings for a field of shape \(u.shape)")
            var sum = u.square()
            for axis in 0..<axes {
                sum = sum + u.difference(axis: axis + 1, spacing: spacing[axis], periodic: periodic[axis]).square()
            }
            return sum.pointSums(separate: separate)
        case .spectral(let factors, let cutoff):
            precondition(factors.count == axes, "\(factors.count) factors for a field of shape \(u.shape)")
            let grid = Array(u.shape[1..<(axes + 1)])
            let modes = FourierModes.centred(grid)
            let weights = H1Loss.spectralWeights(modes, grid: grid, factors: factors, cutoff: cutoff).map { Element($0) }
            let coefficients = u.fourierAnalysis(modes)
            let squares = coefficients.square() * u.tape.constant(Tensor([modes.count, 1, 1], weights))
            if separate { return squares.sum(axes: [1, 3]).reshaped([u.shape[0], u.shape[axes + 1]]) }
            return squares.reshaped([u.shape[0], -1]).sum(axes: [1])
        }
    }

    /// `multiplicity w_k^2 / N` of each kept coefficient: all but the wavenumbers 0 and n/2 of the last axis stand for their conjugates too.
    private static func spectralWeights(_ modes: FourierModes, grid: [Int], factors: [Double], cutoff: Int?) -> [Double] {
        let points = Double(grid.reduce(1, *))
        return modes.wavenumbers.map { k in
            let last = k[k.count - 1]
            let multiplicity = last == 0 || 2 * last == grid[grid.count - 1] ? 1.0 : 2.0
            let slopes = zip(k, factors).reduce(0.0) { sum, pair in
                abs(pair.0) >= cutoff ?? .max ? sum : sum + pair.1 * Double(pair.0) * (pair.1 * Double(pair.0))
            }
            return multiplicity * (1 + slopes) / points
        }
    }
}
