import Autodiff
import Tensors
import Transforms

/// Where each entry of the mode mixing of an equivariant spectral convolution comes from; the same for all layers of one size.
///
/// Parameters hold half of the coefficients of the real kernel of each channel pair and group element; the other half follows from the kernel being
/// real, the rest from turning and reflecting it in the plane (Helwig et al., 2023, section 3.2).
struct GroupSpectralTable: Sendable {
    let input: Int
    let output: Int
    /// Kept wavenumbers `|k| < modes` in the plane.
    let planeModes: Int
    /// Kept wavenumbers `0 ..< timeModes` of a third axis, nil in two dimensions.
    let timeModes: Int?
    let group: SquareGroup
    let modes: FourierModes
    let pairs: PairIndices
    let mixing: [Int]

    init(_ input: Int, _ output: Int, modes m: Int, timeModes: Int? = nil, group: SquareGroup) {
        (self.input, self.output, self.planeModes, self.timeModes, self.group) = (input, output, m, timeModes, group)
        let order = group.order
        let width = 2 * m - 1
        let later = (timeModes ?? 1) - 1
        modes =
            timeModes.map { FourierModes(leading: [Array((1 - m)...(m - 1)), Array((1 - m)...(m - 1))], last: $0) }
            ?? FourierModes(leading: [Array((1 - m)...(m - 1))], last: m)

        // Codes of one channel pair: rows of its arrays one after the other, times two, plus one when conjugated.
        let counts = [order * (m - 1), order, order * width * (m - 1), order * width * width * later]
        let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
        let conjugated = { (code: Int) in code ^ 1 }
        let columnCodes = IndexArray([order, m - 1, 1]) { 2 * ($0[0] * (m - 1) + $0[1]) }
        let originCodes = IndexArray([order, 1, 1]) { 2 * (starts[1] + $0[0]) }
        let halfCodes = IndexArray([order, width, m - 1]) { 2 * (starts[2] + ($0[0] * width + $0[1]) * (m - 1) + $0[2]) }
        let mirror = columnCodes.flipped(1).mapped(conjugated)
        // The column holds negative wavenumbers in the plane, positive ones in space and time, as the authors' arrays do.
        let centre =
            timeModes == nil
            ? columnCodes.joined(originCodes, axis: 1).joined(mirror, axis: 1)
            : mirror.joined(originCodes, axis: 1).joined(columnCodes, axis: 1)
        let left = halfCodes.flipped(1).flipped(2).mapped(conjugated)
        let first = left.joined(centre, axis: 2).joined(halfCodes, axis: 2).expanded(over: group)
        let planes =
            [first]
            + (0..<later).map { time in
                IndexArray([order, width, width]) {
                    2 * (starts[3] + (($0[0] * width + $0[1]) * width + $0[2]) * later + time)
                }.expanded(over: group)
            }

        // All pairs, in the order of the mode mixing: [mode, input channel and element, output channel and element].
        let (ins, outs) = (input * order, output * order)
        let bases = starts.map { output * input * $0 }
        let columns = timeModes == nil ? Array((m - 1)..<width) : Array(0..<width)
        var indices: [(place: Int, isConjugated: Bool)] = []
        indices.reserveCapacity(width * columns.count * planes.count * ins * outs)
        for ky in 0..<width {
            for kx in columns {
                for plane in planes {
                    for source in 0..<ins {
                        for target in 0..<outs {
                            let code = plane.entries[((target % order * order + source % order) * width + ky) * width + kx]
                            let (number, row) = ((target / order) * input + source / order, code / 2)
                            let part = row < starts[1] ? 0 : row < starts[2] ? 1 : row < starts[3] || later == 0 ? 2 : 3
                            indices.append((bases[part] + number * counts[part] + row - starts[part], code % 2 == 1))
                        }
                    }
                }
            }
        }
        pairs = PairIndices(indices, sourceCount: output * input * counts.reduce(0, +))
        mixing = [modes.count, ins, outs, 2]
    }
}

/// A spectral convolution between fields on the group of a square: the Fourier coefficients of a real kernel, carried over the group.
struct GroupSpectralConvolution: Sendable {
    /// Half of the wavenumbers `(ky, 0)` of the plane but zero, `[output, input, group, m - 1, 2]`.
    private let column: Parameter
    /// Wavenumber zero, real, `[output, input, group]`.
    private let origin: Parameter
    /// Wavenumbers `(-(m-1)...m-1, 1...m-1)`, `[output, input, group, 2m - 1, m - 1, 2]`.
    private let half: Parameter
    /// In space and time wavenumbers `(-(m-1)...m-1, -(m-1)...m-1, 1..<timeModes)`.
    private let later: Parameter?
    private let table: GroupSpectralTable

    init(_ table: GroupSpectralTable, in scope: ParameterScope) {
        self.table = table
        let (m, order, pair) = (table.planeModes, table.group.order, [table.output, table.input, table.group.order])
        let (width, fan) = (2 * m - 1, table.input * order)
        column = scope.complex("column", pair + [m - 1], .fanIn(fan * max(m - 1, 1)))
        origin = scope.real("origin", pair, .fanIn(fan))
        half = scope.complex("half", pair + [width, m - 1], .fanIn(fan * width * max(m - 1, 1)))
        let times = (table.timeModes ?? 1) - 1
        later = times > 0 ? scope.complex("later", pair + [width, width, times], .fanIn(fan * width * width * times)) : nil
    }

    /// The convolution between two normalisations of each channel over points and group elements.
    ///
    /// A field without elements, `[..., channel]`, stands for one that is the same on all of them, which has the same mean and variance.
    func normalised<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        x.normalisedSpectralConvolution(
            table.modes, spectral: weight(for: x), groups: table.input, outputGroups: table.output)
    }

    /// The convolution alone.
    func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        let grid = Array(x.shape[1..<(x.shape.count - 1)])
        return x.fourierAnalysis(table.modes).mixingModes(weight(for: x)).fourierSynthesis(table.modes, grid: grid)
    }

    /// The weight of the mode mixing, summed over the elements of the input where the field is the same on all of them.
    private func weight<Element: Scalar>(for x: Variable<Element>) -> Variable<Element> {
        guard x.shape.last == table.input else { return expanded(on: x.tape) }
        return x.tape.derived(from: half, as: "summed over elements") {
            expansion(on: x.tape).summedOverElements(axis: 1, of: table.input)
        }
    }

    /// The weight of the mode mixing.
    private func expanded<Element: Scalar>(on tape: Tape<Element>) -> Variable<Element> {
        tape.derived(from: half) { expansion(on: tape) }
    }

    private func expansion<Element: Scalar>(on tape: Tape<Element>) -> Variable<Element> {
        // The real mean is a complex number without imaginary part.
        let mean = tape.parameter(origin).reshaped([-1, 1]).padded(axis: 1, before: 0, after: 1)
        let complex = [column, half] + (later.map { [$0] } ?? [])
        var sources = complex.map { tape.parameter($0).reshaped([$0.count / 2, 2]) }
        sources.insert(mean, at: 1)
        return Variable.concatenate(sources, axis: 0).gatherPairs(table.pairs).reshaped(table.mixing)
    }
}
