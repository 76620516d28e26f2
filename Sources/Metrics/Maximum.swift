extension Metric {
    /// Largest error: `max |e|`.
    public static let maximum = Metric(
        name: "max", title: "maximum error", formula: "max |e|",
        source: "discrete L-infinity norm; Takamoto et al. 2022, PDEBench (arXiv:2210.07182), maximum error", unit: .field, needs: [],
        best: 0,
        body: .field(.largest) { prediction, truth, _ in Terms(Sums.largest(prediction, truth) { abs($0 - $1) }, 1) })
}
