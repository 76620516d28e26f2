import Autodiff
import Tensors

/// Attention between all points of a field, with one head: `y_i = x_i + W sum_j a_ij v_j`, `a_ij = softmax over i of q_i . k_j / sqrt(c)`.
///
/// As published, the weights of every source point `j` sum to one over the receiving points `i`, not the other way round (Gupta and
/// Brandstetter, arXiv:2209.15616, their code). Work and memory grow with the square of the number of points.
struct SpatialAttention: Sendable {
    private let projection: Linear
    private let output: Linear
    private let channels: Int

    init(_ channels: Int, in scope: ParameterScope) {
        projection = Linear(channels, 3 * channels, in: scope["projection"])
        output = Linear(channels, channels, in: scope["output"])
        self.channels = channels
    }

    /// `[b, y, x, c] -> [b, y, x, c]`.
    func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        let batch = x.shape[0]
        let points = x.shape[1] * x.shape[2]
        let projected = projection(x).reshaped([batch, points, 3 * channels])
        let scale = 1 / Element(channels).squareRoot()
        let results = (0..<batch).map { sample -> Variable<Element> in
            let one = projected.slice(axis: 0, sample..<(sample + 1)).reshaped([points, 3 * channels])
            func part(_ number: Int) -> Variable<Element> { one.slice(axis: 1, (number * channels)..<((number + 1) * channels)) }
            // Row j holds the weights of source j for all receivers, so that the softmax runs along rows.
            let weights = (part(1).matmul(part(0) * scale, otherTransposed: true)).softmax()
            return weights.matmul(part(2), transposed: true)
        }
        return x + output(Variable.concatenate(results, axis: 0).reshaped(x.shape))
    }
}
