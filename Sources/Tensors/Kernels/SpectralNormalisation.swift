/// Standardisation of real fields that are given by few Fourier coefficients, `[batch, M, channels, 2]`, without going to their points.
///
/// The field of a sample and channel is `y_j = Re sum_k w_k X_k exp(i theta_kj) / P` over `P` points (`irfftn`), with `w_k` 1 for the wavenumbers 0 and
/// n/2 of the last axis and 2 for the others. Then the sum of `y_j^2` is `sum_k X_k . (S X)_k` with `(S X)_k = 2 X_k / P` where `w_k = 2` and
/// `(X_k + conj X_-k) / (2 P)` where `w_k = 1`, `X_-k` being zero if it is not kept; `.` multiplies pairs as vectors. `S` is synthesis followed by its
/// adjoint, so it also gives the derivative of the sum of squares.
package struct SpectralNormalisation: Sendable {
    /// Place of the coefficient of the constant field.
    package let constant: Int
    /// For each coefficient: -1 where `w_k = 2`, else the place of the coefficient of `-k`, or -2 if it is not kept.
    package let partners: [Int32]
    /// Points of the grid.
    package let points: Int

    /// The coefficients of `wavenumbers` (one list for each coefficient, zero among them, the last axis without negative ones) on a grid.
    package init(wavenumbers: [[Int]], grid: [Int]) {
        guard let constant = wavenumbers.firstIndex(where: { $0.allSatisfy { $0 == 0 } }) else {
            preconditionFailure("normalisation of fields without their constant: wavenumbers \(wavenumbers.prefix(4)) ...")
        }
        self.constant = constant
        let places = Dictionary(uniqueKeysWithValues: wavenumbers.enumerated().map { ($1, $0) })
        points = grid.reduce(1, *)
        partners = wavenumbers.map { k -> Int32 in
            guard k.last! == 0 || 2 * k.last! == grid.last! else { return -1 }
            // The same wave may be kept under another name: -n/2 is n/2.
            let candidates = zip(k, grid).enumerated().reduce([[]]) { (partial: [[Int]], item) in
                let (axis, (value, n)) = item
                let names = axis == grid.count - 1 ? [value] : [-value, n - value, -n - value]
                return partial.flatMap { head in names.map { head + [$0] } }
            }
            return candidates.lazy.compactMap { places[$0] }.first.map(Int32.init) ?? -2
        }
    }

    var count: Int { partners.count }
}

