import Tensors

/// Where the values of a two-dimensional field lie, and what its axes are called.
public struct PlotGrid: Sendable {
    enum Kind: Sendable {
        /// Equal cells that fill the window.
        case rectangular
        /// Node positions of shape `[j, i]`.
        case curvilinear(x: Tensor<Double>, y: Tensor<Double>)
    }

    let kind: Kind
    /// What is shown, in physical units.
    let windowX: ClosedRange<Double>
    let windowY: ClosedRange<Double>
    /// Horizontal axis.
    public var x: Quantity
    /// Vertical axis, upwards.
    public var y: Quantity

    /// A uniform grid whose cells fill `xEdges` times `yEdges`; fields have shape `[y, x]`.
    public static func rectangular(
        _ xEdges: ClosedRange<Double>, _ yEdges: ClosedRange<Double>, x: Quantity = Quantity("x"), y: Quantity = Quantity("y")
    ) -> PlotGrid {
        precondition(xEdges.upperBound > xEdges.lowerBound && yEdges.upperBound > yEdges.lowerBound, "edges \(xEdges), \(yEdges)")
        return PlotGrid(kind: .rectangular, windowX: xEdges, windowY: yEdges, x: x, y: y)
    }

    /// A uniform grid given by the positions of its values (at least two along each axis); each value fills a cell round its position.
    public static func points(xs: [Double], ys: [Double], x: Quantity = Quantity("x"), y: Quantity = Quantity("y")) -> PlotGrid {
        precondition(xs.count >= 2 && ys.count >= 2, "\(xs.count) x \(ys.count) positions")
        func edges(_ positions: [Double]) -> ClosedRange<Double> {
            let half = 0.5 * (positions.last! - positions.first!) / Double(positions.count - 1)
            precondition(half > 0, "positions must ascend")
            return (positions.first! - half)...(positions.last! + half)
        }
        return rectangular(edges(xs), edges(ys), x: x, y: y)
    }

    /// A structured curvilinear grid with node positions `xs`, `ys` of shape `[j, i]`.
    ///
    /// Fields live on the nodes (shape `[j, i]`, drawn by linear interpolation) or in the cells (shape `[j - 1, i - 1]`, constant in each).
    /// `window` cuts out what is shown; nil shows all.
    public static func curvilinear(
        xs: Tensor<Double>, ys: Tensor<Double>, window: (x: ClosedRange<Double>, y: ClosedRange<Double>)? = nil,
        x: Quantity = Quantity("x"), y: Quantity = Quantity("y")
    ) -> PlotGrid {
        precondition(xs.shape == ys.shape && xs.rank == 2 && xs.shape.allSatisfy { $0 >= 2 }, "node positions \(xs.shape) and \(ys.shape)")
        let all = (ColorScale.extremes([xs]), ColorScale.extremes([ys]))
        let window = window ?? (all.0!.0...all.0!.1, all.1!.0...all.1!.1)
        return PlotGrid(kind: .curvilinear(x: xs, y: ys), windowX: window.x, windowY: window.y, x: x, y: y)
    }

    /// Height over width of a panel that shows the window to scale, kept within what a page can hold.
    var aspect: Double {
        let ratio = (windowY.upperBound - windowY.lowerBound) / (windowX.upperBound - windowX.lowerBound)
        return min(max(ratio, 0.2), 3)
    }

    /// Whether a field of this shape lies on the grid.
    func accepts(_ shape: [Int]) -> Bool {
        switch kind {
        case .rectangular: shape.count == 2 && shape.allSatisfy { $0 > 0 }
        case .curvilinear(let x, _): shape == x.shape || shape == x.shape.map { $0 - 1 }
        }
    }

    /// The field as pixels; `pixels` across the window on curvilinear grids, one for each value on rectangular ones.
    package func raster(_ field: Tensor<Double>, pixels: Int) -> Raster {
        precondition(accepts(field.shape), "field of shape \(field.shape) on this grid")
        switch kind {
        case .rectangular:
            return Raster(width: field.shape[1], height: field.shape[0], values: field.scalars.map { $0 })
        case .curvilinear(let x, let y):
            let height = max(1, Int((Double(pixels) * aspect).rounded()))
            var raster = Raster(width: pixels, height: height)
            raster.draw(field, x: x, y: y, windowX: windowX, windowY: windowY)
            return raster
        }
    }
}
