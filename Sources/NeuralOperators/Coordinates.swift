import Autodiff
import Tensors

/// Coordinate channels that an operator appends to its input.
public enum CoordinateChannels: String, Codable, Sendable, CaseIterable {
    /// None: the input has what it needs.
    case none
    /// One channel for each axis in the order of the axes, `linspace(0, 1)` with both ends, as in the original FNO scripts.
    case unit
    /// One channel for each axis, `i / n` without the far end, as for periodic axes and in neuraloperator.
    case unitPeriodic = "unit-periodic"
    /// The same rounded as single-precision `linspace` of PyTorch rounds, whatever the precision of the computation: neuraloperator keeps such a grid.
    case unitPeriodicSingle = "unit-periodic-single"
    /// One channel, the squared distance from the centre of the unit cube: invariant under rotations and reflections (G-FNO).
    case symmetric

    /// Number of channels on a grid of so many axes.
    public func count(dimensions: Int) -> Int {
        switch self {
        case .none: 0
        case .unit, .unitPeriodic, .unitPeriodicSingle: dimensions
        case .symmetric: 1
        }
    }

    /// The channels on a grid, `[x..., channel]`.
    public func values<Element: Scalar>(grid: [Int], as type: Element.Type = Element.self) -> Tensor<Element> {
        let channels = count(dimensions: grid.count)
        let result = Tensor<Element>(uninitialized: grid + [channels])
        guard channels > 0 else { return result }
        let pointer = result.kernelPointer
        var index = Array(repeating: 0, count: grid.count)
        for point in 0..<grid.reduce(1, *) {
            var rest = point
            for axis in grid.indices.reversed() {
                index[axis] = rest % grid[axis]
                rest /= grid[axis]
            }
            switch self {
            case .none: break
            case .unit, .unitPeriodic, .unitPeriodicSingle:
                for axis in grid.indices { pointer[point * channels + axis] = Element(position(index[axis], grid[axis])) }
            case .symmetric:
                pointer[point] = Element(
                    grid.indices.reduce(0.0) { sum, axis in
                        // The middle as the authors' code has it: 1/2 on a square grid.
                        let middle = axis == 0 || grid[0] == 1 ? 0.5 : Double(grid[axis] - 1) / Double(2 * (grid[0] - 1))
                        let offset = CoordinateChannels.unit.position(index[axis], grid[axis]) - middle
                        return sum + offset * offset
                    })
            }
        }
        return result
    }

    private func position(_ index: Int, _ count: Int) -> Double {
        switch self {
        case .unitPeriodic: return Double(index) / Double(count)
        case .unitPeriodicSingle:
            // From the near end in the first half, from the far end in the second, as `torch.linspace` does.
            let step = 1 / Float(count)
            return Double(2 * index < count + 1 ? step * Float(index) : Float(1).addingProduct(-step, Float(count - index)))
        default: return count == 1 ? 0 : Double(index) / Double(count - 1)
        }
    }

    /// Appends the channels to `[batch, x..., channel]`, and after them a channel of ones if asked for.
    public func appended<Element: Scalar>(to x: Variable<Element>, ones: Bool = false) -> Variable<Element> {
        if self == .none, !ones { return x }
        let grid = Array(x.shape[1..<(x.shape.count - 1)])
        let coordinates = values(grid: grid, as: Element.self)
        let batch = x.shape[0]
        let repeated = Tensor<Element>(uninitialized: [batch] + coordinates.shape)
        for sample in 0..<batch {
            (repeated.kernelPointer + sample * coordinates.count).update(from: coordinates.basePointer, count: coordinates.count)
        }
        let parts = [x, x.tape.constant(repeated)] + (ones ? [x.tape.constant(Tensor([batch] + grid + [1], repeating: 1))] : [])
        return .concatenate(parts, axis: x.shape.count - 1)
    }
}
