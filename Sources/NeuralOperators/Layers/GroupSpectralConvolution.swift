import Autodiff
import Tensors
import Transforms

/// A spectral convolution between fields on the group of a square: the Fourier coefficients of a real kernel, carried over the group.
///
/// Parameters hold half of the coefficients with wavenumbers `|k| < m` of the kernel of each channel pair and group element; the other half follows
/// from the kernel being real, the rest from turning and reflecting it (Helwig et al., 2023, section 3.2).
struct GroupSpectralConvolution: Sendable {
    /// Wavenumbers `(-(m-1), 0) ... (-1, 0)`, `[output, input, group, m - 1, 2]`.
    private let column: Parameter
    /// Wavenumber zero, real, `[output, input, group]`.
    private let origin: Parameter
    /// Wavenumbers `(-(m-1)...m-1, 1...m-1)`, `[output, input, group, 2m - 1, m - 1, 2]`.
    private let half: Parameter
    private let modes: FourierModes
    private let group: SquareGroup
    /// Where each entry of the expanded weight comes from.
    private let pairs: PairIndices
    private let mixing: [Int]

    init(_ input: Int, _ output: Int, modes m: Int, group: SquareGroup, in scope: ParameterScope) {
        let order = group.order
        let width = 2 * m - 1
        column = scope.complex("column", [output, input, order, m - 1], .fanIn(input * order * max(m - 1, 1)))
        origin = scope.real("origin", [output, input, order], .fanIn(input * order))
        half = scope.complex("half", [output, input, order, width, m - 1], .fanIn(input * order * width * max(m - 1, 1)))
        self.group = group
        modes = FourierModes(leading: [Array((1 - m)...(m - 1))], last: m)

        // Codes of one channel pair: rows of its three arrays one after the other, times two, plus one when conjugated.
        let (columnRows, originRows, halfRows) = (order * (m - 1), order, order * width * (m - 1))
        let conjugated = { (code: Int) in code ^ 1 }
        let columnCodes = IndexArray([order, m - 1, 1]) { 2 * ($0[0] * (m - 1) + $0[1]) }
        let originCodes = IndexArray([order, 1, 1]) { 2 * (columnRows + $0[0]) }
        let halfCodes = IndexArray([order, width, m - 1]) { 2 * (columnRows + originRows + ($0[0] * width + $0[1]) * (m - 1) + $0[2]) }
        let centre = columnCodes.joined(originCodes, axis: 1).joined(columnCodes.flipped(1).mapped(conjugated), axis: 1)
        let right = centre.joined(halfCodes, axis: 2)
        let left = halfCodes.flipped(1).flipped(2).mapped(conjugated)
        let pair = left.joined(right, axis: 2).expanded(over: group)

        // All pairs, in the order of the mode mixing: [mode, input channel and element, output channel and element].
        let (ins, outs) = (input * order, output * order)
        var indices: [(place: Int, isConjugated: Bool)] = []
        indices.reserveCapacity(width * m * ins * outs)
        let bases = (origin: output * input * columnRows, half: output * input * (columnRows + originRows))
        for ky in 0..<width {
            for kx in 0..<m {
                for source in 0..<ins {
                    for target in 0..<outs {
                        let code = pair[[target % order, source % order, ky, kx + m - 1]]
                        let number = (target / order) * input + source / order
                        let row = code / 2
                        let place =
                            row < columnRows
                            ? number * columnRows + row
                            : row < columnRows + originRows
                                ? bases.origin + number * originRows + row - columnRows
                                : bases.half + number * halfRows + row - columnRows - originRows
                        indices.append((place, code % 2 == 1))
                    }
                }
            }
        }
        pairs = PairIndices(indices, sourceCount: output * input * (columnRows + originRows + halfRows))
        mixing = [width * m, ins, outs, 2]
    }

    /// The convolution between two normalisations of each channel over points and group elements.
    func normalised<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        x.normalisedSpectralConvolution(
            modes, spectral: expanded(on: x.tape), groups: mixing[1] / group.order, outputGroups: mixing[2] / group.order)
    }

    /// The weight of the mode mixing.
    private func expanded<Element: Scalar>(on tape: Tape<Element>) -> Variable<Element> {
        tape.derived(from: half) {
            // The real mean is a complex number without imaginary part.
            let mean = tape.parameter(origin).reshaped([-1, 1]).padded(axis: 1, before: 0, after: 1)
            let sources = Variable.concatenate(
                [tape.parameter(column).reshaped([column.count / 2, 2]), mean, tape.parameter(half).reshaped([half.count / 2, 2])], axis: 0)
            return sources.gatherPairs(pairs).reshaped(mixing)
        }
    }
}
