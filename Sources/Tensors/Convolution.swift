/// The shape of a two-dimensional convolution on channels-last fields, and its three bilinear maps.
///
/// With input `x[b, i, j, c]`, weights `w[p, q, c, d]` and output `y[b, k, l, d]`,
///
///     y[b, k, l, d] = sum over p, q, c of  w[p, q, c, d]  x[b, k sy + p ey - top, l sx + q ex - left, c],
///
/// where `s` is the stride, `e` the dilation, and `x` outside the grid is what the padding mode says (a cross-correlation, as in every
/// learning library). The form `T(x, w, g) = <g, y(x, w)>` is linear in each argument; `forward`, `dataGradient` and `weightGradient` are its three
/// partial derivatives, so that the derivative of any of them is made of the other two. `dataGradient` is also the transposed
/// convolution. One-dimensional convolutions have height 1 and kernel height 1.
public struct Convolution: Hashable, Sendable {
    /// Samples `b`.
    public var batch: Int
    /// Extents of the input grid.
    public var input: Extent
    /// Channels of the input.
    public var inputChannels: Int
    /// Channels of the output.
    public var outputChannels: Int
    /// Extents of the kernel.
    public var kernel: Extent
    /// Distance of neighbouring outputs, in input points.
    public var stride: Extent
    /// Distance of neighbouring kernel entries, in input points; 1 is a dense kernel.
    public var dilation: Extent
    /// How far the input reaches beyond its grid.
    public private(set) var padding: Padding
    /// What the input is beyond its grid.
    public private(set) var mode: PaddingMode

    /// A pair of extents along y and x.
    public struct Extent: Hashable, Sendable, CustomStringConvertible {
        /// Along y (rows).
        public var y: Int
        /// Along x (columns).
        public var x: Int

        /// The extents `y` and `x`.
        public init(y: Int, x: Int) { (self.y, self.x) = (y, x) }

        /// The same extent along both axes.
        public init(_ both: Int) { (y, x) = (both, both) }

        /// `y` x `x`.
        public var description: String { "\(y)x\(x)" }
    }

    /// Points added on each side of a field.
    public struct Padding: Hashable, Sendable, CustomStringConvertible {
        /// Rows before the first.
        public var top: Int
        /// Columns before the first.
        public var left: Int
        /// Rows after the last.
        public var bottom: Int
        /// Columns after the last.
        public var right: Int

        /// Different widths on the four sides.
        public init(top: Int, left: Int, bottom: Int, right: Int) {
            (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
        }

        /// `y` rows above and below, `x` columns left and right.
        public init(y: Int, x: Int) { self.init(top: y, left: x, bottom: y, right: x) }

        /// The same width on every side.
        public init(_ all: Int) { self.init(y: all, x: all) }

        /// No padding.
        public static let none = Padding(0)

        /// Top, left, bottom, right.
        public var description: String { "\(top),\(left),\(bottom),\(right)" }
    }

    /// The convolution of an input `[b, y, x, c]` with weights `[ky, kx, c, d]`.
    public init(
        input: [Int], weights: [Int], stride: Extent = Extent(1), dilation: Extent = Extent(1), padding: Padding = .none,
        mode: PaddingMode = .zeros
    ) {
        precondition(input.count == 4 && weights.count == 4, "convolution of shape \(input) with weights \(weights): both need four axes")
        precondition(input[3] == weights[2], "convolution of shape \(input) with weights \(weights): channels differ")
        self.batch = input[0]
        self.input = Extent(y: input[1], x: input[2])
        self.inputChannels = input[3]
        self.outputChannels = weights[3]
        self.kernel = Extent(y: weights[0], x: weights[1])
        self.stride = stride
        self.dilation = dilation
        self.padding = padding
        self.mode = padding == .none ? .zeros : mode
        checkExtents()
    }

    /// The convolution whose `dataGradient` is the transposed convolution of a field `[b, y, x, d]` with weights `[ky, kx, c, d]` to
    /// `[b, Y, X, c]` with `Y = (y - 1) s - top - bottom + e (ky - 1) + outputPadding + 1`, where `0 <= outputPadding < s`.
    public static func transposed(
        of field: [Int], weights: [Int], stride: Extent = Extent(1), dilation: Extent = Extent(1), padding: Padding = .none,
        outputPadding: Extent = Extent(0)
    ) -> Convolution {
        precondition(
            field.count == 4 && weights.count == 4 && field[3] == weights[3],
            "transposed convolution of shape \(field) with weights \(weights): channels differ")
        precondition(
            outputPadding.y >= 0 && outputPadding.y < stride.y && outputPadding.x >= 0 && outputPadding.x < stride.x,
            "output padding \(outputPadding) must be smaller than the stride \(stride)")
        let height = (field[1] - 1) * stride.y - padding.top - padding.bottom + dilation.y * (weights[0] - 1) + outputPadding.y + 1
        let width = (field[2] - 1) * stride.x - padding.left - padding.right + dilation.x * (weights[1] - 1) + outputPadding.x + 1
        return Convolution(
            input: [field[0], height, width, weights[2]], weights: weights, stride: stride, dilation: dilation, padding: padding)
    }

