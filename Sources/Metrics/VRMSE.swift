extension Metric {
    /// Variance-scaled root mean square error of The Well: `sqrt(<e^2> / (<(u - <u>)^2> + 1e-7))`, `<.>` the weighted mean over the grid.
    ///
    /// Predicting the mean of the truth everywhere scores 1, whatever the mean is. The 1e-7 is the published guard against constant fields; it has the
    /// unit of the field squared, so fields should be of order one.
    public static let vrmse = Metric(
        name: "vrmse", title: "variance-scaled RMSE (The Well)", formula: "sqrt(<e^2> / (<(u - <u>)^2> + 1e-7)), <.> mean over the grid",
        source: "Ohana et al. 2024, The Well (arXiv:2412.00568), VRMSE", unit: .one, needs: [], best: 0,
        body: .field(.root) { prediction, truth, geometry in
            let weight = Sums.weight(geometry)
            let mean = Sums.weighted(prediction, truth, geometry) { $1 } / weight
            let variance = Sums.weighted(prediction, truth, geometry) { ($1 - mean) * ($1 - mean) } / weight
            return Terms(Sums.weighted(prediction, truth, geometry) { ($0 - $1) * ($0 - $1) } / weight, variance + 1e-7)
        })
}
