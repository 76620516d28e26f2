import Tensors

extension Metric {
    /// Pearson correlation of prediction and truth over the grid points: `cov(p, u) / sqrt(var(p) var(u))`.
    ///
    /// 1 where both are constant, 0 where only one is or the prediction is not finite.
    public static let pearson = Metric(
        name: "pearson", title: "Pearson correlation", formula: "sum w (p - <p>)(u - <u>) / sqrt(sum w (p - <p>)^2 sum w (u - <u>)^2)",
        source: "Kochkov et al. 2021, PNAS 118 (doi:10.1073/pnas.2101784118); Ohana et al. 2024, The Well (arXiv:2412.00568)", unit: .one,
        needs: [], best: 1, body: .field(.separate) { Terms(correlation($0, $1, $2), 1) })

    /// The weighted Pearson correlation; not a number if a value is not finite.
    static func correlation(_ prediction: Tensor<Double>, _ truth: Tensor<Double>, _ geometry: FieldGeometry) -> Double {
        let weight = Sums.weight(geometry)
        let meanP = Sums.weighted(prediction, truth, geometry) { p, _ in p } / weight
        let meanT = Sums.weighted(prediction, truth, geometry) { $1 } / weight
        let covariance = Sums.weighted(prediction, truth, geometry) { ($0 - meanP) * ($1 - meanT) }
        let varianceP = Sums.weighted(prediction, truth, geometry) { p, _ in (p - meanP) * (p - meanP) }
        let varianceT = Sums.weighted(prediction, truth, geometry) { ($1 - meanT) * ($1 - meanT) }
        if varianceP == 0 || varianceT == 0 { return varianceP == varianceT ? 1 : 0 }
        return covariance / (varianceP.squareRoot() * varianceT.squareRoot())
    }
}
