import Tensors

/// What an axis of a foreign array means.
enum ForeignAxis: Hashable, Sendable {
    case sample
    case time
    case x
    case y
    case z
    /// An axis of which one entry is wanted: a component of a vector, or an axis of extent 1.
    case entry(Int)

    /// The axis with the name of a spatial coordinate.
    init?(_ name: String) {
        switch name {
        case "x": self = .x
        case "y": self = .y
        case "z": self = .z
        default: return nil
        }
    }
}

/// An array of a foreign file with the meaning of its axes, read in the order of datasets: sample, time, z, y, x.
struct ForeignVariable: Sendable {
    let variable: NetCDFVariable
    let axes: [ForeignAxis]

    private static let order: [ForeignAxis] = [.sample, .time, .z, .y, .x]

    /// Samples `range` as `[sample, time, z, y, x]` less the axes that the array does not have; without a sample axis, the whole array.
    func read(samples range: Range<Int>) throws -> Tensor<Double> {
        precondition(axes.count == variable.shape.count, "\(axes.count) axes for variable '\(variable.name)' of shape \(variable.shape)")
        var start = variable.shape.map { _ in 0 }
        var count = variable.shape
        for (index, axis) in axes.enumerated() {
            if axis == .sample { (start[index], count[index]) = (range.lowerBound, range.count) }
            if case .entry(let entry) = axis { (start[index], count[index]) = (entry, 1) }
        }
        var stored = Tensor<Double>(uninitialized: count)
        guard stored.count > 0 else { return stored }
        try stored.withUnsafeMutablePointer { try variable.read(start: start, count: count, into: $0) }
        let kept = Self.order.compactMap { axis in axes.firstIndex(of: axis) }
        var strides = count.map { _ in 1 }
        for index in strides.indices.dropLast().reversed() { strides[index] = strides[index + 1] * count[index + 1] }
        var result = Tensor<Double>(uninitialized: kept.map { count[$0] })
        result.withUnsafeMutablePointer { target in
            Self.permute(stored.basePointer, target, extents: kept.map { count[$0] }, strides: kept.map { strides[$0] })
        }
        return result
    }

    /// `target` row-major over `extents` from `source` with `strides`.
    private static func permute(_ source: UnsafePointer<Double>, _ target: UnsafeMutablePointer<Double>, extents: [Int], strides: [Int]) {
        guard let inner = extents.last, let innerStride = strides.last else {
            target[0] = source[0]
            return
        }
        var index = extents.dropLast().map { _ in 0 }
        for row in 0..<extents.dropLast().reduce(1, *) {
            var offset = 0
            for axis in index.indices { offset += index[axis] * strides[axis] }
            for position in 0..<inner { target[row * inner + position] = source[offset + position * innerStride] }
            var axis = index.count - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < extents[axis] { break }
                index[axis] = 0
                axis -= 1
            }
        }
    }
}
