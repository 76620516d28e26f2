/// A part of a pass of a convolution that is a convolution itself: of some of several samples, or of one sample what writes some rows of the
/// field that is made.
struct ConvolutionPart {
    /// Has the samples, or the input and output rows, of the part, and zeros beyond the grid only where the whole has them.
    let shape: Convolution
    /// Where it begins, in numbers from the beginning of the field.
    let inputOffset: Int
    let outputOffset: Int

    private init(_ whole: Convolution, samples: Range<Int>) {
        var shape = whole
        shape.batch = samples.count
        self.shape = shape
        inputOffset = samples.lowerBound * whole.inputShape.dropFirst().reduce(1, *)
        outputOffset = samples.lowerBound * whole.outputShape.dropFirst().reduce(1, *)
    }

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

    /// The whole in parts for several threads, none if it is small or cannot be cut: of several samples parts of sixteen million operations, 160
    /// microseconds, or more, of one sample parts of four rows or more and a million operations or more each.
    ///
    /// The gradient of the weights is a sum over samples, whose terms are kept for each part: at most four, of 256 output points or more each. A rule of
    /// the shape, not of the threads: the bits must not depend on these.
    static func parts(of whole: Convolution, _ pass: ConvolutionPass) -> [ConvolutionPart] {
        if whole.batch > 1 {
            let points = whole.batch * whole.output.y * whole.output.x
            let most = pass == .weightGradient ? min(4, points / 256) : 8
            let count = min(most, whole.batch, whole.flops >> 24)
            return count < 2
                ? []
                : (0..<count).map {
                    ConvolutionPart(whole, samples: (0..<whole.batch).share($0, of: count))
                }
        }
        let rows = pass == .dataGradient ? whole.input.y : whole.output.y
        // Powers of two, which two or four threads share evenly.
        let count = [8, 4, 2].first { rows >= 4 * $0 && whole.flops >> 20 >= $0 } ?? 1
        guard whole.batch == 1, pass != .weightGradient, count >= 2 else { return [] }
        let parts = (0..<count).compactMap {
            ConvolutionPart(whole, pass, rows: (0..<rows).share($0, of: count))
        }
        return parts.count == count ? parts : []
    }
}
