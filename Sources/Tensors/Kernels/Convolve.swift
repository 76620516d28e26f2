extension Kernels {
    /// One pass of a convolution: planned in Float32, by matrix products of rows in Float64.
    ///
    /// `input` is `[b, y, x, c]`, `weights` `[ky, kx, c, d]`, `output` `[b, y, x, d]`; the pass says which of them is written. What is written is the
    /// result plus `addend`, which has the same layout and may be the target itself. `bias` is for the forward pass alone. Workers share
    /// what Winograd's algorithm, our own loops and oneDNN do in Float32, but for the gradient of the weights by the loops for few channels.
    package static func convolve<E: Scalar>(
        _ shape: Convolution, _ pass: ConvolutionPass, adding addend: UnsafePointer<E>?, input: UnsafeMutablePointer<E>,
        weights: UnsafeMutablePointer<E>, bias: UnsafePointer<E>?, output: UnsafeMutablePointer<E>, workers: Workers = Workers(threads: 1)
    ) {
        precondition(bias == nil || pass == .forward, "only the forward pass has a bias")
        if E.self == Float.self, shape.batch > 0 {
            let float = { (pointer: UnsafeMutablePointer<E>) in UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self) }
            let constant = { (pointer: UnsafePointer<E>) in UnsafePointer(float(UnsafeMutablePointer(mutating: pointer))) }
            ConvolutionPlanner.kernel(shape, pass, hasBias: bias != nil, accumulates: addend != nil).run(
                adding: addend.map(constant), input: float(input), weights: float(weights), bias: bias.map(constant),
                output: float(output), workers: workers)
        } else if shape.mode != .zeros {
            convolvePadded(shape, pass, adding: addend, input: input) { inner, addend, padded in
                convolveRows(inner, pass, adding: addend, input: padded, weights: weights, bias: bias, output: output)
            }
        } else {
            convolveRows(shape, pass, adding: addend, input: input, weights: weights, bias: bias, output: output)
        }
    }

    /// Forward pass or gradient of the input as above without bias, and the gradient of the weights: in one go where that is faster.
    ///
    /// - Parameters:
    ///   - partner: what `Correlation` says.
    ///   - weightGradient: `[ky, kx, c, d]`, which is written.
    package static func convolve<E: Scalar>(
        _ shape: Convolution, _ pass: ConvolutionPass, adding addend: UnsafePointer<E>?, input: UnsafeMutablePointer<E>,
        weights: UnsafeMutablePointer<E>, output: UnsafeMutablePointer<E>, partner: UnsafeMutablePointer<E>,
        weightGradient: UnsafeMutablePointer<E>, workers: Workers = Workers(threads: 1)
    ) {
        precondition(pass != .weightGradient, "the gradient of the weights is made beside another pass")
        if E.self == Float.self, shape.batch > 0 {
            let float = { (pointer: UnsafeMutablePointer<E>) in UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self) }
            if let kernel = ConvolutionPlanner.sharingKernel(shape, pass, accumulates: addend != nil) {
                kernel.run(
                    adding: addend.map { UnsafePointer(float(UnsafeMutablePointer(mutating: $0))) }, input: float(input),
                    weights: float(weights), bias: nil, output: float(output),
                    correlation: Correlation(partner: float(partner), weightGradient: float(weightGradient)), workers: workers)
                return
            }
        }
        convolve(shape, pass, adding: addend, input: input, weights: weights, bias: nil, output: output, workers: workers)
        let (x, g) = pass == .dataGradient ? (partner, output) : (input, partner)
        convolve(shape, .weightGradient, adding: nil, input: x, weights: weightGradient, bias: nil, output: g, workers: workers)
    }

    /// One pass through a padded copy of the input: `body` gets the shape without padding and the copy, which it reads or writes.
    ///
    /// Workers share the sum with an addend.
    package static func convolvePadded<E: Scalar>(
        _ shape: Convolution, _ pass: ConvolutionPass, adding addend: UnsafePointer<E>?, input: UnsafeMutablePointer<E>,
        workers: Workers = Workers(threads: 1),
        _ body: (_ inner: Convolution, _ addend: UnsafePointer<E>?, _ padded: UnsafeMutablePointer<E>) -> Void
    ) {
        let inner = shape.ofPaddedInput
        let padding = FieldPadding(shape.mode, shape.padding)
        let padded = Storage<E>(count: inner.inputShape.reduce(1, *))
        let (height, width, channels) = (shape.input.y, shape.input.x, shape.inputChannels)
        guard pass == .dataGradient else {
            pad(padding, batch: shape.batch, height: height, width: width, channels: channels, input, padded.pointer)
            body(inner, addend, padded.pointer)
            return
        }
        body(inner, nil, padded.pointer)
        let count = shape.inputShape.reduce(1, *)
        if let addend {
            let term = Storage<E>(count: count)
            padAdjoint(padding, batch: shape.batch, height: height, width: width, channels: channels, padded.pointer, term.pointer)
            workers.add(count, addend, term.pointer, input)
        } else {
            padAdjoint(padding, batch: shape.batch, height: height, width: width, channels: channels, padded.pointer, input)
        }
    }

    /// One pass by a given method; false if the method does not exist for this shape.
    package static func convolve(
        _ shape: Convolution, _ pass: ConvolutionPass, by method: ConvolutionMethod, adding addend: UnsafePointer<Float>?,
        input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>, workers: Workers = Workers(threads: 1)
    ) -> Bool {
        let key = ConvolutionPlanner.Key(shape: shape, pass: pass, hasBias: bias != nil, accumulates: addend != nil, settings: .init())
        guard let kernel = CompiledConvolution(key, method) else { return false }
        kernel.run(adding: addend, input: input, weights: weights, bias: bias, output: output, workers: workers)
        return true
    }
}