extension Kernels {
    /// Takes the mean out of coefficients `sum_j x_j exp(-i theta_kj)` of a field and divides by its deviation, both given for each group of channels,
    /// `[batch, groups]`: in place.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func standardiseCoefficients<T: Scalar>(
        _ spectrum: SpectralNormalisation, batch: Int, channels: Int, groups: Int, mean: UnsafePointer<T>,
        inverseDeviation: UnsafePointer<T>, _ x: UnsafeMutablePointer<T>
    ) {
        let (width, segment) = (2 * channels, channels / groups)
        withUnsafeTemporaryAllocation(of: T.self, capacity: width) { buffer in
            let factors = buffer.baseAddress!
            for sample in 0..<batch {
                let (means, deviations) = (mean + sample * groups, inverseDeviation + sample * groups)
                let coefficients = x + sample * spectrum.count * width
                let constant = coefficients + spectrum.constant * width
                for c in 0..<channels { constant[2 * c] -= T(spectrum.points) * means[c / segment] }
                for c in 0..<width { factors[c] = deviations[c / 2 / segment] }
                for k in 0..<spectrum.count {
                    let row = coefficients + k * width
                    for c in 0..<width { row[c] *= factors[c] }
                }
            }
        }
    }

    /// Mean and `1 / sqrt(variance + epsilon)` of every group of channels of the fields of coefficients, `[batch, groups]`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func coefficientStatistics<T: Scalar>(
        _ spectrum: SpectralNormalisation, batch: Int, channels: Int, groups: Int, _ x: UnsafePointer<T>, epsilon: Double,
        mean: UnsafeMutablePointer<T>, inverseDeviation: UnsafeMutablePointer<T>
    ) {
        let (width, segment, points) = (2 * channels, channels / groups, Double(spectrum.points))
        withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { buffer in
            let sums = buffer.baseAddress!
            for sample in 0..<batch {
                let coefficients = x + sample * spectrum.count * width
                addSquares(spectrum, width, coefficients, sums)
                for g in 0..<groups {
                    let range = (g * segment)..<((g + 1) * segment)
                    let number = points * Double(segment)
                    let centre = range.reduce(0.0) { $0 + Double(coefficients[spectrum.constant * width + 2 * $1]) } / number
                    let square = (2 * range.lowerBound..<2 * range.upperBound).reduce(0.0) { $0 + sums[$1] } / number
                    mean[sample * groups + g] = T(centre)
                    inverseDeviation[sample * groups + g] = T(1 / (max(square - centre * centre, 0) + epsilon).squareRoot())
                }
            }
        }
    }

    /// Gradient of `standardiseCoefficients` after `coefficientStatistics`, in place: `g` becomes the gradient of the coefficients before.
    ///
    /// `g` is the gradient of standardised coefficients that only their field counts of, so that its constant part is the mean of the field's gradient.
    /// With `u` the standardised coefficients, `g <- s (g - mean(g) - S u (g . u) / N)`, `N` being the numbers of a group.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func standardiseCoefficientsGradient<T: Scalar>(
        _ spectrum: SpectralNormalisation, batch: Int, channels: Int, groups: Int, standardised u: UnsafePointer<T>,
        inverseDeviation: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>
    ) {
        let (width, segment) = (2 * channels, channels / groups)
        let inversePoints = 1 / T(spectrum.points)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { buffer in
            withUnsafeTemporaryAllocation(of: T.self, capacity: 2 * width) { factorBuffer in
                let (products, scales, factors) = (buffer.baseAddress!, factorBuffer.baseAddress!, factorBuffer.baseAddress! + width)
                for sample in 0..<batch {
                    let (us, gs) = (u + sample * spectrum.count * width, g + sample * spectrum.count * width)
                    addProducts(spectrum.count, width, us, gs, products)
                    for group in 0..<groups {
                        let range = (group * segment)..<((group + 1) * segment)
                        let s = inverseDeviation[sample * groups + group]
                        let moment = (2 * range.lowerBound..<2 * range.upperBound).reduce(0.0) { $0 + products[$1] }
                        let factor = T(moment / (Double(spectrum.points) * Double(segment)))
                        for c in 2 * range.lowerBound..<2 * range.upperBound { (scales[c], factors[c]) = (s, s * factor * inversePoints) }
                        let constant = gs + spectrum.constant * width
                        let average = T(range.reduce(0.0) { $0 + Double(constant[2 * $1]) } / Double(segment))
                        for c in range { constant[2 * c] -= average }
                    }
                    for k in 0..<spectrum.count {
                        let (row, value) = (gs + k * width, us + k * width)
                        let partner = Int(spectrum.partners[k])
                        if partner == -1 {
                            for c in 0..<width { row[c] = scales[c] * row[c] - 2 * factors[c] * value[c] }
                        } else if partner == -2 {
                            for c in 0..<width { row[c] = scales[c] * row[c] - factors[c] * value[c] / 2 }
                        } else {
                            let other = us + partner * width
                            for c in 0..<channels {
                                let (re, im) = (2 * c, 2 * c + 1)
                                row[re] = scales[re] * row[re] - factors[re] * (value[re] + other[re]) / 2
                                row[im] = scales[im] * row[im] - factors[im] * (value[im] - other[im]) / 2
                            }
                        }
                    }
                }
            }
        }
    }

    /// Turns the gradient `g` of standardised coefficients `u` of fields into coefficients and factors of the gradient of the fields.
    ///
    /// That gradient is `synthesis of g (weights 1) + x factor` with factors for each sample and channel, `[batch, channels]`, where the fields were
    /// standardised over groups of channels with the given means and deviations before they were transformed.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func standardisedFieldGradient<T: Scalar>(
        _ spectrum: SpectralNormalisation, batch: Int, channels: Int, groups: Int, standardised u: UnsafePointer<T>, mean: UnsafePointer<T>,
        inverseDeviation: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>, factors: UnsafeMutablePointer<T>
    ) {
        let (width, segment) = (2 * channels, channels / groups)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: width) { buffer in
            withUnsafeTemporaryAllocation(of: T.self, capacity: width) { scaleBuffer in
                let (products, scales) = (buffer.baseAddress!, scaleBuffer.baseAddress!)
                for sample in 0..<batch {
                    let (us, gs) = (u + sample * spectrum.count * width, g + sample * spectrum.count * width)
                    addProducts(spectrum.count, width, us, gs, products)
                    for c in 0..<width { scales[c] = inverseDeviation[sample * groups + c / 2 / segment] }
                    for k in 0..<spectrum.count {
                        let row = gs + k * width
                        for c in 0..<width { row[c] *= scales[c] }
                    }
                    for group in 0..<groups {
                        let range = (group * segment)..<((group + 1) * segment)
                        let s = Double(inverseDeviation[sample * groups + group])
                        let moment = (2 * range.lowerBound..<2 * range.upperBound).reduce(0.0) { $0 + products[$1] }
                        let factor = -s * s * moment / (Double(spectrum.points) * Double(segment))
                        let centre = Double(mean[sample * groups + group])
                        for c in range { factors[sample * channels + c] = T(factor) }
                        let constant = gs + spectrum.constant * width
                        let average = range.reduce(0.0) { $0 + Double(constant[2 * $1]) } / Double(segment)
                        for c in range { constant[2 * c] -= T(average + factor * centre) }
                    }
                }
            }
        }
    }

    /// `sums[c] = sum_k x_kc (S x)_kc` for the two parts of every channel; together they are the sum of squares of the field.
    @inline(__always)
    private static func addSquares<T: Scalar>(
        _ spectrum: SpectralNormalisation, _ width: Int, _ x: UnsafePointer<T>, _ sums: UnsafeMutablePointer<Double>
    ) {
        let scale = 1 / Double(spectrum.points)
        for c in 0..<width { sums[c] = 0 }
        for k in 0..<spectrum.count {
            let row = x + k * width
            let partner = Int(spectrum.partners[k])
            if partner < 0 {
                let factor = partner == -1 ? 2 * scale : scale / 2
                for c in 0..<width { sums[c] += factor * Double(row[c]) * Double(row[c]) }
            } else {
                let other = x + partner * width
                for c in stride(from: 0, to: width, by: 2) {
                    sums[c] += scale / 2 * Double(row[c]) * (Double(row[c]) + Double(other[c]))
                    sums[c + 1] += scale / 2 * Double(row[c + 1]) * (Double(row[c + 1]) - Double(other[c + 1]))
                }
            }
        }
    }

    /// `sums[c] = sum_k x_kc y_kc` for the two parts of every channel.
    @inline(__always)
    private static func addProducts<T: Scalar>(
        _ count: Int, _ width: Int, _ x: UnsafePointer<T>, _ y: UnsafePointer<T>, _ sums: UnsafeMutablePointer<Double>
    ) {
        for c in 0..<width { sums[c] = 0 }
        for k in 0..<count {
            let (a, b) = (x + k * width, y + k * width)
            for c in 0..<width { sums[c] += Double(a[c]) * Double(b[c]) }
        }
    }
}
