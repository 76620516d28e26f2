import Tensors

extension Variable {
    /// A pointwise perceptron that commutes with the exchange of channels in pairs (`Kernels.splitPairs`), perhaps with a linear map of another
    /// field added: `f(GELU(x W1 + b1) W2 + v W + b2)`, `f` GELU or the identity, with everything between kept in the cache.
    ///
    /// `W1: [2, i, h]` and `W2: [2, h, o]` hold a map `[2 i, 2 h]` by its parts on sums and on differences, half the products of the map itself; biases
    /// `[h]` and `[o]` are the same for both of a pair. `W` is such a map, or `[channels of v, o]` on a field without pairs. A `W2` of two axes,
    /// `[h, o]`, is the same for both of a pair and leads to a field without pairs; there is no other field and no `f` then.
    @specialized(where Element == Float)
    public func pairedMLP(
        _ w1: Variable, _ b1: Variable, _ w2: Variable, _ b2: Variable, bypass: (field: Variable, weight: Variable)? = nil,
        gelu: Bool = false
    ) -> Variable {
        let (input, hidden, output) = (w1.shape[1], w1.shape[2], w2.shape[w2.shape.count - 1])
        let isPaired = w2.shape.count == 3
        precondition(
            w1.shape.count == 3 && w1.shape[0] == 2 && input % 2 == 0 && hidden % 2 == 0 && shape.last == 2 * input
                && w2.shape == (isPaired ? [2, hidden, output] : [hidden, output]) && b1.shape == [hidden] && b2.shape == [output]
                && (isPaired ? output % 2 == 0 : bypass == nil && !gelu),
            "paired perceptron \(w1.shape), \(w2.shape) with biases \(b1.shape), \(b2.shape) on a field of shape \(shape)")
        if let (v, w) = bypass {
            let channels = v.shape[v.shape.count - 1]
            precondition(
                (w.shape == [channels, output] || channels % 4 == 0 && w.shape == [2, channels / 2, output])
                    && v.shape.dropLast() == shape.dropLast(),
                "paired perceptron on \(shape) with a map \(w.shape) of a field of shape \(v.shape)")
        }
        let perceptron = PairedMLP(
            x: value, w1: w1.value, b1: b1.value, w2: w2.value, b2: b2.value, v: bypass?.field.value, w: bypass?.weight.value, gelu: gelu,
            workers: tape.workers)
        let parents = [self, w1, b1, w2, b2] + (bypass.map { [$0.field, $0.weight] } ?? [])
        let tape = tape
        let y = perceptron.forward(
            shape: shape.dropLast() + [isPaired ? 2 * output : output],
            keepsSums: gelu && tape.isRecording && parents.contains(where: \.needsGradient))
        return tape.recordFused(y, parents) { [unowned tape] g in
            // Gradients of weights are always computed, those of the two fields where they are needed.
            let gradients = parents.enumerated().map { place, parent in
                parent.needsGradient || place != 0 && place != 5 ? tape.gradientTensor(for: parent) : nil
            }
            return perceptron.backward(g, gradients: gradients)
        } composition: { parts in
            let hidden = parts[0].linear(parts[1].unpaired(), bias: parts[2].doubledPairs()).gelu()
            guard isPaired else {
                return hidden.linear(parts[3].doubledPairs(), bias: parts[4])
            }
            var sum = hidden.linear(parts[3].unpaired(), bias: parts[4].doubledPairs())
            if parts.count > 5 {
                let w = parts[6]
                sum = sum + parts[5].linear(w.shape.count == 3 ? w.unpaired() : w.doubledPairs(axis: 1))
            }
            return gelu ? sum.gelu() : sum
        }
    }

