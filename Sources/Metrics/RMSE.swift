extension Metric {
    /// Root mean square error: `sqrt(sum w e^2 / sum w)`.
    public static let rmse = Metric(
        name: "rmse", title: "root mean square error", formula: "sqrt(sum w e^2 / sum w)",
        source: "Takamoto et al. 2022, PDEBench (arXiv:2210.07182), RMSE", unit: .field, needs: [], best: 0,
        body: .field(.root) { prediction, truth, geometry in
            Terms(Sums.weighted(prediction, truth, geometry) { ($0 - $1) * ($0 - $1) }, Sums.weight(geometry))
        })
}
