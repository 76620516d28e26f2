extension Kernels {
    /// One sample of a running mean and sum of squared deviations of each entry (Welford, 1962): with `d = x - mean`,
    /// `mean += d / number`, `squares += d (x - mean)`; `number` counts this sample.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func addToStatistics<T: Scalar>(
        _ count: Int, _ x: UnsafePointer<T>, number: Double, mean: UnsafeMutablePointer<Double>, squares: UnsafeMutablePointer<Double>
    ) {
        let weight = 1 / number
        for i in 0..<count {
            let value = Double(x[i])
            let difference = value - mean[i]
            let updated = mean[i] + difference * weight
            squares[i] += difference * (value - updated)
            mean[i] = updated
        }
    }

    /// `sums[c] += sum_r x[r, c]` in Float64.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func addColumnSums<T: Scalar>(rows: Int, columns: Int, _ x: UnsafePointer<T>, _ sums: UnsafeMutablePointer<Double>) {
        for r in 0..<rows {
            let row = x + r * columns
            for c in 0..<columns { sums[c] += Double(row[c]) }
        }
    }

    /// `sums[c] += sum_r (x[r, c] - centre[c])^2` in Float64.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func addColumnDeviations<T: Scalar>(
        rows: Int, columns: Int, _ x: UnsafePointer<T>, centre: UnsafePointer<Double>, _ sums: UnsafeMutablePointer<Double>
    ) {
        for r in 0..<rows {
            let row = x + r * columns
            for c in 0..<columns {
                let difference = Double(row[c]) - centre[c]
                sums[c] += difference * difference
            }
        }
    }

    /// Lowers `low[c]` and raises `high[c]` to the extremes of column `c`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func updateColumnExtremes<T: Scalar>(
        rows: Int, columns: Int, _ x: UnsafePointer<T>, low: UnsafeMutablePointer<Double>, high: UnsafeMutablePointer<Double>
    ) {
        for r in 0..<rows {
            let row = x + r * columns
            for c in 0..<columns {
                let value = Double(row[c])
                low[c] = value < low[c] ? value : low[c]
                high[c] = value > high[c] ? value : high[c]
            }
        }
    }
}
