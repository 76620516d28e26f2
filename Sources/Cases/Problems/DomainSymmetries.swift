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

    /// Where values come from, axis by axis: along axis `axes[d]` of the source at `indices[d][i]` for index `i` of axis `d` of the target.
    private struct Element {
        var axes: [Int]
        var indices: [[Int]]

        init(_ grid: [Int]) {
            axes = Array(grid.indices)
            indices = grid.map { Array(0..<$0) }
        }

        /// Exchanges the axes of the target.
        mutating func transpose() {
            axes.reverse()
            indices.reverse()
        }

        /// Reverses an axis of the source.
        mutating func flip(_ axis: Int) {
            let d = axes.firstIndex(of: axis)!
            indices[d] = indices[d].map { indices[d].count - 1 - $0 }
        }

        /// Shifts every axis of the source by distances taken from the digits of a number in [0, 1).
        mutating func shift(by draw: Double) {
            var rest = draw
            for axis in axes.indices {
                let d = axes.firstIndex(of: axis)!
                let count = indices[d].count
                let scaled = rest * Double(count)
                let distance = min(Int(scaled), count - 1)
                rest = scaled - Double(distance)
                indices[d] = indices[d].map { ($0 + distance) % count }
            }
        }
    }

    /// The element of the group that a number in [0, 1) selects.
    private func element(_ draw: Double, _ grid: [Int]) -> Element {
        var result = Element(grid)
        switch self {
        case .none: break
        case .square:
            let number = min(Int(draw * 8), 7)
            if number & 4 != 0 { result.transpose() }
            if number & 1 != 0 { result.flip(0) }
            if number & 2 != 0 { result.flip(1) }
        case .shifts: result.shift(by: draw)
        case .torus:
            let quarter = draw * 4
            let turns = min(Int(quarter), 3)
            // One quarter turn is a transposition and a flip of one axis, a half turn flips both.
            if turns & 1 != 0 { result.transpose() }
            if turns == 1 || turns == 2 { result.flip(0) }
            if turns == 2 || turns == 3 { result.flip(1) }
            result.shift(by: quarter - Double(turns))
        }
        return result
    }

    /// Each sample of `[sample, x..., channel]` moved by the element that its number in (0, 1) selects; scalars keep their values.
    func apply<Scalar: Tensors.Scalar>(_ draws: [Double], to fields: Tensor<Scalar>) -> Tensor<Scalar> {
        if self == .none { return fields }
        let grid = Array(fields.shape[1..<(fields.rank - 1)])
        precondition(
            self == .shifts || grid.count == 2 && grid[0] == grid[1], "rotations of a square on fields of shape \(fields.shape)")
        let channels = fields.shape[fields.rank - 1]
        let size = grid.reduce(channels, *)
        let strides = grid.indices.map { axis in grid[(axis + 1)...].reduce(channels, *) }
        var result = Tensor<Scalar>(uninitialized: fields.shape)
        result.withUnsafeMutablePointer { target in
            for (sample, draw) in draws.enumerated() {
                let element = element(draw, grid)
                let offsets = grid.indices.map { d in element.indices[d].map { $0 * strides[element.axes[d]] } }
                let inner = offsets[grid.count - 1]
                var to = target + sample * size
                // Offsets of the rows: sums over all axes but the last.
                let rows = offsets.dropLast().reduce([0]) { sums, axis in sums.flatMap { sum in axis.map { sum + $0 } } }
                for row in rows {
                    let from = fields.basePointer + sample * size + row
                    for offset in inner {
                        for channel in 0..<channels { to[channel] = from[offset + channel] }
                        to += channels
                    }
                }
            }
        }
        return result
    }
}
