/// Pressure coefficient along the surface of an airfoil, suction upwards as is the custom, truth and prediction.
public struct SurfacePressureFigure: Figure {
    /// One distribution.
    public struct Curve: Sendable {
        /// Name in the key.
        public var name: String
        /// Position along the chord, going once round the airfoil.
        public var x: [Double]
        /// Pressure coefficient.
        public var coefficient: [Double]

        /// A distribution.
        public init(name: String, x: [Double], coefficient: [Double]) {
            precondition(x.count == coefficient.count, "\(x.count) positions and \(coefficient.count) coefficients")
            self.name = name
            self.x = x
            self.coefficient = coefficient
        }
    }

    /// Truth first.
    public var curves: [Curve]
    /// What the position is.
    public var position: Quantity
    /// Critical pressure coefficient, where the flow becomes supersonic; nil for none.
    public var critical: Double?
    /// Title; empty for none.
    public var title: String

    /// Distributions on one airfoil.
    public init(curves: [Curve], position: Quantity = Quantity("x", unit: "chord"), critical: Double? = nil, title: String = "") {
        self.curves = curves
        self.position = position
        self.critical = critical
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        let colors: [CurveColor] = [.black, .vermillion, .blue, .green]
        var series = curves.enumerated().map { index, curve in
            Series(
                label: curve.name, x: curve.x, y: curve.coefficient,
                style: .line(colors[index % colors.count], dashed: index > 0, width: index == 0 ? 2 : Look.curveWidth))
        }
        if let critical, let low = curves.flatMap(\.x).min(), let high = curves.flatMap(\.x).max() {
            series.append(Series(label: "critical", x: [low, high], y: [critical, critical], style: .guide))
        }
        return try .single(
            CurvePanel(
                frame: .standard(title: title), x: Axis(quantity: position),
                y: Axis(quantity: Quantity("pressure coefficient"), isReversed: true), series: series), title: title,
            figure: "surface pressure")
    }
}
