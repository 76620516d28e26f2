import Autodiff
import Tensors

/// The symmetry group of a square that an equivariant layer respects: rotations by 90 degrees, perhaps with reflections.
public enum SquareGroup: String, Codable, Sendable, CaseIterable {
    /// Four rotations.
    case p4
    /// Four rotations and four reflections.
    case p4m

    /// Number of elements.
    public var order: Int { self == .p4 ? 4 : 8 }
}

/// A small integer array with the operations from which the expansion of a kernel over the group is composed; entries name the parameter that an
/// entry of the expanded kernel is taken from.
struct IndexArray {
    var shape: [Int]
    var entries: [Int]

    init(_ shape: [Int], _ entry: ([Int]) -> Int) {
        self.shape = shape
        var index = Array(repeating: 0, count: shape.count)
        entries = (0..<shape.reduce(1, *)).map { flat in
            var rest = flat
            for axis in shape.indices.reversed() {
                index[axis] = rest % shape[axis]
                rest /= shape[axis]
            }
            return entry(index)
        }
    }

    subscript(_ index: [Int]) -> Int { entries[zip(shape, index).reduce(0) { $0 * $1.0 + $1.1 }] }

    func flipped(_ axis: Int) -> IndexArray {
        IndexArray(shape) { index in
            var source = index
            source[axis] = shape[axis] - 1 - index[axis]
            return self[source]
        }
    }

    /// A quarter turn of the last two axes, from the first towards the second: `y[i, j] = x[j, n - 1 - i]`.
    func turned() -> IndexArray {
        let rank = shape.count
        let n = shape[rank - 1]
        precondition(shape[rank - 2] == n, "a quarter turn of \(shape)")
        return IndexArray(shape) { index in
            var source = index
            source[rank - 2] = index[rank - 1]
            source[rank - 1] = n - 1 - index[rank - 2]
            return self[source]
        }
    }

    func joined(_ other: IndexArray, axis: Int) -> IndexArray {
        var joint = shape
        joint[axis] += other.shape[axis]
        return IndexArray(joint) { index in
            if index[axis] < shape[axis] { return self[index] }
            var source = index
            source[axis] -= shape[axis]
            return other[source]
        }
    }

    func slice(_ axis: Int, _ range: Range<Int>) -> IndexArray {
        var part = shape
        part[axis] = range.count
        return IndexArray(part) { index in
            var source = index
            source[axis] += range.lowerBound
            return self[source]
        }
    }

    func mapped(_ transform: (Int) -> Int) -> IndexArray {
        var copy = self
        copy.entries = entries.map(transform)
        return copy
    }

    /// The kernel `[group, y, x]` of one pair of channels carried over the group to `[output element, input element, y, x]`.
    ///
    /// Element `k` of the output sees the kernel turned `k` times, with the input elements turned along (Helwig et al., 2023, section 3).
    func expanded(over group: SquareGroup) -> IndexArray {
        var rows = [self]
        for _ in 1..<4 {
            let turned = rows.last!.turned()
            switch group {
            case .p4: rows.append(turned.slice(0, 3..<4).joined(turned.slice(0, 0..<3), axis: 0))
            case .p4m:
                rows.append(
                    turned.slice(0, 3..<4).joined(turned.slice(0, 0..<3), axis: 0).joined(turned.slice(0, 5..<8), axis: 0)
                        .joined(turned.slice(0, 4..<5), axis: 0))
            }
        }
        if group == .p4m {
            rows += rows.map { $0.slice(0, 4..<8).joined($0.slice(0, 0..<4), axis: 0).flipped(1) }
        }
        let all = rows
        return IndexArray([group.order] + shape) { all[$0[0]][Array($0.dropFirst())] }
    }
}

/// A pointwise linear map between fields on the group: `[..., c, g] -> [..., d, g]`, channels and group elements merged in the last axis.
struct GroupLinear: Sendable {
    /// Where the map stands in the network.
    enum Place: Sendable {
        /// From a plain field to one on the group: the same weights for each element.
        case lifting
        /// Between fields on the group.
        case hidden
        /// From a field on the group to a plain one: the mean weight of all elements.
        case projection
    }

    private let weight: Parameter
    private let bias: Parameter
    /// Where the entries of the weight expanded over the group come from, `[input * order, output * order]`; between fields on the group only.
    private let expansion: RowIndices?
    private let (input, output, order): (Int, Int, Int)
    private let place: Place

