extension Metric {
    /// Error of the conserved quantity: the mean of the error over the domain, `|sum w e| / sum w`.
    ///
    /// The integral's error divided by the volume, so that it has the unit of the field. PDEBench's cRMSE is its pooled value (root mean square over samples).
    public static let conserved = Metric(
        name: "conserved", title: "conserved-quantity error", formula: "|sum w e| / sum w",
        source: "Takamoto et al. 2022, PDEBench (arXiv:2210.07182), cRMSE (pooled over samples)", unit: .field, needs: [], best: 0,
        body: .field(.root) { prediction, truth, geometry in
            let mean = Sums.weighted(prediction, truth, geometry) { $0 - $1 } / Sums.weight(geometry)
            return Terms(mean * mean, 1)
        })
}
