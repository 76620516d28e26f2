import Tensors

extension Variable {
    /// The same values with another shape of equal count; one extent may be -1.
    @specialized(where Element == Float)
    public func reshaped(_ newShape: [Int]) -> Variable {
        tape.record(value.reshaped(newShape), [self]) { g in [g.reshaped(self.shape)] }
    }

    /// Transposes axes: axis `k` of the result is axis `order[k]` of this.
    @specialized(where Element == Float)
    public func permuted(_ order: [Int]) -> Variable {
        precondition(order.sorted() == Array(0..<shape.count), "\(order) is no permutation of the axes of shape \(shape)")
        let result = Tensor<Element>(uninitialized: order.map { shape[$0] })
        Kernels.permute(shape, order: order, value.basePointer, result.kernelPointer)
        var inverse = order
        for (position, axis) in order.enumerated() { inverse[axis] = position }
        return tape.record(result, [self]) { [inverse] g in [g.permuted(inverse)] }
    }

    /// Elements `range` along one axis.
    @specialized(where Element == Float)
    public func slice(axis: Int, _ range: Range<Int>) -> Variable {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape[axis], "slice \(range) of axis \(axis) of shape \(shape)")
        if range == 0..<shape[axis] { return self }
        var target = shape
        target[axis] = range.count
        let result = Tensor<Element>(uninitialized: target)
        let (outer, inner) = extents(around: axis)
        let extent = shape[axis]
        // Invariant of the workers, here and below: each writes its own part of the result.
        nonisolated(unsafe) let (x, y) = (value.basePointer, result.kernelPointer)
        tape.workers.run(parts: outer, cost: range.count * inner) {
            Kernels.slice(
                outer: $0.count, extent: extent, inner: inner, start: range.lowerBound, count: range.count,
                x + $0.lowerBound * extent * inner, y + $0.lowerBound * range.count * inner)
        }
        return tape.record(result, [self]) { g in
            [g.padded(axis: axis, before: range.lowerBound, after: self.shape[axis] - range.upperBound)]
        }
    }

    /// Zeros before and after along one axis (the adjoint of `slice`).
    @specialized(where Element == Float)
    public func padded(axis: Int, before: Int, after: Int) -> Variable {
        if before == 0 && after == 0 { return self }
        var target = shape
        target[axis] += before + after
        let result = Tensor<Element>(target, repeating: 0)
        let (outer, inner) = extents(around: axis)
        Kernels.placeSlice(
            outer: outer, extent: target[axis], inner: inner, start: before, count: shape[axis], value.basePointer, result.kernelPointer)
        return tape.record(result, [self]) { g in [g.slice(axis: axis, before..<(before + self.shape[axis]))] }
    }

    /// Joins along one axis.
    @specialized(where Element == Float)
    public static func concatenate(_ parts: [Variable], axis: Int) -> Variable {
        precondition(!parts.isEmpty, "nothing to concatenate")
        var target = parts[0].shape
        target[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
        let result = Tensor<Element>(uninitialized: target)
        let (outer, inner) = parts[0].extents(around: axis)
        var starts: [Int] = []
        var start = 0
        for part in parts {
            var expected = target
            expected[axis] = part.shape[axis]
            precondition(part.shape == expected, "cannot join shape \(part.shape) to \(target) along axis \(axis)")
            let (extent, first, count) = (target[axis], start, part.shape[axis])
            nonisolated(unsafe) let (x, y) = (part.value.basePointer, result.kernelPointer)
            part.tape.workers.run(parts: outer, cost: count * inner) {
                Kernels.placeSlice(
                    outer: $0.count, extent: extent, inner: inner, start: first, count: count, x + $0.lowerBound * count * inner,
                    y + $0.lowerBound * extent * inner)
            }
            starts.append(start)
            start += part.shape[axis]
        }
        return parts[0].tape.record(result, parts) { [starts] g in
            zip(parts, starts).map { part, start in
                part.needsGradient ? g.slice(axis: axis, start..<(start + part.shape[axis])) : nil
            }
        }
    }

    /// `y[i, ...] = x[indices[i], ...]` on the first axis; a negative index gives zeros.
    ///
    /// Covers rolls, rotations, reflections and every padding rule of a flattened axis.
    @specialized(where Element == Float)
    public func gatherRows(_ indices: RowIndices) -> Variable {
        precondition(indices.sourceCount == shape[0], "indices into \(indices.sourceCount) rows used on shape \(shape)")
        let inner = shape.dropFirst().reduce(1, *)
        let result = Tensor<Element>(uninitialized: [indices.values.count] + shape.dropFirst())
        indices.values.withUnsafeBufferPointer { Kernels.gatherRows($0, inner: inner, value.basePointer, result.kernelPointer) }
        return tape.record(result, [self]) { g in [g.scatterAddRows(indices)] }
    }

    /// `y[indices[i], ...] += x[i, ...]`, the adjoint of `gatherRows`.
    @specialized(where Element == Float)
    public func scatterAddRows(_ indices: RowIndices) -> Variable {
        precondition(indices.values.count == shape[0], "\(indices.values.count) indices used on shape \(shape)")
        let inner = shape.dropFirst().reduce(1, *)
        let result = Tensor<Element>([indices.sourceCount] + shape.dropFirst(), repeating: 0)
        indices.values.withUnsafeBufferPointer { Kernels.scatterAddRows($0, inner: inner, value.basePointer, result.kernelPointer) }
        return tape.record(result, [self]) { g in [g.gatherRows(indices)] }
    }

    /// Pairs (real, imaginary) taken from rows of `[n, 2]`, some of them conjugated: `y[i] = x[indices[i]]` or its conjugate.
    @specialized(where Element == Float)
    public func gatherPairs(_ indices: PairIndices) -> Variable {
        precondition(shape == [indices.sourceCount, 2], "indices into \(indices.sourceCount) pairs used on shape \(shape)")
        let result = Tensor<Element>(uninitialized: [indices.codes.count, 2])
        indices.codes.withUnsafeBufferPointer { codes in
            nonisolated(unsafe) let (codes, x, y) = (codes, value.basePointer, result.kernelPointer)
            tape.workers.run(numbers: codes.count) {
                Kernels.gatherPairs(UnsafeBufferPointer(rebasing: codes[$0]), x, y + 2 * $0.lowerBound)
            }
        }
        return tape.record(result, [self]) { g in [g.scatterAddPairs(indices)] }
    }

    /// The adjoint of `gatherPairs`: `y[indices[i]] += x[i]` or its conjugate.
    @specialized(where Element == Float)
    public func scatterAddPairs(_ indices: PairIndices) -> Variable {
        precondition(shape == [indices.codes.count, 2], "\(indices.codes.count) indices used on shape \(shape)")
        let result = Tensor<Element>([indices.sourceCount, 2], repeating: 0)
        indices.codes.withUnsafeBufferPointer { Kernels.scatterAddPairs($0, value.basePointer, result.kernelPointer) }
        return tape.record(result, [self]) { g in [g.gatherPairs(indices)] }
    }

    private func extents(around axis: Int) -> (outer: Int, inner: Int) {
        precondition(axis >= 0 && axis < shape.count, "axis \(axis) of shape \(shape)")
        return (shape[..<axis].reduce(1, *), shape[(axis + 1)...].reduce(1, *))
    }
}