    init(_ input: Int, _ output: Int, group: SquareGroup, place: Place, in scope: ParameterScope) {
        let order = group.order
        (self.input, self.output, self.order, self.place) = (input, output, order, place)
        if place == .hidden {
            weight = scope.real("weight", [output, input, order], .fanIn(input * order))
            let pair = IndexArray([order, 1, 1]) { $0[0] }.expanded(over: group)
            expansion = RowIndices(
                (0..<(input * order * output * order)).map { flat in
                    let (source, target) = (flat / (output * order), flat % (output * order))
                    let element = pair[[target % order, source % order, 0, 0]]
                    return ((target / order) * input + source / order) * order + element
                }, sourceCount: output * input * order)
        } else {
            weight = scope.real("weight", [output, input], .fanIn(input))
            expansion = nil
        }
        bias = scope.real("bias", [output], .fanIn(input * order))
    }

    /// Weight and bias for `Variable.pairedMLP`: turning by half a circle exchanges the elements in pairs and commutes with the map.
    ///
    /// `[2, input, output]` with halves of the channels, or `[input, output]` of a projection.
    func paired<Element: Scalar>(on tape: Tape<Element>) -> (weight: Variable<Element>, bias: Variable<Element>) {
        let map = tape.derived(from: weight, as: "paired") {
            if place == .projection { return tape.parameter(weight).permuted([1, 0]).repeatedInHalf(order, axis: 0) }
            let wide = expandedWeight(on: tape).half(0, axis: 1)
            let (first, second) = (wide.half(0, axis: 0), wide.half(1, axis: 0))
            let parts = [first + second, first - second].map { ($0 * 0.5).reshaped([1] + first.shape) }
            return .concatenate(parts, axis: 0)
        }
        return (map, place == .projection ? tape.parameter(bias) : pairedBias(on: tape))
    }

    /// The same for a field without elements, `[..., channel]`, which stands for one that is the same on all of them: `[channel, output]`.
    ///
    /// Of a lifting the weight and bias of its plain result, which is such a field.
    func plain<Element: Scalar>(on tape: Tape<Element>) -> (weight: Variable<Element>, bias: Variable<Element>) {
        if place == .lifting { return (tape.parameter(weight).permuted([1, 0]), tape.parameter(bias)) }
        let map = tape.derived(from: weight, as: "plain") {
            expandedWeight(on: tape).half(0, axis: 1).summedOverElements(axis: 0, of: input)
        }
        return (map, pairedBias(on: tape))
    }

    /// The weight expanded over the group.
    private func expandedWeight<Element: Scalar>(on tape: Tape<Element>) -> Variable<Element> {
        tape.parameter(weight).reshaped([weight.count, 1]).gatherRows(expansion!).reshaped([input * order, output * order])
    }

    private func pairedBias<Element: Scalar>(on tape: Tape<Element>) -> Variable<Element> {
        tape.derived(from: bias, as: "paired") { tape.parameter(bias).repeatedInHalf(order, axis: 0) }
    }
}

extension Variable {
    /// Of every four along an axis the first or the last two: half a turn makes one pair of elements of the group of the other.
    fileprivate func half(_ number: Int, axis: Int) -> Variable {
        var (split, target) = (shape, shape)
        split.replaceSubrange(axis...axis, with: [shape[axis] / 4, 2, 2])
        target[axis] /= 2
        return reshaped(split).slice(axis: axis + 1, number..<(number + 1)).reshaped(target)
    }

    /// Each entry along an axis once for every second of `order` elements.
    fileprivate func repeatedInHalf(_ order: Int, axis: Int) -> Variable {
        var (split, target) = (shape, shape)
        split.insert(1, at: axis + 1)
        target[axis] *= order / 2
        let once = reshaped(split)
        split[axis + 1] = order / 2
        return once.broadcast(to: split).reshaped(target)
    }
}

extension Variable {
    /// Sums over group elements, which are merged with `channels` channels in one axis.
    func summedOverElements(axis: Int, of channels: Int) -> Variable {
        var (split, target) = (shape, shape)
        split.replaceSubrange(axis...axis, with: [channels, shape[axis] / channels])
        target[axis] = channels
        return reshaped(split).sum(axes: [axis + 1]).reshaped(target)
    }
}
