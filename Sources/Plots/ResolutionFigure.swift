/// Errors of an operator over the resolution of the grid: the whole and its parts.
public struct ResolutionFigure: Figure {
    /// One error over the resolutions.
    public struct Curve: Sendable {
        /// Name in the key.
        public var name: String
        /// Values at the resolutions; those that are not positive are left out.
        public var values: [Double]

        /// A curve.
        public init(name: String, values: [Double]) {
            self.name = name
            self.values = values
        }
    }

    /// Points along an axis, ascending.
    public var points: [Int]
    /// The whole first.
    public var curves: [Curve]
    /// Points along an axis of the training grid, marked by a vertical line; nil for none.
    public var training: Int?
    /// What the resolution is.
    public var resolution: Quantity
    /// What the errors are.
    public var error: Quantity
    /// Title; empty for none.
    public var title: String

    /// Curves over common resolutions.
    public init(points: [Int], curves: [Curve], training: Int? = nil, resolution: Quantity, error: Quantity, title: String = "") {
        precondition(curves.allSatisfy { $0.values.count == points.count }, "curves of \(curves.map(\.values.count)) values at \(points)")
        self.points = points
        self.curves = curves
        self.training = training
        self.resolution = resolution
        self.error = error
        self.title = title
    }

    /// The page; see `Figure`.
    public func page(for format: FigureFormat) throws -> Page {
        let colors: [CurveColor] = [.black, .blue, .vermillion, .green, .purple]
        let y = Axis(quantity: error, isLogarithmic: true)
        // An aliasing error of exactly 0, as of the training grid, has no place on the axis.
        let range = try y.fitted(curves.flatMap(\.values).filter { $0 > 1e-12 }, figure: "resolutions")
        var series: [Series] = []
        if let training {
            series.append(
                Series(
                    label: "training grid", x: [Double(training), Double(training)], y: [range.lowerBound, range.upperBound], style: .guide)
            )
        }
        for (index, curve) in curves.enumerated() {
            // A line must not lead through a resolution at which there is nothing to show.
            let values = curve.values.map { $0 > 1e-12 ? $0 : .nan }
            series.append(
                Series(
                    label: curve.name, x: points.map(Double.init), y: values,
                    style: .linePoints(colors[index % colors.count], shape: .numbered(index), size: 0.7, dashed: index > 0)))
        }
        return try .single(
            CurvePanel(frame: .standard(title: title), x: Axis(quantity: resolution, isLogarithmic: true), y: y, series: series),
            title: title, figure: "resolutions")
    }
}
