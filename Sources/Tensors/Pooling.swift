/// Reduction of every window of `window.y` x `window.x` points of a field `[b, y, x, c]` to one, windows side by side.
///
/// Rows and columns that do not fill a window are dropped. Averages are a linear map with its adjoint. Maxima are a selection by
/// place: `select` takes the values of any field where another one is largest in each window, and `place` is its adjoint; both are
/// linear in the field that is moved, so derivatives of every order are made of them.
public struct Pooling: Hashable, Sendable {
    /// Extents of a window.
    public var window: Convolution.Extent

    /// Pooling of windows of `window` points.
    public init(_ window: Convolution.Extent = .init(2)) {
        precondition(window.y > 0 && window.x > 0, "pooling window \(window)")
        self.window = window
    }

    /// The shape of the pooled field.
    public func outputShape(_ input: [Int]) -> [Int] {
        precondition(input.count == 4, "pooling of shape \(input): four axes are needed")
        return [input[0], input[1] / window.y, input[2] / window.x, input[3]]
    }

    /// The mean of every window.
    public func average<E: Scalar>(_ x: Tensor<E>, workers: Workers = Workers(threads: 1)) -> Tensor<E> {
        let y = Tensor<E>(uninitialized: outputShape(x.shape))
        nonisolated(unsafe) let (source, target) = (x.basePointer, y.kernelPointer)
        runLines(of: y.shape, workers) { Kernels.averagePool(self, x.shape, lines: $0, source, target) }
        return y
    }

    /// Runs `body` on parts of the lines of a pooled field of this shape, each for one worker.
    private func runLines(of shape: [Int], _ workers: Workers, _ body: @Sendable (_ lines: Range<Int>) -> Void) {
        workers.run(parts: shape[0] * shape[1], cost: window.y * window.x * shape[2] * shape[3], body)
    }

    /// The adjoint of `average` for inputs of shape `inputShape`: every point gets its window's value over the window's size.
    public func averageAdjoint<E: Scalar>(
        _ g: Tensor<E>, inputShape: [Int], workers: Workers = Workers(threads: 1)
    ) -> Tensor<E> {
        precondition(g.shape == outputShape(inputShape), "pooling adjoint of shape \(g.shape), expected \(outputShape(inputShape))")
        let x = Tensor<E>(uninitialized: inputShape)
        nonisolated(unsafe) let (source, target) = (g.basePointer, x.kernelPointer)
        workers.run(parts: inputShape[0] * inputShape[1], cost: inputShape[2] * inputShape[3]) {
            Kernels.averagePoolAdjoint(self, inputShape, lines: $0, source, target)
        }
        return x
    }

    /// The largest value of every window, channel by channel: `select(x, by: x)`.
    public func maximum<E: Scalar>(_ x: Tensor<E>) -> Tensor<E> { select(x, by: x) }

    /// The value of `values` at the place where `x` is largest in each window (the first such place, row by row).
    public func select<E: Scalar>(_ values: Tensor<E>, by x: Tensor<E>, workers: Workers = Workers(threads: 1)) -> Tensor<E> {
        precondition(values.shape == x.shape, "selection from shape \(values.shape) by shape \(x.shape)")
        let y = Tensor<E>(uninitialized: outputShape(x.shape))
        nonisolated(unsafe) let (reference, source, target) = (x.basePointer, values.basePointer, y.kernelPointer)
        runLines(of: y.shape, workers) { Kernels.selectMaximum(self, x.shape, lines: $0, reference, source, target) }
        return y
    }

    /// The adjoint of `select`: `g` at the place where `x` is largest in each window, zero elsewhere.
    public func place<E: Scalar>(_ g: Tensor<E>, by x: Tensor<E>, workers: Workers = Workers(threads: 1)) -> Tensor<E> {
        precondition(g.shape == outputShape(x.shape), "placement of shape \(g.shape), expected \(outputShape(x.shape))")
        let y = Tensor<E>(x.shape, repeating: 0)
        nonisolated(unsafe) let (reference, source, target) = (x.basePointer, g.basePointer, y.kernelPointer)
        runLines(of: g.shape, workers) { Kernels.placeMaximum(self, x.shape, lines: $0, reference, source, target) }
        return y
    }
}
