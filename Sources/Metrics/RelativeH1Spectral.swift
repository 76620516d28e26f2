import Tensors

extension Metric {
    /// Relative H1 error in Fourier space: `sqrt(sum (1 + |k|^2) |e_k|^2 / sum (1 + |k|^2) |u_k|^2)`.
    ///
    /// Exact for every resolved wave, where the finite differences of `relativeH1` damp the short ones.
    public static let relativeH1Spectral = Metric(
        name: "relative-h1-spectral", title: "relative H¹ error (spectral)",
        formula: "sqrt(sum_k (1 + |k|^2) |e_k|^2 / sum_k (1 + |k|^2) |u_k|^2), k in physical units",
        source: "Sobolev norm W^{1,2} in Fourier space", unit: .one, needs: [.uniform, .periodic], best: 0,
        body: .field(.root) { prediction, truth, geometry in
            func norm(_ field: Tensor<Double>) -> Double {
                let modes = FourierModes(field, geometry)
                var sum = 0.0
                modes.forEach { sum += Double($0.multiplicity) * (1 + $0.squared) * modes.power($0) }
                return sum
            }
            return Terms(norm(difference(prediction, truth)), norm(truth))
        })

    /// `prediction - truth`.
    static func difference(_ prediction: Tensor<Double>, _ truth: Tensor<Double>) -> Tensor<Double> {
        Tensor(truth.shape, zip(prediction.scalars, truth.scalars).map { $0 - $1 })
    }
}
