extension Metric {
    /// Error of the conserved quantity relative to the L1 norm of the truth: `|sum w e| / sum w |u|`.
    ///
    /// The L1 norm and not the integral of the truth, which vanishes for fields such as vorticity.
    public static let relativeConserved = Metric(
        name: "relative-conserved", title: "relative conserved-quantity error", formula: "|sum w e| / sum w |u|",
        source: "the integral's error in units of the L1 norm of the truth", unit: .one, needs: [], best: 0,
        body: .field(.ratio) { prediction, truth, geometry in
            Terms(
                abs(Sums.weighted(prediction, truth, geometry) { $0 - $1 }),
                Sums.weighted(prediction, truth, geometry) { abs($1) })
        })
}
