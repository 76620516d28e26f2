import Tensors

/// Principal components of fields, `u = mean + sum_k c_k modes_k`.
///
/// Over the samples the coefficients `c_k` have mean 0, variance 1 and no correlation, and the first `p` components are the best `p` in the mean square
/// (Sirovich, Quarterly of Applied Mathematics 45, 1987). The modes are those of the singular value decomposition of the centred samples, each times
/// its singular value over `sqrt(samples - 1)`.
struct ProperOrthogonalBasis: Equatable, Sendable {
    /// `[entry]`.
    let mean: Tensor<Double>
    /// `[mode, entry]`, largest first.
    let modes: Tensor<Double>

    init(mean: Tensor<Double>, modes: Tensor<Double>) {
        precondition(modes.rank == 2 && mean.shape == [modes.shape[1]], "mean of shape \(mean.shape), modes of shape \(modes.shape)")
        self.mean = mean
        self.modes = modes
    }

    /// More numbers than this on the shorter side of the sample matrix are too many for an eigenvalue problem that is solved in passing.
    static let largestProblem = 2048

    /// The first `count` modes of the rows of samples: `row(sample, into)` writes sample `sample` of `samples`, in order.
    ///
    /// With fewer entries than samples the modes are eigenvectors of the covariance of the entries, otherwise they follow from those of the products of
    /// the samples; of more than `largestProblem` samples equally spaced ones are then taken.
    ///
    /// - Throws: `OperatorError.invalidSetting` when the samples hold fewer modes; what `rows` throws.
    init(
        count: Int, entries: Int, samples: Int, layer: String, setting: String,
        rows: (Int, (UnsafePointer<Float>) -> Void) throws -> Void
    ) throws {
        let isShort = entries <= min(samples, ProperOrthogonalBasis.largestProblem)
        let used = isShort ? samples : min(samples, ProperOrthogonalBasis.largestProblem)
        let chosen = (0..<used).map { $0 * samples / used }
        var mean = Array(repeating: 0.0, count: entries)
        for sample in chosen {
            try rows(sample) { row in for entry in 0..<entries { mean[entry] += Double(row[entry]) } }
        }
        for entry in 0..<entries { mean[entry] /= Double(used) }

        // Centred samples in blocks of rows; all of them are kept when the products of samples with each other are needed.
        let block = 64
        let size = isShort ? entries : used
        let products = Tensor<Double>([size, size], repeating: 0)
        let buffer = Tensor<Double>(uninitialized: [block, entries])
        var kept: [Tensor<Float>] = []
        func load(_ start: Int, _ stop: Int) throws {
            for index in start..<stop {
                let target = buffer.kernelPointer + (index - start) * entries
                if isShort {
                    try rows(chosen[index]) { row in for entry in 0..<entries { target[entry] = Double(row[entry]) - mean[entry] } }
                } else {
                    for entry in 0..<entries { target[entry] = Double(kept[index].basePointer[entry]) - mean[entry] }
                }
            }
        }
        if !isShort {
            for sample in chosen {
                try rows(sample) { row in kept.append(Tensor([entries], Array(UnsafeBufferPointer(start: row, count: entries)))) }
            }
        }
        let other = Tensor<Double>(uninitialized: [isShort ? 0 : block, entries])
        for start in stride(from: 0, to: used, by: block) {
            let stop = min(start + block, used)
            try load(start, stop)
            if isShort {
                Kernels.gemm(
                    m: entries, n: entries, k: stop - start, a: buffer.basePointer, lda: entries, transposeA: true, b: buffer.basePointer,
                    ldb: entries, beta: 1, c: products.kernelPointer, ldc: entries)
                continue
            }
            other.kernelPointer.update(from: buffer.basePointer, count: (stop - start) * entries)
            for second in stride(from: 0, through: start, by: block) {
                let end = min(second + block, used)
                try load(second, end)
                Kernels.gemm(
                    m: stop - start, n: end - second, k: entries, a: other.basePointer, lda: entries, b: buffer.basePointer, ldb: entries,
                    transposeB: true, c: products.kernelPointer + start * used + second, ldc: used)
            }
        }
        if !isShort {
            for row in 0..<used {
                for column in (row + 1)..<max(used, row + 1) {
                    products.kernelPointer[row * used + column] = products.basePointer[column * used + row]
                }
            }
        }
        guard let values = Kernels.symmetricEigen(size, products.kernelPointer) else {
            throw OperatorError.invalidSetting(
                layer: layer, setting: setting, found: "samples whose principal components do not converge", allowed: "finite samples")
        }
        // Components below the round-off of single precision are noise.
        let meaningful = min(values.count { $0 > 1e-13 * values[0] && $0 > 0 }, used - 1)
        guard count <= meaningful else {
            throw OperatorError.invalidSetting(
                layer: layer, setting: setting, found: "\(count)",
                allowed: "1 to \(meaningful): the training outputs have no more principal components")
        }
        let modes = Tensor<Double>([count, entries], repeating: 0)
        let deviation = { (k: Int) in (values[k] / Double(used - 1)).squareRoot() }
        if isShort {
            for k in 0..<count {
                for entry in 0..<entries {
                    modes.kernelPointer[k * entries + entry] = deviation(k) * products.basePointer[k * entries + entry]
                }
            }
        } else {
            // Mode k is sum_n v_k[n] x_n / sqrt(samples - 1): of length sqrt(value / (samples - 1)) by itself.
            for start in stride(from: 0, to: used, by: block) {
                let stop = min(start + block, used)
                try load(start, stop)
                Kernels.gemm(
                    m: count, n: entries, k: stop - start, alpha: 1 / Double(used - 1).squareRoot(), a: products.basePointer + start,
                    lda: used, b: buffer.basePointer, ldb: entries, beta: 1, c: modes.kernelPointer, ldc: entries)
            }
        }
        // A sign is arbitrary: the largest entry is positive.
        for k in 0..<count {
            let row = modes.kernelPointer + k * entries
            let largest = (0..<entries).max { abs(row[$0]) < abs(row[$1]) }!
            if row[largest] < 0 { for entry in 0..<entries { row[entry] = -row[entry] } }
        }
        self.init(mean: Tensor([entries], mean), modes: modes)
    }
}
