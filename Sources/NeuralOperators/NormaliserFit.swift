import Tensors

/// Statistics of fields that arrive batch by batch, and the normaliser that follows from them.
///
/// Means and variances are running ones in Float64 (B. P. Welford, Technometrics 4, 1962; merged after T. F. Chan, G. H. Golub, R. J. LeVeque,
/// The American Statistician 37, 1983), never differences of large sums. The result depends on the order of the samples, not on the batches.
public struct NormaliserFit {
    /// What is fitted.
    public let kind: Normaliser.Kind
    /// For each channel the number of the group that it shares its statistics with (time frames of one field).
    public let groups: [Int]
    /// Samples seen so far.
    public private(set) var samples = 0

    private var grid: [Int]?
    /// Of each group: numbers seen, mean, sum of squared deviations, extremes.
    private var counts, means, squares, minima, maxima: [Double]
    private var pointMeans, pointSquares: Tensor<Double>?

    /// A fit for fields of `channels` channels, each with statistics of its own unless `groups` says otherwise.
    public init(kind: Normaliser.Kind, channels: Int, groups: [Int]? = nil) {
        let groups = groups ?? Array(0..<channels)
        precondition(channels > 0 && groups.count == channels && groups.allSatisfy { $0 >= 0 }, "groups \(groups) of \(channels) channels")
        self.kind = kind
        self.groups = groups
        let count = groups.max()! + 1
        (counts, means, squares) = (Array(repeating: 0, count: count), Array(repeating: 0, count: count), Array(repeating: 0, count: count))
        minima = Array(repeating: .infinity, count: count)
        maxima = Array(repeating: -.infinity, count: count)
    }

    /// Takes in a batch `[batch, x..., channel]`.
    ///
    /// - Throws: `OperatorError.invalidSetting` for infinite or undefined values, naming sample and channel;
    ///   `OperatorError.shapeMismatch` if the channels, or for pointwise statistics the grid, are not those of the first batch.
    public mutating func add<Element: Scalar>(_ fields: Tensor<Element>) throws(OperatorError) {
        guard fields.rank >= 2, fields.shape[fields.rank - 1] == groups.count else {
            throw .shapeMismatch(layer: "normaliser", found: fields.shape, expected: "[batch, points..., \(groups.count)]")
        }
        let grid = Array(fields.shape[1..<(fields.rank - 1)])
        if kind == .pointwiseGaussian, let known = self.grid, known != grid {
            throw .shapeMismatch(layer: "normaliser", found: fields.shape, expected: "the grid \(known) of the first samples")
        }
        self.grid = grid
        let size = fields.count / max(fields.shape[0], 1)
        for sample in 0..<fields.shape[0] {
            let values = fields.basePointer + sample * size
            if let index = Kernels.firstNonFinite(size, values) {
                throw .invalidSetting(
                    layer: "normaliser", setting: "sample \(samples), channel \(index % groups.count)", found: "\(values[index])",
                    allowed: "finite numbers")
            }
            samples += 1
            switch kind {
            case .identity: break
            case .gaussian: addChannels(size, values)
            case .pointwiseGaussian: addPoints(grid, size, values)
            case .range: addExtremes(size, values)
            }
        }
    }

    /// The normaliser of everything seen.
    ///
    /// A channel without any variation is only shifted. Pointwise deviations are raised by 1e-5 of their channel's root mean square, so that
    /// points without variation (boundary values) do not divide by zero. Deviations are those of a sample, with `n - 1`.
    public func finish() -> Normaliser {
        precondition(samples > 0, "a normaliser of no samples")
        switch kind {
        case .identity: return .identity(channels: groups.count)
        case .gaussian:
            let deviations = zip(squares, counts).map { ($0 / max($1 - 1, 1)).squareRoot() }
            return perChannel(shift: means, scale: deviations)
        case .range: return perChannel(shift: minima, scale: zip(maxima, minima).map { $0 - $1 })
        case .pointwiseGaussian: return pointwise()
        }
    }

