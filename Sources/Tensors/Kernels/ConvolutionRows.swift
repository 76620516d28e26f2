/// Which of the three bilinear maps of a convolution.
package enum ConvolutionPass: String, Hashable, Sendable, CaseIterable {
    /// `x, w -> y`.
    case forward
    /// `y, w -> x`.
    case dataGradient = "data-gradient"
    /// `x, y -> w`.
    case weightGradient = "weight-gradient"
}

extension ConvolutionPass {
    /// The array that the pass writes.
    package func target<Pointer>(_ input: Pointer, _ weights: Pointer, _ output: Pointer) -> Pointer {
        switch self {
        case .forward: output
        case .dataGradient: input
        case .weightGradient: weights
        }
    }
}

extension Convolution {
    /// How many numbers a pass writes.
    func count(of pass: ConvolutionPass) -> Int { pass.target(inputShape, weightShape, outputShape).reduce(1, *) }
}

extension Kernels {
    /// One pass of a convolution by matrix products of grid rows, in any precision and with every option.
    ///
    /// For a row of outputs and a kernel entry `(p, q)` the inputs are a matrix with leading dimension `sx c`, so that BLAS reads the
    /// field where it lies and nothing is unrolled. `input` is read or written as `pass` says, likewise `weights` and `output`.
    package static func convolveRows<E: Scalar>(
        _ shape: Convolution, _ pass: ConvolutionPass, adding addend: UnsafePointer<E>?, input: UnsafeMutablePointer<E>,
        weights: UnsafeMutablePointer<E>, bias: UnsafePointer<E>?, output: UnsafeMutablePointer<E>
    ) {
        let (c, d) = (shape.inputChannels, shape.outputChannels)
        let out = shape.output
        let target = pass.target(input, weights, output)
        if let addend {
            if addend != UnsafePointer(target) { copy(shape.count(of: pass), addend, target) }
        } else {
            fill(shape.count(of: pass), 0, target)
        }
        if let bias { addBias(rows: shape.batch * out.y * out.x, channels: d, bias, output) }
        for b in 0..<shape.batch {
            for k in 0..<out.y {
                for p in 0..<shape.kernel.y {
                    let i = k * shape.stride.y + p * shape.dilation.y - shape.padding.top
                    guard i >= 0 && i < shape.input.y else { continue }
                    for q in 0..<shape.kernel.x {
                        // Columns l with 0 <= l sx + shift < width.
                        let shift = q * shape.dilation.x - shape.padding.left
                        let first = shift >= 0 ? 0 : (-shift + shape.stride.x - 1) / shape.stride.x
                        let last = min(out.x - 1, (shape.input.x - 1 - shift) / shape.stride.x)
                        guard shape.input.x - 1 - shift >= 0 && first <= last else { continue }
                        let x = input + ((b * shape.input.y + i) * shape.input.x + first * shape.stride.x + shift) * c
                        let y = output + ((b * out.y + k) * out.x + first) * d
                        let w = weights + (p * shape.kernel.x + q) * c * d
                        let (points, xStride) = (last - first + 1, shape.stride.x * c)
                        switch pass {
                        case .forward: gemm(m: points, n: d, k: c, a: x, lda: xStride, b: w, ldb: d, beta: 1, c: y, ldc: d)
                        case .dataGradient:
                            gemm(m: points, n: c, k: d, a: y, lda: d, b: w, ldb: d, transposeB: true, beta: 1, c: x, ldc: xStride)
                        case .weightGradient:
                            gemm(m: c, n: d, k: points, a: x, lda: xStride, transposeA: true, b: y, ldb: d, beta: 1, c: w, ldc: d)
                        }
                    }
                }
            }
        }
    }

    /// `values[r, c] += bias[c]`.
    @specialized(where E == Float)
    @specialized(where E == Double)
    package static func addBias<E: Scalar>(rows: Int, channels: Int, _ bias: UnsafePointer<E>, _ values: UnsafeMutablePointer<E>) {
        for row in 0..<rows {
            let target = values + row * channels
            for channel in 0..<channels { target[channel] += bias[channel] }
        }
    }
}
