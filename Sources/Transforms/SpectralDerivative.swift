import Tensors

/// Derivatives of periodic fields by multiplication with powers of i k: exact for fields without wavenumbers of n/2 and more.
///
/// The field is sampled at x_j = j L / n on each axis, layout as in `RealFourierTransform`. The wave at n/2 of even n has no odd derivative, see
/// `Wavenumbers.angular`.
public struct SpectralDerivative<S: Scalar>: Sendable {
    private let transform: RealFourierTransform<S>
    private let lengths: [S]

    /// Derivatives of `batch` fields on `grid` with periods `lengths`, with a trailing channel axis if `channels` is given.
    public init(grid: [Int], lengths: [S], batch: Int = 1, channels: Int? = nil) {
        precondition(grid.count == lengths.count && lengths.allSatisfy { $0 > 0 }, "periods \(lengths) for grid \(grid)")
        transform = RealFourierTransform(grid: grid, batch: batch, channels: channels)
        self.lengths = lengths
    }

    /// The mixed derivative of order a_i in x_i for `orders` = (a_1, ..., a_d); same shape.
    public func callAsFunction(_ field: Tensor<S>, orders: [Int]) -> Tensor<S> {
        apply(to: field) { spectrum in multiply(spectrum, by: orders) }
    }

    /// The gradient: one field of derivatives for each axis.
    public func gradient(_ field: Tensor<S>) -> [Tensor<S>] {
        lengths.indices.map { axis in self(field, orders: lengths.indices.map { $0 == axis ? 1 : 0 }) }
    }

    /// The sum of the second derivatives.
    public func laplacian(_ field: Tensor<S>) -> Tensor<S> {
        apply(to: field) { spectrum in
            var squares: [S] = [0]
            for (axis, n) in transform.grid.enumerated() {
                let values = wavenumbers(axis, n, isNyquistZero: false)
                squares = squares.flatMap { head in values.map { head + $0 * $0 } }
            }
            forEachWave(spectrum) { index, pairs, count in scale(2 * count, pairs, by: -squares[index]) }
        }
    }

    private func apply(to field: Tensor<S>, _ body: (UnsafeMutablePointer<S>) -> Void) -> Tensor<S> {
        var spectrum = transform.forward(field)
        spectrum.withUnsafeMutablePointer(body)
        return transform.inverse(consuming: spectrum)
    }

    private func wavenumbers(_ axis: Int, _ n: Int, isNyquistZero: Bool) -> [S] {
        axis == lengths.count - 1
            ? Wavenumbers.angularHalf(n, length: lengths[axis], isNyquistZero: isNyquistZero)
            : Wavenumbers.angular(n, length: lengths[axis], isNyquistZero: isNyquistZero)
    }

    /// Multiplies with the product of all (i k_i)^{a_i}.
    private func multiply(_ spectrum: UnsafeMutablePointer<S>, by orders: [Int]) {
        precondition(orders.count == lengths.count && orders.allSatisfy { $0 >= 0 }, "orders \(orders) on grid \(transform.grid)")
        var factors: [S] = [1]
        for (axis, n) in transform.grid.enumerated() {
            let powers = wavenumbers(axis, n, isNyquistZero: orders[axis] % 2 == 1).map { S.pow($0, orders[axis]) }
            factors = factors.flatMap { head in powers.map { head * $0 } }
        }
        // i^a is 1, i, -1, -i.
        let total = orders.reduce(0, +) % 4
        forEachWave(spectrum) { index, pairs, count in
            let factor = total < 2 ? factors[index] : -factors[index]
            if total % 2 == 0 {
                scale(2 * count, pairs, by: factor)
            } else {
                for c in 0..<count { (pairs[2 * c], pairs[2 * c + 1]) = (-factor * pairs[2 * c + 1], factor * pairs[2 * c]) }
            }
        }
    }

    /// Calls `body` with the index of each wave in the half spectrum and the pairs of its channels, for every field.
    private func forEachWave(_ spectrum: UnsafeMutablePointer<S>, _ body: (Int, UnsafeMutablePointer<S>, Int) -> Void) {
        let waves = transform.halfGrid.reduce(1, *)
        let channels = transform.channels ?? 1
        for field in 0..<transform.batch {
            for index in 0..<waves { body(index, spectrum + 2 * (field * waves + index) * channels, channels) }
        }
    }
}