    private func checkExtents() {
        precondition(
            batch >= 0 && inputChannels > 0 && outputChannels > 0 && kernel.y > 0 && kernel.x > 0 && stride.y > 0 && stride.x > 0
                && dilation.y > 0 && dilation.x > 0 && padding.top >= 0 && padding.left >= 0 && padding.bottom >= 0 && padding.right >= 0,
            "convolution with an extent out of range: \(self)")
        precondition(
            reach.y <= input.y + padding.top + padding.bottom && reach.x <= input.x + padding.left + padding.right,
            "convolution kernel \(kernel) with dilation \(dilation) is larger than the padded input: \(self)")
    }

    /// The same convolution of the input extended by its padding.
    var ofPaddedInput: Convolution {
        var inner = self
        inner.input = Extent(y: input.y + padding.top + padding.bottom, x: input.x + padding.left + padding.right)
        (inner.padding, inner.mode) = (.none, .zeros)
        return inner
    }

    /// Whether the map commutes with periodic shifts, so that its adjoints are periodic convolutions too.
    var isCirculant: Bool { mode == .circular && stride == Extent(1) && output == input }

    /// Input points that one output point spans.
    var reach: Extent { Extent(y: dilation.y * (kernel.y - 1) + 1, x: dilation.x * (kernel.x - 1) + 1) }

    /// Extents of the output grid: `floor((n + before + after - e (k - 1) - 1) / s) + 1`.
    public var output: Extent {
        Extent(
            y: (input.y + padding.top + padding.bottom - reach.y) / stride.y + 1,
            x: (input.x + padding.left + padding.right - reach.x) / stride.x + 1)
    }

    /// `[b, y, x, c]`.
    public var inputShape: [Int] { [batch, input.y, input.x, inputChannels] }

    /// `[b, y, x, d]`.
    public var outputShape: [Int] { [batch, output.y, output.x, outputChannels] }

    /// `[ky, kx, c, d]`.
    public var weightShape: [Int] { [kernel.y, kernel.x, inputChannels, outputChannels] }

    /// Floating-point operations of each of the three maps, counting a multiplication and an addition as two.
    public var flops: Int { 2 * outputShape.reduce(1, *) * kernel.y * kernel.x * inputChannels }
}

extension Convolution: CustomStringConvertible {
    /// For example `8x64x64x24 * 3x3 -> 8x32x32x24 stride 2x2 padding 1,1,1,1`.
    public var description: String {
        let shape = { (extents: [Int]) in extents.map(String.init).joined(separator: "x") }
        var text = "\(shape(inputShape)) * \(kernel) -> \(shape(outputShape))"
        if stride != Extent(1) { text += " stride \(stride)" }
        if dilation != Extent(1) { text += " dilation \(dilation)" }
        if padding != .none { text += " padding \(padding)" }
        if mode != .zeros { text += " \(mode.rawValue)" }
        return text
    }
}

extension Convolution {
    /// `y = x * w (+ bias) (+ addend)`, `[b, y, x, d]`.
    public func forward<E: Scalar>(
        _ x: Tensor<E>, _ weights: Tensor<E>, bias: Tensor<E>? = nil, adding addend: consuming Tensor<E>? = nil,
        workers: Workers = Workers(threads: 1)
    ) -> Tensor<E> {
        check(x, inputShape, "input")
        check(weights, weightShape, "weights")
        if let bias { check(bias, [outputChannels], "bias") }
        return withTarget(outputShape, consume addend) { target, addend in
            Kernels.convolve(
                self, .forward, adding: addend, input: UnsafeMutablePointer(mutating: x.basePointer),
                weights: UnsafeMutablePointer(mutating: weights.basePointer), bias: bias?.basePointer, output: target,
                workers: workers)
        }
    }

