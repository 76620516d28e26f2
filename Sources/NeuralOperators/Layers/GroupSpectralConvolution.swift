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
    private let rows: RowIndices
    /// -1 for the imaginary part of a conjugated coefficient, `[entry, 2]`.
    private let signs: Tensor<Float>
    private let mixing: [Int]

    init(_ input: Int, _ output: Int, modes m: Int, group: SquareGroup, in scope: ParameterScope) {
        let order = group.order
        let width = 2 * m - 1
        column = scope.complex("column", [output, input, order, m - 1], .fanIn(input * order * max(m - 1, 1)))
        origin = scope.real("origin", [output, input, order], .fanIn(input * order))
        half = scope.complex("half", [output, input, order, width, m - 1], .fanIn(input * order * width * max(m - 1, 1)))
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
        var indices: [Int] = []
        indices.reserveCapacity(width * m * ins * outs)
        var signs: [Float] = []
        let bases = (origin: output * input * columnRows, half: output * input * (columnRows + originRows))
        for ky in 0..<width {
            for kx in 0..<m {
                for source in 0..<ins {
                    for target in 0..<outs {
                        let code = pair[[target % order, source % order, ky, kx + m - 1]]
                        let number = (target / order) * input + source / order
                        let row = code / 2
                        if row < columnRows {
                            indices.append(number * columnRows + row)
                        } else if row < columnRows + originRows {
                            indices.append(bases.origin + number * originRows + row - columnRows)
                        } else {
                            indices.append(bases.half + number * halfRows + row - columnRows - originRows)
                        }
                        signs.append(1)
                        signs.append(code % 2 == 0 ? 1 : -1)
                    }
                }
            }
        }
        rows = RowIndices(indices, sourceCount: output * input * (columnRows + originRows + halfRows))
        self.signs = Tensor([indices.count, 2], signs)
        mixing = [width * m, ins, outs, 2]
    }

    func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        let tape = x.tape
        let grid = Array(x.shape[1..<(x.shape.count - 1)])
        // The real mean is a complex number without imaginary part.
        let mean = tape.parameter(origin).reshaped([-1, 1]).padded(axis: 1, before: 0, after: 1)
        let sources = Variable.concatenate(
            [tape.parameter(column).reshaped([column.count / 2, 2]), mean, tape.parameter(half).reshaped([half.count / 2, 2])], axis: 0)
        let weight = sources.gatherRows(rows) * tape.constant(signs.cast(to: Element.self))
        return x.fourierAnalysis(modes).mixingModes(weight.reshaped(mixing)).fourierSynthesis(modes, grid: grid)
    }
}
