import Tensors
import Testing

@Suite struct FieldPaddingTests {
    static let widths: [Convolution.Padding] = [.init(1), .init(top: 2, left: 0, bottom: 1, right: 3), .init(y: 0, x: 2), .none]

    @Test func sourceIsTheUsualSequence() {
        func sequence(_ mode: PaddingMode) -> [Int?] { (-5..<9).map { mode.source($0, of: 4) } }
        #expect(sequence(.zeros) == [nil, nil, nil, nil, nil, 0, 1, 2, 3, nil, nil, nil, nil, nil])
        #expect(sequence(.circular) == [3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0])
        #expect(sequence(.replicate) == [0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3])
        #expect(sequence(.reflect) == [1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2])
    }

    @Test(arguments: PaddingMode.allCases, widths)
    func copiesFromTheSource(mode: PaddingMode, widths: Convolution.Padding) {
        let padding = FieldPadding(mode, widths)
        for shape in [[2, 4, 5, 3], [1, 6, 4, 24], [3, 5, 7, 1]] {
            let x: Tensor<Double> = normal(shape, stream: 1)
            let y = padding(x)
            #expect(y.shape == [shape[0], shape[1] + widths.top + widths.bottom, shape[2] + widths.left + widths.right, shape[3]])
            for b in 0..<y.shape[0] {
                for k in 0..<y.shape[1] {
                    for l in 0..<y.shape[2] {
                        for c in 0..<y.shape[3] {
                            let (i, j) = (mode.source(k - widths.top, of: shape[1]), mode.source(l - widths.left, of: shape[2]))
                            let expected = if let i, let j { x[b, i, j, c] } else { 0.0 }
                            #expect(y[b, k, l, c] == expected)
                        }
                    }
                }
            }
            let g: Tensor<Double> = normal(y.shape, stream: 2)
            #expect(abs(dot(y, g) - dot(x, padding.adjoint(g))) < 1e-12)
        }
    }

    @Test func zeroPaddingIsTheConvolutionsOwn() {
        let x: Tensor<Double> = normal([2, 6, 7, 3], stream: 1)
        let w: Tensor<Double> = normal([3, 3, 3, 4], stream: 2)
        let widths = Convolution.Padding(top: 1, left: 2, bottom: 0, right: 1)
        let padded = FieldPadding(.zeros, widths)(x)
        let inside = Convolution(input: padded.shape, weights: w.shape).forward(padded, w)
        #expect(relativeDifference(Convolution(input: x.shape, weights: w.shape, padding: widths).forward(x, w), inside) < 1e-14)
    }
}
