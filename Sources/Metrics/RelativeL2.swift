extension Metric {
    /// Relative L2 error: `sqrt(sum w e^2 / sum w u^2)`.
    public static let relativeL2 = Metric(
        name: "relative-l2", title: "relative L² error", formula: "sqrt(sum w e^2 / sum w u^2)",
        source: "Li et al. 2021, Fourier neural operator (arXiv:2010.08895), section 5", unit: .one, needs: [], best: 0,
        body: .field(.root) { prediction, truth, geometry in
            Terms(
                Sums.weighted(prediction, truth, geometry) { ($0 - $1) * ($0 - $1) },
                Sums.weighted(prediction, truth, geometry) { $1 * $1 })
        })
}
