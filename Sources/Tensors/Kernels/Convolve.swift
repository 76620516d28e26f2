extension Kernels {
    /// One pass of a convolution: planned in Float32, by matrix products of rows in Float64.
    ///
    /// `input` is `[b, y, x, c]`, `weights` `[ky, kx, c, d]`, `output` `[b, y, x, d]`; the pass says which of them is written (added to,
    /// if `accumulates`). `bias` is for the forward pass alone.
    package static func convolve<E: Scalar>(
        _ shape: Convolution, _ pass: ConvolutionPass, accumulates: Bool, input: UnsafeMutablePointer<E>,
        weights: UnsafeMutablePointer<E>, bias: UnsafePointer<E>?, output: UnsafeMutablePointer<E>
    ) {
        precondition(bias == nil || pass == .forward, "only the forward pass has a bias")
        if E.self == Float.self, shape.batch > 0 {
            let float = { (pointer: UnsafeMutablePointer<E>) in UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self) }
            ConvolutionPlanner.kernel(shape, pass, hasBias: bias != nil, accumulates: accumulates).run(
                input: float(input), weights: float(weights),
                bias: bias.map { UnsafePointer(float(UnsafeMutablePointer(mutating: $0))) }, output: float(output))
        } else {
            convolveRows(shape, pass, accumulates: accumulates, input: input, weights: weights, bias: bias, output: output)
        }
    }

    /// One pass by a given method; false if the method does not exist for this shape.
    package static func convolve(
        _ shape: Convolution, _ pass: ConvolutionPass, by method: ConvolutionMethod, accumulates: Bool,
        input: UnsafeMutablePointer<Float>, weights: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?,
        output: UnsafeMutablePointer<Float>
    ) -> Bool {
        let key = ConvolutionPlanner.Key(shape: shape, pass: pass, hasBias: bias != nil, accumulates: accumulates, settings: .init())
        guard let kernel = CompiledConvolution(key, method) else { return false }
        kernel.run(input: input, weights: weights, bias: bias, output: output)
        return true
    }
}
