/// A sparse linear map between samplings of one axis, `y[i] = sum over t of weights[t] x[indices[t]]` for `starts[i] <= t < starts[i + 1]`.
///
/// Applied along an axis of a channels-last field it interpolates, averages, shifts, crops or pads; two of them, one for each axis,
/// make a separable map in two dimensions. The adjoint is the resampling `transpose`, so gradients are resamplings too.
public struct LinearResampling: Hashable, Sendable {
    /// Points of the axis before.
    public let inputCount: Int
    /// Points of the axis after.
    public let outputCount: Int
    let starts: [Int]
    let indices: [Int]
    let weights: [Double]
    private let singleWeights: [Float]

    /// A map given by its rows: the input points and weights of every output point; an empty row gives zeros.
    ///
    /// Weights of one input point in a row are added up.
    public init(inputCount: Int, rows: [[(index: Int, weight: Double)]]) {
        var (starts, indices, weights): ([Int], [Int], [Double]) = ([0], [], [])
        for row in rows {
            var merged: [(index: Int, weight: Double)] = []
            for term in row {
                precondition(term.index >= 0 && term.index < inputCount, "resampling index \(term.index) outside 0..<\(inputCount)")
                if let known = merged.firstIndex(where: { $0.index == term.index }) {
                    merged[known].weight += term.weight
                } else {
                    merged.append(term)
                }
            }
            for term in merged.sorted(by: { $0.index < $1.index }) where term.weight != 0 {
                indices.append(term.index)
                weights.append(term.weight)
            }
            starts.append(indices.count)
        }
        self.inputCount = inputCount
        self.outputCount = rows.count
        self.starts = starts
        self.indices = indices
        self.weights = weights
        self.singleWeights = weights.map(Float.init)
    }

    /// The adjoint: the map of the transposed matrix.
    public var transpose: LinearResampling {
        var rows = [[(index: Int, weight: Double)]](repeating: [], count: inputCount)
        for output in 0..<outputCount {
            for term in starts[output]..<starts[output + 1] { rows[indices[term]].append((output, weights[term])) }
        }
        return LinearResampling(inputCount: outputCount, rows: rows)
    }

    /// The matrix, row-major `[outputCount, inputCount]`.
    public var matrix: [Double] {
        var result = [Double](repeating: 0, count: outputCount * inputCount)
        for output in 0..<outputCount {
            for term in starts[output]..<starts[output + 1] { result[output * inputCount + indices[term]] += weights[term] }
        }
        return result
    }

    /// The map along one axis of `x` (negative axes count from the end), leaving the others alone.
    public func callAsFunction<E: Scalar>(_ x: Tensor<E>, axis: Int, workers: Workers = Workers(threads: 1)) -> Tensor<E> {
        let axis = axis < 0 ? axis + x.rank : axis
        precondition(
            x.shape.indices.contains(axis) && x.shape[axis] == inputCount,
            "resampling from \(inputCount) points along axis \(axis) of shape \(x.shape)")
        var shape = x.shape
        shape[axis] = outputCount
        let y = Tensor<E>(uninitialized: shape)
        let outer = shape[..<axis].reduce(1, *)
        let inner = shape[(axis + 1)...].reduce(1, *)
        func run<W>(_ weights: [W]) {
            weights.withUnsafeBufferPointer { weights in
                let weights = UnsafeRawPointer(weights.baseAddress ?? UnsafePointer(bitPattern: 64)!)
                // Invariant of the workers: each writes its own lines.
                nonisolated(unsafe) let (w, source, target) = (weights.assumingMemoryBound(to: E.self), x.basePointer, y.kernelPointer)
                workers.run(parts: outer * outputCount, cost: inner) {
                    Kernels.resample(
                        lines: $0, inner: inner, inputCount: inputCount, outputCount: outputCount, starts: starts, indices: indices,
                        weights: w, source, target)
                }
            }
        }
        if E.self == Float.self { run(singleWeights) } else { run(weights) }
        return y
    }
}

extension LinearResampling {
    /// Means of `factor` neighbours; points that do not fill a window are dropped.
    public static func averagePool(_ count: Int, factor: Int) -> LinearResampling {
        precondition(factor > 0, "pooling factor \(factor)")
        return LinearResampling(
            inputCount: count,
            rows: (0..<(count / factor)).map { i in (0..<factor).map { (i * factor + $0, 1 / Double(factor)) } })
    }

    /// `y[i] = x[floor(i n / m)]`, each point repeated.
    public static func nearest(_ count: Int, to target: Int) -> LinearResampling {
        LinearResampling(inputCount: count, rows: (0..<target).map { [($0 * count / target, 1)] })
    }

    /// Linear interpolation.
    ///
    /// With `alignsCorners` the end points of both grids coincide, otherwise the ends of their first and last cells do. Beyond its outermost
    /// points the field is what `mode` says: constant, or periodic.
    public static func linear(
        _ count: Int, to target: Int, alignsCorners: Bool = false, mode: PaddingMode = .replicate
    ) -> LinearResampling {
        interpolation(count, to: target, alignsCorners, mode) { t in [(0, 1 - t), (1, t)] }
    }

    /// Cubic convolution with four points; beyond its outermost points the field is what `mode` says.
    ///
    /// The kernel of R. G. Keys, "Cubic convolution interpolation for digital image processing", IEEE Trans. ASSP 29 (1981), eq. 4, in
    /// its one-parameter form; `a = -0.75` is what learning libraries use, Keys derives -0.5.
    public static func cubic(
        _ count: Int, to target: Int, alignsCorners: Bool = false, mode: PaddingMode = .replicate, a: Double = -0.75
    ) -> LinearResampling {
        func near(_ t: Double) -> Double { ((a + 2) * t - (a + 3)) * t * t + 1 }
        func far(_ t: Double) -> Double { ((a * t - 5 * a) * t + 8 * a) * t - 4 * a }
        return interpolation(count, to: target, alignsCorners, mode) { t in
            [(-1, far(t + 1)), (0, near(t)), (1, near(1 - t)), (2, far(2 - t))]
        }
    }

    /// A sum of neighbours, given by the offset and weight of each for a point at `t` in [0, 1) between offsets 0 and 1.
    private static func interpolation(
        _ count: Int, to target: Int, _ alignsCorners: Bool, _ mode: PaddingMode, _ kernel: (Double) -> [(offset: Int, weight: Double)]
    ) -> LinearResampling {
        let rows = (0..<target).map { i -> [(index: Int, weight: Double)] in
            let position = sourcePosition(i, count, target, alignsCorners)
            let left = position.rounded(.down)
            return kernel(position - left).compactMap { offset, weight in
                mode.source(Int(left) + offset, of: count).map { ($0, weight) }
            }
        }
        return LinearResampling(inputCount: count, rows: rows)
    }

    /// The points `range`, which may reach beyond the axis, where `mode` says what is there: crops, pads and shifts.
    public static func window(_ count: Int, _ range: Range<Int>, mode: PaddingMode = .zeros) -> LinearResampling {
        LinearResampling(inputCount: count, rows: range.map { i in mode.source(i, of: count).map { [($0, 1)] } ?? [] })
    }

    /// Where output point `i` lies on the input's axis, in input points.
    private static func sourcePosition(_ i: Int, _ count: Int, _ target: Int, _ alignsCorners: Bool) -> Double {
        if alignsCorners { return target > 1 ? Double(i) * Double(count - 1) / Double(target - 1) : 0 }
        return (Double(i) + 0.5) * Double(count) / Double(target) - 0.5
    }
}
