import Tensors

/// Moves a field from one grid of a domain to another: how a fine solution becomes a coarse sample, and how solutions on different grids
/// are compared.
public struct GridTransfer: Sendable {
    /// How the values on the target are obtained.
    public enum Method: String, Sendable {
        /// Both grids are the same.
        case none
        /// Every k-th point of the source is a point of the target.
        case stride
        /// Every cell of the target is the mean of whole cells of the source.
        case average
        /// Piecewise cubic interpolation (Catmull-Rom, third order), because the grids are not nested.
        case cubic
    }

    /// The method, the same for all axes.
    public let method: Method
    private let maps: [LinearResampling?]
    private let source: Grid
    private let target: Grid

    /// The transfer between two grids of one domain, exact restriction where they are nested.
    public init(from source: Grid, to target: Grid) {
        precondition(source.dimension == target.dimension, "transfer between \(source) and \(target)")
        self.source = source
        self.target = target
        let methods = zip(source.axes, target.axes).map { GridTransfer.method(from: $0, to: $1) }
        let distinct = Set(methods).subtracting([.none])
        let method = distinct.isEmpty ? Method.none : distinct.count == 1 ? distinct.first! : .cubic
        self.method = method
        maps = zip(source.axes, target.axes).map { from, to in from.count == to.count ? nil : GridTransfer.map(from, to, method) }
    }

    /// Whether the values on the target are exact restrictions of those on the source.
    public var isNested: Bool { method != .cubic }

    /// A field `[z, y, x]` of the source on the target; leading axes (time) are kept.
    public func callAsFunction<Element: Scalar>(_ field: Tensor<Element>) -> Tensor<Element> {
        let leading = field.rank - source.dimension
        precondition(
            leading >= 0 && Array(field.shape.dropFirst(leading)) == source.shape, "field of shape \(field.shape) on the grid \(source)")
        var result = field
        for (axis, map) in maps.enumerated() {
            if let map { result = map(result, axis: leading + axis) }
        }
        return result
    }

    private static func method(from: Axis, to: Axis) -> Method {
        if from.count == to.count { return .none }
        switch from.location {
        case .nodes: return from.count > to.count && (from.count - 1) % (to.count - 1) == 0 ? .stride : .cubic
        case .periodic: return from.count > to.count && from.count % to.count == 0 ? .stride : .cubic
        case .centers: return from.count > to.count && from.count % to.count == 0 ? .average : .cubic
        }
    }

    private static func map(_ from: Axis, _ to: Axis, _ method: Method) -> LinearResampling {
        switch method {
        case .none: preconditionFailure("no map between equal axes")
        case .stride:
            let step = from.location == .nodes ? (from.count - 1) / (to.count - 1) : from.count / to.count
            return LinearResampling(inputCount: from.count, rows: (0..<to.count).map { [(index: $0 * step, weight: 1.0)] })
        case .average: return .averagePool(from.count, factor: from.count / to.count)
        case .cubic:
            switch from.location {
            case .nodes: return .cubic(from.count, to: to.count, alignsCorners: true, a: -0.5)
            case .centers: return .cubic(from.count, to: to.count, alignsCorners: false, a: -0.5)
            case .periodic: return periodicCubic(from.count, to.count)
            }
        }
    }

    /// Catmull-Rom weights with indices wrapped round.
    private static func periodicCubic(_ count: Int, _ target: Int) -> LinearResampling {
        let rows = (0..<target).map { point -> [(index: Int, weight: Double)] in
            let position = Double(point) * Double(count) / Double(target)
            let first = Int(position.rounded(.down))
            let t = position - Double(first)
            let weights = [
                ((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t,
            ]
            return (0..<4).map { (index: ((first + $0 - 1) % count + count) % count, weight: weights[$0]) }
        }
        return LinearResampling(inputCount: count, rows: rows)
    }
}