    /// The map `[4 p, 4 q]` of the parts `[2, 2 p, 2 q]` on sums and differences of pairs.
    private func unpaired() -> Variable {
        let (rows, columns) = (shape[1] / 2, shape[2] / 2)
        let parts = (0..<2).map { slice(axis: 0, $0..<$0 + 1).reshaped([rows, 1, 2, columns, 1, 2]) }
        let (same, other) = (parts[0] + parts[1], parts[0] - parts[1])
        let halves = [[same, other], [other, same]].map { Variable.concatenate($0, axis: 4) }
        return Variable.concatenate(halves, axis: 1).reshaped([4 * rows, 4 * columns])
    }

    /// Along one axis every two in a row once more after themselves: what is the same for both of a pair.
    private func doubledPairs(axis: Int = 0) -> Variable {
        var (split, doubled) = (shape, shape)
        split.replaceSubrange(axis...axis, with: [shape[axis] / 2, 1, 2])
        doubled[axis] *= 2
        let pairs = reshaped(split)
        return Variable.concatenate([pairs, pairs], axis: axis + 1).reshaped(doubled)
    }
}

/// Values and gradients of `Variable.pairedMLP`; works on planes of sums and differences, tile by tile.
private final class PairedMLP<Element: Scalar> {
    private let x, w1, b1, w2, b2: Tensor<Element>
    private let v, w: Tensor<Element>?
    private let gelu: Bool
    private let workers: Workers
    private let rows, input, hidden, output, tile: Int
    private let isPaired: Bool
    /// Planes of what `f` is applied to, without the bias, tile after tile.
    private var sums: Tensor<Element>?

    init(
        x: Tensor<Element>, w1: Tensor<Element>, b1: Tensor<Element>, w2: Tensor<Element>, b2: Tensor<Element>, v: Tensor<Element>?,
        w: Tensor<Element>?, gelu: Bool, workers: Workers
    ) {
        (self.x, self.w1, self.b1, self.w2, self.b2, self.v, self.w) = (x, w1, b1, w2, b2, v, w)
        (self.gelu, self.workers, isPaired) = (gelu, workers, w2.shape.count == 3)
        (input, hidden, output) = (w1.shape[1], w1.shape[2], w2.shape[w2.shape.count - 1])
        rows = x.count / (2 * w1.shape[1])
        // Everything about a tile stays in the second-level cache.
        tile = max(64, min(rows, 16_384 / max(w1.shape[2], w2.shape[w2.shape.count - 1])))
    }

    func forward(shape: [Int], keepsSums: Bool) -> Tensor<Element> {
        let y = Tensor<Element>(uninitialized: shape)
        sums = keepsSums ? Tensor<Element>(uninitialized: shape) : nil
        // Tiles write different rows.
        nonisolated(unsafe) let this = self
        nonisolated(unsafe) let maps = (first: PairedMap(w1), second: PairedMap(w2), bypass: w.map { PairedMap($0) })
        nonisolated(unsafe) let (kept, result) = (sums?.kernelPointer, y.kernelPointer)
        workers.run(parts: (rows + tile - 1) / tile) { tiles in
            let planes = Planes<Element>(count: this.tile * max(this.input, maps.bypass?.input ?? 0))
            let values = Planes<Element>(count: this.tile * this.hidden)
            let scratch = Planes<Element>(count: kept == nil && this.isPaired ? this.tile * this.output : 0)
            for start in tiles.lazy.map({ $0 * this.tile }) {
                let sums = kept.map { $0 + 2 * start * this.output } ?? scratch.even
                this.writeTile(start, maps, planes, values, sums: sums, result)
            }
        }
        return y
    }

