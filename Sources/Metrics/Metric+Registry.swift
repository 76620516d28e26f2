extension Metric {
    /// Every metric, in the order of the tables.
    public static let all: [Metric] = [
        relativeL2, relativeL1, relativeH1, relativeH1Spectral, relativeMaximum, maximum, rmse, mae, nrmse, vrmse, boundaryRMSE, conserved,
        relativeConserved, fourierLow, fourierMid, fourierHigh, relativeFourierLow, relativeFourierMid, relativeFourierHigh, ringFourierLow,
        ringFourierMid, ringFourierHigh, logSpectralDistance, pearson, correlationTime80, correlationTime90,
    ]

    /// The metric called `name`.
    ///
    /// - Throws: `MetricError.unknown` with the nearest valid name.
    public static func named(_ name: String) throws -> Metric {
        if let metric = all.first(where: { $0.name == name }) { return metric }
        let nearest = all.min { editDistance($0.name, name) < editDistance($1.name, name) }!.name
        throw MetricError.unknown(name: name, nearest: nearest, allowed: all.map(\.name))
    }

    /// Levenshtein distance.
    private static func editDistance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (a == b ? 0 : 1))
                (diagonal, row[j + 1]) = (row[j + 1], next)
            }
        }
        return row[right.count]
    }
}