    /// `x[b, i, j, c] = sum over p, q, k, l, d of w[p, q, c, d] g[b, k, l, d]` where `k sy + p ey - top = i`, `l sx + q ex - left = j`.
    ///
    /// The gradient with respect to the input (+ addend), and the transposed convolution of `g`. What falls beyond the grid is added to
    /// the points that the padding mode takes it from.
    public func dataGradient<E: Scalar>(
        _ g: Tensor<E>, _ weights: Tensor<E>, adding addend: consuming Tensor<E>? = nil, workers: Workers = Workers(threads: 1)
    ) -> Tensor<E> {
        check(g, outputShape, "output gradient")
        check(weights, weightShape, "weights")
        return withTarget(inputShape, consume addend) { target, addend in
            Kernels.convolve(
                self, .dataGradient, adding: addend, input: target,
                weights: UnsafeMutablePointer(mutating: weights.basePointer), bias: nil,
                output: UnsafeMutablePointer(mutating: g.basePointer), workers: workers)
        }
    }

    /// `w[p, q, c, d] = sum over b, k, l of x[b, k sy + p ey - top, l sx + q ex - left, c] g[b, k, l, d]` (+ addend).
    public func weightGradient<E: Scalar>(
        _ x: Tensor<E>, _ g: Tensor<E>, adding addend: consuming Tensor<E>? = nil, workers: Workers = Workers(threads: 1)
    ) -> Tensor<E> {
        check(x, inputShape, "input")
        check(g, outputShape, "output gradient")
        return withTarget(weightShape, consume addend) { target, addend in
            Kernels.convolve(
                self, .weightGradient, adding: addend, input: UnsafeMutablePointer(mutating: x.basePointer), weights: target,
                bias: nil, output: UnsafeMutablePointer(mutating: g.basePointer), workers: workers)
        }
    }

    /// The same, written into `target`.
    package func weightGradient<E: Scalar>(_ x: Tensor<E>, _ g: Tensor<E>, into target: Tensor<E>, workers: Workers = Workers(threads: 1)) {
        check(x, inputShape, "input")
        check(g, outputShape, "output gradient")
        check(target, weightShape, "gradient of the weights")
        Kernels.convolve(
            self, .weightGradient, adding: nil, input: UnsafeMutablePointer(mutating: x.basePointer), weights: target.kernelPointer,
            bias: nil, output: UnsafeMutablePointer(mutating: g.basePointer), workers: workers)
    }

    /// `forward` of `x` or `dataGradient` of `g`, as `pass` says, and the `weightGradient` of both into `gradient`: where they can, they share work.
    ///
    /// The two gradients of a convolution, or with the forward pass those of a transposed convolution of `g`.
    package func run<E: Scalar>(
        _ pass: ConvolutionPass, _ x: Tensor<E>, _ g: Tensor<E>, _ weights: Tensor<E>, adding addend: consuming Tensor<E>? = nil,
        andWeightGradientInto gradient: Tensor<E>, workers: Workers = Workers(threads: 1)
    ) -> Tensor<E> {
        check(x, inputShape, "input")
        check(g, outputShape, "output gradient")
        check(weights, weightShape, "weights")
        check(gradient, weightShape, "gradient of the weights")
        let isForward = pass == .forward
        return withTarget(isForward ? outputShape : inputShape, consume addend) { target, addend in
            let (x, g) = (UnsafeMutablePointer(mutating: x.basePointer), UnsafeMutablePointer(mutating: g.basePointer))
            Kernels.convolve(
                self, pass, adding: addend, input: isForward ? x : target, weights: UnsafeMutablePointer(mutating: weights.basePointer),
                output: isForward ? target : g, partner: isForward ? g : x, weightGradient: gradient.kernelPointer, workers: workers)
        }
    }

    /// A tensor that `body` writes: a new one, or the addend if nobody else holds it.
    private func withTarget<E: Scalar>(
        _ shape: [Int], _ addend: consuming Tensor<E>?, _ body: (_ target: UnsafeMutablePointer<E>, _ addend: UnsafePointer<E>?) -> Void
    ) -> Tensor<E> {
        guard var addend = consume addend else {
            let result = Tensor<E>(uninitialized: shape)
            body(result.kernelPointer, nil)
            return result
        }
        check(addend, shape, "addend")
        let result = addend.isUnique() ? addend : Tensor<E>(uninitialized: shape)
        body(result.kernelPointer, addend.basePointer)
        withExtendedLifetime(addend) {}
        return result
    }

    private func check<E: Scalar>(_ tensor: borrowing Tensor<E>, _ shape: [Int], _ role: String) {
        precondition(tensor.shape == shape, "\(role) of shape \(tensor.shape), expected \(shape), in convolution \(self)")
    }
}
