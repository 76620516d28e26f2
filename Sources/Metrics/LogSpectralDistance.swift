import Numerics
import Tensors

extension Metric {
    /// Log-spectral distance in decibels: the root mean square over the rings of wavenumber space of the ratio of predicted to true power, in
    /// decibels.
    ///
    /// It sees what relative errors do not: short waves that carry little power but are far too weak (blurred) or too strong (noise). A prediction
    /// with the right spectrum and wrong phases has distance 0. Powers below 1e-12 of the whole are taken as that: they are round-off of Float32.
    public static let logSpectralDistance = Metric(
        name: "log-spectral-distance", title: "log-spectral distance in dB",
        formula: "sqrt(mean over rings r of (10 log10(P_r / T_r))^2), P_r and T_r = power of prediction and truth in ring r plus 1e-12 of "
            + "the truth's whole power; rings of width 2 pi / shortest side, complete ones, without the mean",
        source:
            "A. H. Gray, J. D. Markel, \"Distance measures for speech processing\", IEEE Trans. ASSP 24 (1976) 380-391, of ring spectra",
        unit: .one, needs: [.uniform, .periodic], best: 0,
        body: .field(.separate) { prediction, truth, geometry in
            let (p, t) = (Spectrum.power(of: prediction, on: geometry), Spectrum.power(of: truth, on: geometry))
            guard t.completeCount > 1, t.total > 0 else { return Terms(0, 1) }
            let floor = 1e-12 * t.total
            let rings = 1..<t.completeCount
            let sum = rings.reduce(0.0) { sum, ring in
                let decibels = 10 * Double.log10((p.values[ring] + floor) / (t.values[ring] + floor))
                return sum + decibels * decibels
            }
            return Terms((sum / Double(rings.count)).squareRoot(), 1)
        })
}
