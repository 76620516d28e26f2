extension Metric {
    /// Normalised root mean square error of PDEBench: RMSE over the root mean square of the truth, both over equally weighted points.
    ///
    /// Equal to `relativeL2` on a grid without quadrature weights. Of several fields PDEBench takes the mean of the values.
    public static let nrmse = Metric(
        name: "nrmse", title: "normalised RMSE (PDEBench)", formula: "sqrt(mean e^2) / sqrt(mean u^2), unweighted points",
        source: "Takamoto et al. 2022, PDEBench (arXiv:2210.07182), nRMSE", unit: .one, needs: [], best: 0,
        body: .field(.root) { prediction, truth, geometry in
            let points = FieldGeometry(shape: geometry.shape, spacing: geometry.spacing, periodic: geometry.periodic, weights: nil)
            return Terms(
                Sums.weighted(prediction, truth, points) { ($0 - $1) * ($0 - $1) } / Double(truth.count),
                Sums.weighted(prediction, truth, points) { $1 * $1 } / Double(truth.count))
        })
}
