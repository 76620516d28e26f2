import Autodiff
import Grids
import Tensors

/// What the trunk of a DeepONet sees of a query point: coordinates, and cosines and sines of them.
///
/// A periodic axis with harmonics gives `cos(2 pi k y), sin(2 pi k y)` alone, so that the output is periodic; another axis gives
/// `y, cos(pi k y), sin(pi k y)`; for `k = 1...harmonics`.
struct TrunkFeatures {
    let harmonics: Int
    let periodic: [Bool]
    /// Predicted frames; with more than one, time is the last axis and frame `j` of `n` is at `(j + 1) / n`.
    let frames: Int

    /// Number of features of one axis.
    static func count(harmonics: Int, isPeriodic: Bool) -> Int {
        harmonics == 0 ? 1 : 2 * harmonics + (isPeriodic ? 0 : 1)
    }

    /// `[..., point, axis] -> [..., point * frame, feature]`.
    func callAsFunction<Element: Scalar>(_ points: Variable<Element>) -> Variable<Element> {
        let lead = Array(points.shape.dropLast())
        var places = points
        var isPeriodic = periodic
        if frames > 1 {
            let axes = periodic.count
            let times = Tensor([frames, 1], (1...frames).map { Element(Double($0) / Double(frames)) })
            let rank = lead.count + 1
            places = .concatenate(
                [
                    points.reshaped(lead + [1, axes]).broadcast(to: lead + [frames, axes]),
                    points.tape.constant(times).broadcast(to: lead + [frames, 1]),
                ], axis: rank)
            places = places.reshaped(lead.dropLast() + [lead[lead.count - 1] * frames, axes + 1])
            isPeriodic.append(false)
        }
        guard harmonics > 0 else { return places }
        let last = places.shape.count - 1
        let parts = isPeriodic.enumerated().flatMap { axis, isPeriodic -> [Variable<Element>] in
            let y = places.slice(axis: last, axis..<(axis + 1))
            let waves = (1...harmonics).flatMap { k -> [Variable<Element>] in
                let angle = y * Element((isPeriodic ? 2 : 1) * Double.pi * Double(k))
                return [angle.cos(), angle.sin()]
            }
            return isPeriodic ? waves : [y] + waves
        }
        return .concatenate(parts, axis: last)
    }
}

/// Points of a grid in the unit cube.
enum GridPoints {
    /// `[point, axis]`: each point's place as a fraction of the extent of each axis.
    static func unit<Element: Scalar>(_ grid: [Int], _ locations: [Axis.Location]) -> Tensor<Element> {
        let lines = zip(grid, locations).map { count, location in
            Axis(name: "y", count: count, location: location).coordinates
        }
        let result = Tensor<Element>(uninitialized: [grid.reduce(1, *), grid.count])
        for point in 0..<result.shape[0] {
            var rest = point
            for axis in grid.indices.reversed() {
                result.kernelPointer[point * grid.count + axis] = Element(lines[axis][rest % grid[axis]])
                rest /= grid[axis]
            }
        }
        return result
    }
}
