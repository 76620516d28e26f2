extension Metric {
    /// Largest error relative to the largest value: `max |e| / max |u|`.
    public static let relativeMaximum = Metric(
        name: "relative-max", title: "relative maximum error", formula: "max |e| / max |u|",
        source: "ratio of discrete L-infinity norms", unit: .one, needs: [], best: 0,
        body: .field(.largest) { prediction, truth, _ in
            Terms(Sums.largest(prediction, truth) { abs($0 - $1) }, Sums.largest(prediction, truth) { abs($1) })
        })
}
