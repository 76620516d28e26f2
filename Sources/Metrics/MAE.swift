extension Metric {
    /// Mean absolute error: `sum w |e| / sum w`.
    public static let mae = Metric(
        name: "mae", title: "mean absolute error", formula: "sum w |e| / sum w",
        source: "discrete L1 norm divided by the volume", unit: .field, needs: [], best: 0,
        body: .field(.ratio) { prediction, truth, geometry in
            Terms(Sums.weighted(prediction, truth, geometry) { abs($0 - $1) }, Sums.weight(geometry))
        })
}
