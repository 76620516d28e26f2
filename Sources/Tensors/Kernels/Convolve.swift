extension Kernels {
    /// One pass of a convolution: planned in Float32, by matrix products of rows in Float64.
    ///
    /// `input` is `[b, y, x, c]`, `weights` `[ky, kx, c, d]`, `output` `[b, y, x, d]`; the pass says which of them is written (added to,
    /// if `accumulates`). `bias` is for the forward pass alone. Winograd's algorithm, but for the gradient of the weights, uses the workers.
    package static func convolve<E: Scalar>(
        _ shape: Convolution, _ pass: ConvolutionPass, accumulates: Bool, input: UnsafeMutablePointer<E>,
        weights: UnsafeMutablePointer<E>, bias: UnsafePointer<E>?, output: UnsafeMutablePointer<E>, workers: Workers = Workers(threads: 1)
    ) {
        precondition(bias == nil || pass == .forward, "only the forward pass has a bias")
        if E.self == Float.self, shape.batch > 0 {
            let float = { (pointer: UnsafeMutablePointer<E>) in UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self) }
            ConvolutionPlanner.kernel(shape, pass, hasBias: bias != nil, accumulates: accumulates).run(
                input: float(input), weights: float(weights),
                bias: bias.map { UnsafePointer(float(UnsafeMutablePointer(mutating: $0))) }, output: float(output), workers: workers)
        } else if shape.mode != .zeros {
            convolvePadded(shape, pass, accumulates: accumulates, input: input) { inner, accumulates, padded in
                convolveRows(inner, pass, accumulates: accumulates, input: padded, weights: weights, bias: bias, output: output)
            }
        } else {
            convolveRows(shape, pass, accumulates: accumulates, input: input, weights: weights, bias: bias, output: output)
        }
    }

    /// One pass through a padded copy of the input: `body` gets the shape without padding and the copy, which it reads or writes.
    package static func convolvePadded<E: Scalar>(
        _ shape: Convolution, _ pass: ConvolutionPass, accumulates: Bool, input: UnsafeMutablePointer<E>,
        _ body: (_ inner: Convolution, _ accumulates: Bool, _ padded: UnsafeMutablePointer<E>) -> Void
    ) {
        let inner = shape.ofPaddedInput
        let padding = FieldPadding(shape.mode, shape.padding)
        let padded = Storage<E>(count: inner.inputShape.reduce(1, *))
        let (height, width, channels) = (shape.input.y, shape.input.x, shape.inputChannels)
        guard pass == .dataGradient else {
            pad(padding, batch: shape.batch, height: height, width: width, channels: channels, input, padded.pointer)
            body(inner, accumulates, padded.pointer)
            return
        }
        body(inner, false, padded.pointer)
        let count = shape.inputShape.reduce(1, *)
        if accumulates {
            let term = Storage<E>(count: count)
            padAdjoint(padding, batch: shape.batch, height: height, width: width, channels: channels, padded.pointer, term.pointer)
            accumulate(count, term.pointer, input)
        } else {
            padAdjoint(padding, batch: shape.batch, height: height, width: width, channels: channels, padded.pointer, input)
        }
    }

    /// One pass by a given method; false if the method does not exist for this shape.
    package static func convolve(
        _ shape: Convolution, _ pass: ConvolutionPass, by method: ConvolutionMethod, accumulates: Bool,
        input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>, workers: Workers = Workers(threads: 1)
    ) -> Bool {
        let key = ConvolutionPlanner.Key(shape: shape, pass: pass, hasBias: bias != nil, accumulates: accumulates, settings: .init())
        guard let kernel = CompiledConvolution(key, method) else { return false }
        kernel.run(input: input, weights: weights, bias: bias, output: output, workers: workers)
        return true
    }
}
