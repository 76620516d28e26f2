import Foundation
import Metrics

/// Spectra on logarithmic axes: truth, prediction, the error's own spectrum, and a reference slope.
public struct SpectrumFigure: Figure {
    /// One spectrum.
    public struct Curve: Sendable {
        /// Name in the key.
        public var name: String
        /// Wavenumbers; those that are not positive are left out.
        public var wavenumbers: [Double]
        /// Values.
        public var values: [Double]

        /// A spectrum.
        public init(name: String, wavenumbers: [Double], values: [Double]) {
            precondition(wavenumbers.count == values.count, "\(wavenumbers.count) wavenumbers and \(values.count) values")
            self.name = name
            self.wavenumbers = wavenumbers
            self.values = values
        }

        /// The complete rings of a spectrum without the mean.
        public init(name: String, _ spectrum: Spectrum) {
            let rings = 1..<max(spectrum.completeCount, 1)
            self.init(name: name, wavenumbers: Array(spectrum.wavenumbers[rings]), values: Array(spectrum.values[rings]))
        }
    }

    /// Truth first.
    public var curves: [Curve]
    /// What the wavenumber is.
    public var wavenumber: Quantity
    /// What the spectrum is.
    public var quantity: Quantity
    /// Exponent of a thin line for comparison, such as -3; nil for none.
    public var slope: Double?
    /// Title; empty for none.
    public var title: String

    /// Spectra of one field.
    public init(curves: [Curve], wavenumber: Quantity, quantity: Quantity, slope: Double? = nil, title: String = "") {
        self.curves = curves
        self.wavenumber = wavenumber
        self.quantity = quantity
        self.slope = slope
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        try .single(panel(in: .standard(title: title)), title: title, figure: "spectrum")
    }

    /// The spectra in a frame of a page.
    func panel(in frame: Frame) throws -> CurvePanel {
        let colors: [CurveColor] = [.black, .vermillion, .blue, .green, .purple, .orange, .sky]
        // Truth is drawn broad and below, so that a prediction on top of it does not hide it.
        var series = curves.enumerated().map { index, curve in
            Series(
                label: curve.name, x: curve.wavenumbers, y: curve.values,
                style: .line(colors[index % colors.count], dashed: index == 1, width: index == 0 ? 2 : Look.curveWidth))
        }
        let y = Axis(quantity: quantity, isLogarithmic: true)
        // Round-off far below the data would squeeze them.
        let positive = curves.flatMap(\.values).filter { $0.isFinite && $0 > 0 }
        var range: ClosedRange<Double>?
        if let top = positive.max(), let bottom = positive.min(), bottom < 1e-16 * top {
            range = try y.fitted(positive.filter { $0 >= 1e-16 * top }, figure: "spectrum")
        }
        if let slope, let truth = curves.first,
            let start = truth.wavenumbers.indices.first(where: { truth.wavenumbers[$0] > 0 && truth.values[$0] > 0 })
        {
            let ks = [truth.wavenumbers[start] * 2, truth.wavenumbers.last! * 0.5]
            if ks[1] > ks[0], let anchor = truth.wavenumbers.firstIndex(where: { $0 >= ks[0] }) {
                let scale = 2.5 * truth.values[anchor]
                series.append(
                    Series(
                        label: "slope \(slope.short.replacingOccurrences(of: "-", with: "−"))", x: ks,
                        y: ks.map { scale * pow($0 / ks[0], slope) },
                        style: .guide))
            }
        }
        return CurvePanel(
            frame: frame, x: Axis(quantity: wavenumber, isLogarithmic: true),
            y: Axis(quantity: quantity, isLogarithmic: true, range: range), series: series)
    }
}
