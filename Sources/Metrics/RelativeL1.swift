extension Metric {
    /// Relative L1 error: `sum w |e| / sum w |u|`.
    public static let relativeL1 = Metric(
        name: "relative-l1", title: "relative L¹ error", formula: "sum w |e| / sum w |u|",
        source: "Raonic et al. 2023, Convolutional neural operators (arXiv:2302.01178), section 4", unit: .one, needs: [], best: 0,
        body: .field(.ratio) { prediction, truth, geometry in
            Terms(
                Sums.weighted(prediction, truth, geometry) { abs($0 - $1) },
                Sums.weighted(prediction, truth, geometry) { abs($1) })
        })
}
