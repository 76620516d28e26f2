import Tensors

/// Maps of a domain onto itself that turn solutions of an equation into solutions, all fields being scalars.
public enum DomainSymmetries: Sendable {
    /// None but the identity.
    case none
    /// The four rotations and four reflections of a square with equal axes.
    case square
    /// Shifts along every axis of a periodic box.
    case shifts
    /// Shifts of a periodic square and its four rotations: those of two-dimensional flow, whose vorticity changes sign under reflections.
    case torus

    /// Each sample of `[sample, x..., channel]` moved by the element that its number in (0, 1) selects; scalars keep their values.
    func apply<Element: Scalar>(_ draws: [Double], to fields: Tensor<Element>) -> Tensor<Element> {
        let grid = Array(fields.shape[1..<(fields.rank - 1)])
        let turns = self == .square || self == .torus
        precondition(
            !turns || grid.count == 2 && grid[0] == grid[1], "rotations of a square on fields of shape \(fields.shape)")
        switch self {
        case .none: return fields
        case .square:
            return moved(fields, draws) { draw, point in
                let element = min(Int(draw * 8), 7)
                return Self.reflected(point, transposes: element & 4 != 0, flips: [element & 1 != 0, element & 2 != 0], grid)
            }
        case .shifts:
            return moved(fields, draws) { draw, point in Self.shifted(point, by: draw, grid) }
        case .torus:
            return moved(fields, draws) { draw, point in
                let quarter = draw * 4
                let turns = min(Int(quarter), 3)
                // One quarter turn is a transposition and a flip of one axis, a half turn flips both.
                let flips = [turns == 1 || turns == 2, turns == 2 || turns == 3]
                let turned = Self.reflected(point, transposes: turns & 1 != 0, flips: flips, grid)
                return Self.shifted(turned, by: quarter - quarter.rounded(.down), grid)
            }
        }
    }

    /// The point that the value at `point` comes from: axes exchanged, then reversed.
    private static func reflected(_ point: [Int], transposes: Bool, flips: [Bool], _ grid: [Int]) -> [Int] {
        let source = transposes ? [point[1], point[0]] : point
        return source.indices.map { flips[$0] ? grid[$0] - 1 - source[$0] : source[$0] }
    }

    /// The point that the value at `point` comes from: a shift along every axis taken from the digits of a number in [0, 1).
    private static func shifted(_ point: [Int], by draw: Double, _ grid: [Int]) -> [Int] {
        var rest = draw
        return point.indices.map { axis in
            let scaled = rest * Double(grid[axis])
            let distance = min(Int(scaled), grid[axis] - 1)
            rest = scaled - Double(distance)
            return (point[axis] + distance) % grid[axis]
        }
    }

    private func moved<Element: Scalar>(
        _ fields: Tensor<Element>, _ draws: [Double], _ source: (_ draw: Double, _ point: [Int]) -> [Int]
    ) -> Tensor<Element> {
        let grid = Array(fields.shape[1..<(fields.rank - 1)])
        let channels = fields.shape[fields.rank - 1]
        let points = grid.reduce(1, *)
        var result = Tensor<Element>(uninitialized: fields.shape)
        var indices = Array(repeating: 0, count: points)
        result.withUnsafeMutablePointer { target in
            for (sample, draw) in draws.enumerated() {
                var point = grid.map { _ in 0 }
                for number in 0..<points {
                    var rest = number
                    for axis in grid.indices.reversed() { (rest, point[axis]) = rest.quotientAndRemainder(dividingBy: grid[axis]) }
                    indices[number] = source(draw, point).enumerated().reduce(0) { $0 * grid[$1.offset] + $1.element }
                }
                let (from, to) = (fields.basePointer + sample * points * channels, target + sample * points * channels)
                for number in 0..<points {
                    for channel in 0..<channels { to[number * channels + channel] = from[indices[number] * channels + channel] }
                }
            }
        }
        return result
    }
}