    private func perChannel(shift: [Double], scale: [Double]) -> Normaliser {
        Normaliser(
            kind: kind, shift: Tensor([groups.count], groups.map { shift[$0] }),
            scale: Tensor([groups.count], groups.map { scale[$0] > 0 ? scale[$0] : 1 }))
    }

    /// Mean and deviation at each point; channels of one group count as further samples of that point.
    private func pointwise() -> Normaliser {
        var (means, squares) = (pointMeans!.scalars, pointSquares!.scalars)
        let channels = groups.count
        var scale = Array(repeating: 1.0, count: means.count)
        for group in counts.indices {
            let members = groups.indices.filter { groups[$0] == group }
            let number = Double(samples * members.count)
            var power = 0.0
            for point in stride(from: 0, to: means.count, by: channels) {
                let mean = members.reduce(0) { $0 + means[point + $1] } / Double(members.count)
                let spread = members.reduce(0) { sum, channel in
                    let difference = means[point + channel] - mean
                    return sum + squares[point + channel] + Double(samples) * difference * difference
                }
                power += spread / max(number - 1, 1)
                for channel in members { (means[point + channel], squares[point + channel]) = (mean, spread / max(number - 1, 1)) }
            }
            let typical = (power / Double(means.count / channels)).squareRoot()
            for point in stride(from: 0, to: means.count, by: channels) where typical > 0 {
                for channel in members { scale[point + channel] = squares[point + channel].squareRoot() + 1e-5 * typical }
            }
        }
        let shape = pointMeans!.shape
        return Normaliser(kind: kind, shift: Tensor(shape, means), scale: Tensor(shape, scale))
    }

    /// One sample's mean and squared deviations of each group, merged into the running ones.
    private mutating func addChannels<Element: Scalar>(_ size: Int, _ values: UnsafePointer<Element>) {
        let channels = groups.count
        let rows = size / channels
        guard rows > 0 else { return }
        var sums = Array(repeating: 0.0, count: channels)
        Kernels.addColumnSums(rows: rows, columns: channels, values, &sums)
        let numbers = counts.indices.map { group in Double(rows * groups.count { $0 == group }) }
        var centres = Array(repeating: 0.0, count: counts.count)
        for (group, sum) in zip(groups, sums) { centres[group] += sum / numbers[group] }
        var deviations = Array(repeating: 0.0, count: channels)
        Kernels.addColumnDeviations(rows: rows, columns: channels, values, centre: groups.map { centres[$0] }, &deviations)
        for (group, deviation) in zip(groups, deviations) { squares[group] += deviation }
        for group in counts.indices where numbers[group] > 0 {
            let total = counts[group] + numbers[group]
            let difference = centres[group] - means[group]
            means[group] += difference * numbers[group] / total
            squares[group] += difference * difference * counts[group] * numbers[group] / total
            counts[group] = total
        }
    }

    private mutating func addPoints<Element: Scalar>(_ grid: [Int], _ size: Int, _ values: UnsafePointer<Element>) {
        if pointMeans == nil {
            pointMeans = Tensor(grid + [groups.count], repeating: 0)
            pointSquares = Tensor(grid + [groups.count], repeating: 0)
        }
        let number = Double(samples)
        pointMeans!.withUnsafeMutablePointer { mean in
            pointSquares!.withUnsafeMutablePointer { squares in
                Kernels.addToStatistics(size, values, number: number, mean: mean, squares: squares)
            }
        }
    }

    private mutating func addExtremes<Element: Scalar>(_ size: Int, _ values: UnsafePointer<Element>) {
        let channels = groups.count
        var low = Array(repeating: Double.infinity, count: channels)
        var high = Array(repeating: -Double.infinity, count: channels)
        Kernels.updateColumnExtremes(rows: size / channels, columns: channels, values, low: &low, high: &high)
        for (channel, group) in groups.enumerated() {
            minima[group] = min(minima[group], low[channel])
            maxima[group] = max(maxima[group], high[channel])
        }
    }
}