/// Which row of a source each row of a result is taken from; -1 for a row of zeros.
public struct RowIndices: Sendable {
    /// Number of rows of the source.
    public let sourceCount: Int
    let values: [Int32]

    /// Number of rows of the result.
    public var count: Int { values.count }

    /// Checked indices into `sourceCount` rows.
    public init(_ indices: [Int], sourceCount: Int) {
        precondition(indices.allSatisfy { $0 >= -1 && $0 < sourceCount }, "row indices outside -1..<\(sourceCount)")
        self.sourceCount = sourceCount
        self.values = indices.map(Int32.init)
    }
}

/// Which pair of a source each pair of a result is taken from, and whether it is conjugated.
public struct PairIndices: Sendable {
    /// Number of pairs of the source.
    public let sourceCount: Int
    /// Twice the place, plus one where the pair is conjugated.
    let codes: [Int32]

    /// Checked indices into `sourceCount` pairs.
    public init(_ indices: [(place: Int, isConjugated: Bool)], sourceCount: Int) {
        precondition(indices.allSatisfy { $0.place >= 0 && $0.place < sourceCount }, "indices of pairs outside 0..<\(sourceCount)")
        self.sourceCount = sourceCount
        codes = indices.map { Int32(2 * $0.place + ($0.isConjugated ? 1 : 0)) }
    }
}
