/// The part of a pass of a convolution of one sample that writes some rows of the field it makes: a convolution of fewer rows.
struct ConvolutionBand {
    /// Has the input and output rows of the part, and zeros beyond the grid only where the whole has them.
    let shape: Convolution
    /// Where its rows begin, in numbers from the beginning of the sample.
    let inputOffset: Int
    let outputOffset: Int

    /// Nil if the part is not a convolution with zeros beyond its rows.
    private init?(_ whole: Convolution, _ pass: ConvolutionPass, rows: Range<Int>) {
        guard whole.batch == 1, whole.mode == .zeros else { return nil }
        let (stride, top, reach) = (whole.stride.y, whole.padding.top, whole.reach.y)
        // Rows of the other field that meet the target's rows: input `i` meets output `k` if `0 <= i + top - k s < reach`.
        let (inputs, outputs): (Range<Int>, Range<Int>)
        switch pass {
        case .forward:
            let first = max(0, rows.lowerBound * stride - top)
            inputs = first..<max(first, min(whole.input.y, (rows.upperBound - 1) * stride - top + reach))
            outputs = rows
        case .dataGradient:
            let first = max(0, (rows.lowerBound + top - reach + stride) / stride)
            inputs = rows
            outputs = first..<max(first, min(whole.output.y, (rows.upperBound - 1 + top) / stride + 1))
        case .weightGradient: return nil
        }
        guard !inputs.isEmpty, !outputs.isEmpty else { return nil }
        // In rows of the part: input `i - inputs.first`, output `k - outputs.first`.
        let before = top + inputs.lowerBound - outputs.lowerBound * stride
        let after = (outputs.count - 1) * stride + reach - before - inputs.count
        guard before >= 0, after > -stride else { return nil }
        shape = Convolution(
            input: [1, inputs.count, whole.input.x, whole.inputChannels], weights: whole.weightShape, stride: whole.stride,
            dilation: whole.dilation,
            padding: .init(top: before, left: whole.padding.left, bottom: max(0, after), right: whole.padding.right))
        guard shape.output.y == outputs.count else { return nil }
        inputOffset = inputs.lowerBound * whole.input.x * whole.inputChannels
        outputOffset = outputs.lowerBound * whole.output.x * whole.outputChannels
    }

    /// The whole in parts of four rows or more and about two million operations, twenty microseconds, each; none if it is small or cannot be cut.
    ///
    /// A rule of the shape, not of the threads: the bits must not depend on these.
    static func bands(of whole: Convolution, _ pass: ConvolutionPass) -> [ConvolutionBand] {
        let rows = pass == .dataGradient ? whole.input.y : whole.output.y
        let count = min(8, rows / 4, whole.flops >> 21)
        guard whole.batch == 1, pass != .weightGradient, count >= 2 else { return [] }
        let bands = (0..<count).compactMap {
            ConvolutionBand(whole, pass, rows: $0 * rows / count..<($0 + 1) * rows / count)
        }
        return bands.count == count ? bands : []
    }
}