    private func writeTile(
        _ start: Int, _ maps: (first: PairedMap<Element>, second: PairedMap<Element>, bypass: PairedMap<Element>?),
        _ planes: Planes<Element>, _ values: Planes<Element>, sums even: UnsafeMutablePointer<Element>, _ y: UnsafeMutablePointer<Element>
    ) {
        let count = min(tile, rows - start)
        hiddenSums(start, count, maps.first, planes, values)
        Kernels.pairedGELU(rows: count, columns: hidden, even: values.even, odd: values.odd, bias: b1.basePointer)
        guard isPaired else {
            let place = y + start * output
            maps.second.even.multiply(rows: count, values.even, lda: hidden, place, ldc: output)
            Kernels.addBias(rows: count, columns: output, b2.basePointer, place)
            return
        }
        let odd = even + count * output
        maps.second.multiply(rows: count, values, into: (even, odd))
        if let bypass = maps.bypass, let v {
            if bypass.odd == nil {
                bypass.even.multiply(
                    rows: count, v.basePointer + start * bypass.input, lda: bypass.input, adding: even, even, ldc: output)
            } else {
                planes.split(v.basePointer + 2 * start * bypass.input, count: count * bypass.input)
                bypass.multiply(rows: count, planes, into: (even, odd), accumulate: true)
            }
        }
        Kernels.mergedGELU(
            rows: count, columns: output, even: even, odd: odd, bias: b2.basePointer, gelu: gelu, y + 2 * start * output)
    }

    /// Planes of `x W1` of a tile.
    private func hiddenSums(_ start: Int, _ count: Int, _ first: PairedMap<Element>, _ planes: Planes<Element>, _ values: Planes<Element>) {
        planes.split(x.basePointer + 2 * start * input, count: count * input)
        first.multiply(rows: count, planes, into: (values.even, values.odd))
    }

    /// Writes the gradients of the parents in their order; those of the fields may be absent.
    func backward(_ g: Tensor<Element>, gradients: [Tensor<Element>?]) -> [Tensor<Element>?] {
        let (gW1, gB1, gW2, gB2) = (gradients[1]!, gradients[2]!, gradients[3]!, gradients[4]!)
        let first = PairedMap(w1)
        let adjoints = (first: PairedMap(w1, isTransposed: true), second: PairedMap(w2, isTransposed: true))
        let bypass = w.map { PairedMap($0, isTransposed: true) }
        let planes = Planes<Element>(count: tile * max(input, bypass?.output ?? 0))
        let (values, gValues) = (Planes<Element>(count: tile * hidden), Planes<Element>(count: tile * hidden))
        let gSums = Planes<Element>(count: tile * output)
        for start in stride(from: 0, to: rows, by: tile) {
            let (count, adds) = (min(tile, rows - start), start > 0)
            func addWeightGradient(_ a: Planes<Element>, _ m: Int, _ b: Planes<Element>, _ n: Int, _ result: Tensor<Element>) {
                for (a, b, part) in [(a.even, b.even, 0), (a.odd, b.odd, 1)] {
                    Kernels.gemm(
                        m: m, n: n, k: count, a: a, lda: m, transposeA: true, b: b, ldb: n, beta: adds ? 1 : 0,
                        c: result.kernelPointer + part * m * n, ldc: n)
                }
            }
            hiddenSums(start, count, first, planes, values)
            let gy = g.basePointer + start * output * (isPaired ? 2 : 1)
            if !isPaired {
                adjoints.second.even.multiply(rows: count, gy, lda: output, gValues.even, ldc: hidden)
                Kernels.fill(count * hidden, 0, gValues.odd)
            } else {
                if let sums {
                    let z = sums.basePointer + 2 * start * output
                    Kernels.mergedGELUGradient(
                        rows: count, columns: output, even: z, odd: z + count * output, bias: b2.basePointer, gy, gEven: gSums.even,
                        gOdd: gSums.odd)
                } else {
                    gSums.split(gy, count: count * output)
                }
                adjoints.second.multiply(rows: count, gSums, into: (gValues.even, gValues.odd))
            }
            Kernels.pairedGELUWithGradient(
                rows: count, columns: hidden, even: values.even, odd: values.odd, bias: b1.basePointer, gEven: gValues.even,
                gOdd: gValues.odd)
            if isPaired {
                addWeightGradient(values, hidden, gSums, output, gW2)
            } else {
                Kernels.gemm(
                    m: hidden, n: output, k: count, a: values.even, lda: hidden, transposeA: true, b: gy, ldb: output,
                    beta: adds ? 1 : 0, c: gW2.kernelPointer, ldc: output)
            }
            Kernels.sumRows(rows: count, columns: output, isPaired ? UnsafePointer(gSums.even) : gy, accumulate: adds, gB2.kernelPointer)
            addWeightGradient(planes, input, gValues, hidden, gW1)
            Kernels.sumRows(rows: count, columns: hidden, gValues.even, accumulate: adds, gB1.kernelPointer)
            if let gx = gradients[0] {
                adjoints.first.multiply(rows: count, gValues, into: (planes.even, planes.odd))
                planes.merge(count: count * input, into: gx.kernelPointer + 2 * start * input)
            }
            guard let bypass, let v else { continue }
            let channels = bypass.output
            if bypass.odd == nil {
                Kernels.gemm(
                    m: channels, n: output, k: count, a: v.basePointer + start * channels, lda: channels, transposeA: true,
                    b: gSums.even, ldb: output, beta: adds ? 1 : 0, c: gradients[6]!.kernelPointer, ldc: output)
                if let gv = gradients[5] {
                    bypass.even.multiply(rows: count, gSums.even, lda: output, gv.kernelPointer + start * channels, ldc: channels)
                }
                continue
            }
            planes.split(v.basePointer + 2 * start * channels, count: count * channels)
            addWeightGradient(planes, channels, gSums, output, gradients[6]!)
            if let gv = gradients[5] {
                bypass.multiply(rows: count, gSums, into: (planes.even, planes.odd))
                planes.merge(count: count * channels, into: gv.kernelPointer + 2 * start * channels)
            }
        }
        return withExtendedLifetime((planes, values, gValues, gSums)) { gradients }
    }
}

