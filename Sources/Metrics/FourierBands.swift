import Tensors

/// Three bands of the wavenumber `kappa = |k| L / 2 pi`, L the longest side: waves per longest side.
package enum FourierBand: String, CaseIterable, Sendable {
    case low, mid, high

    /// First wavenumber that belongs to the band.
    package var lowest: Double {
        switch self {
        case .low: 0
        case .mid: 4
        case .high: 12
        }
    }

    /// First wavenumber beyond the band.
    package var end: Double {
        switch self {
        case .low: 4
        case .mid: 12
        case .high: .infinity
        }
    }

    package var text: String {
        switch self {
        case .low: "kappa < 4"
        case .mid: "4 <= kappa < 12"
        case .high: "kappa >= 12"
        }
    }
}

extension Metric {
    /// Root mean square of the part of the error in the band `low` (kappa < 4); the squares of the three bands add up to that of the RMSE.
    public static let fourierLow = fourier(.low)
    /// Root mean square of the part of the error in the band `mid` (4 <= kappa < 12).
    public static let fourierMid = fourier(.mid)
    /// Root mean square of the part of the error in the band `high` (kappa >= 12).
    public static let fourierHigh = fourier(.high)
    /// The part of the relative L2 error in the band `low`; the squares of the three bands add up to that of the relative L2 error.
    public static let relativeFourierLow = relativeFourier(.low)
    /// The part of the relative L2 error in the band `mid`.
    public static let relativeFourierMid = relativeFourier(.mid)
    /// The part of the relative L2 error in the band `high`.
    public static let relativeFourierHigh = relativeFourier(.high)
    /// Mean over the rings of the band `low` of the error's amplitude in the ring.
    public static let ringFourierLow = ringFourier(.low)
    /// Mean over the rings of the band `mid` of the error's amplitude in the ring.
    public static let ringFourierMid = ringFourier(.mid)
    /// Mean over the complete rings of the band `high` of the error's amplitude in the ring.
    public static let ringFourierHigh = ringFourier(.high)

    private static func fourier(_ band: FourierBand) -> Metric {
        Metric(
            name: "fourier-\(band.rawValue)", title: "RMSE in the \(band.rawValue) Fourier band",
            formula: "sqrt(sum |e_k|^2 over \(band.text)), kappa = |k| L / 2 pi, L the longest side; e_k = (1/N) sum_x e exp(-i k x)",
            source: "bands of Takamoto et al. 2022, PDEBench (arXiv:2210.07182); all modes, split of the RMSE by Parseval", unit: .field,
            needs: .uniform, best: 0,
            body: .field(.root) { prediction, truth, geometry in Terms(power(prediction, truth, geometry, band), 1) })
    }

    private static func relativeFourier(_ band: FourierBand) -> Metric {
        Metric(
            name: "relative-fourier-\(band.rawValue)", title: "relative L² error in the \(band.rawValue) Fourier band",
            formula: "sqrt(sum |e_k|^2 over \(band.text) / sum |u_k|^2 over all k), kappa = |k| L / 2 pi, L the longest side",
            source: "bands of Takamoto et al. 2022, PDEBench (arXiv:2210.07182); all modes, split of the relative L2 error by Parseval",
            unit: .one,
            needs: .uniform, best: 0,
            body: .field(.root) { prediction, truth, geometry in
                var mean = 0.0
                for value in truth.scalars { mean += value * value }
                return Terms(power(prediction, truth, geometry, band), mean / Double(truth.count))
            })
    }

    private static func ringFourier(_ band: FourierBand) -> Metric {
        Metric(
            name: "frmse-\(band.rawValue)", title: "fRMSE, \(band.rawValue) band",
            formula: "mean over rings r in the band of sqrt(sum |e_k|^2 over r <= kappa < r + 1); \(band.text), complete rings only",
            source: "Takamoto et al. 2022, PDEBench (arXiv:2210.07182), fRMSE; whole rings, where the published code takes one quadrant",
            unit: .field,
            needs: .uniform, best: 0,
            body: .field(.separate) { prediction, truth, geometry in
                // A ring is complete up to the Nyquist wavenumber of the coarsest axis.
                let longest = geometry.lengths!.max()!
                let nyquist = geometry.spacing!.map { longest / (2 * $0) }.min()!
                let first = Int(band.lowest)
                let end = min(band.end, nyquist.rounded(.down))
                guard Double(first) < end else { return Terms(0, 1) }
                var rings = [Double](repeating: 0, count: Int(end) - first)
                visit(difference(prediction, truth), geometry) { kappa, power in
                    let ring = Int(kappa) - first
                    if ring >= 0 && ring < rings.count { rings[ring] += power }
                }
                return Terms(rings.reduce(0) { $0 + $1.squareRoot() } / Double(rings.count), 1)
            })
    }

    /// `sum |e_k|^2` over a band.
    private static func power(
        _ prediction: Tensor<Double>, _ truth: Tensor<Double>, _ geometry: FieldGeometry, _ band: FourierBand
    ) -> Double {
        var sum = 0.0
        visit(difference(prediction, truth), geometry) { kappa, power in
            if kappa >= band.lowest && kappa < band.end { sum += power }
        }
        return sum
    }

    /// Calls `body` with kappa and `|e_k|^2`, conjugate modes taken together.
    private static func visit(_ error: Tensor<Double>, _ geometry: FieldGeometry, _ body: (_ kappa: Double, _ power: Double) -> Void) {
        let modes = FourierModes(error, geometry)
        let unit = geometry.lengths!.max()! / (2 * Double.pi)
        modes.forEach { mode in
            // Whole numbers of waves must not fall below their band by round-off.
            body(mode.squared.squareRoot() * unit * (1 + 1e-12), Double(mode.multiplicity) * modes.power(mode))
        }
    }
}