/// Scratch memory for the planes of a tile.
private final class Planes<Element: Scalar> {
    private let storage: Storage<Element>
    let even, odd: UnsafeMutablePointer<Element>

    init(count: Int) {
        storage = Storage(count: 2 * count)
        (even, odd) = (storage.pointer, storage.pointer + count)
    }

    func split(_ field: UnsafePointer<Element>, count: Int) { Kernels.splitPairs(count: count, field, even: even, odd: odd) }

    func merge(count: Int, into field: UnsafeMutablePointer<Element>) { Kernels.mergePairs(count: count, even: even, odd: odd, field) }
}

/// The parts of a map on planes, `[2, i, o]`, or the one part `[i, o]` of a map that is the same for both of a pair.
private struct PairedMap<Element: Scalar> {
    let even: SmallMatrix<Element>
    let odd: SmallMatrix<Element>?
    let input: Int
    let output: Int

    init(_ weight: Tensor<Element>, isTransposed: Bool = false) {
        let (rows, columns) = (weight.shape[weight.rank - 2], weight.shape[weight.rank - 1])
        (input, output) = isTransposed ? (columns, rows) : (rows, columns)
        let parts = (0..<(weight.rank - 1)).map { [input, output] part in
            SmallMatrix(k: input, n: output, weight.basePointer + part * rows * columns, stride: columns, isTransposed: isTransposed)
        }
        (even, odd) = (parts[0], parts.count > 1 ? parts[1] : nil)
    }

    func multiply(
        rows: Int, _ planes: Planes<Element>, into target: (UnsafeMutablePointer<Element>, UnsafeMutablePointer<Element>),
        accumulate: Bool = false
    ) {
        even.multiply(rows: rows, planes.even, lda: input, adding: accumulate ? UnsafePointer(target.0) : nil, target.0, ldc: output)
        odd?.multiply(rows: rows, planes.odd, lda: input, adding: accumulate ? UnsafePointer(target.1) : nil, target.1, ldc: output)
    }
}
