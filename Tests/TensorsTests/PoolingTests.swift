import Tensors
import Testing

@Suite struct PoolingTests {
    static let shapes = [[2, 6, 8, 3], [1, 7, 5, 24], [3, 4, 4, 1], [1, 9, 9, 35]]

    @Test(arguments: shapes, [Convolution.Extent(2), .init(3), .init(y: 1, x: 2)])
    func averageIsSeparableResampling(shape: [Int], window: Convolution.Extent) {
        let pooling = Pooling(window)
        let x: Tensor<Double> = normal(shape, stream: 1)
        let (rows, columns) = (
            LinearResampling.averagePool(shape[1], factor: window.y), LinearResampling.averagePool(shape[2], factor: window.x)
        )
        let y = pooling.average(x)
        #expect(relativeDifference(y, columns(rows(x, axis: 1), axis: 2)) < 1e-14)
        #expect(relativeDifference(pooling.average(x.cast(to: Float.self)), y) < 1e-6)
        let g: Tensor<Double> = normal(y.shape, stream: 2)
        let back = columns.transpose(rows.transpose(g, axis: 1), axis: 2)
        #expect(relativeDifference(pooling.averageAdjoint(g, inputShape: shape), back) < 1e-14)
        #expect(relativeDifference(pooling.averageAdjoint(g.cast(to: Float.self), inputShape: shape), back) < 1e-6)
    }

    @Test(arguments: shapes, [Convolution.Extent(2), .init(3), .init(y: 1, x: 2)])
    func maximumOfEveryWindow(shape: [Int], window: Convolution.Extent) {
        let pooling = Pooling(window)
        let x: Tensor<Double> = normal(shape, stream: 1)
        let values: Tensor<Double> = normal(shape, stream: 2)
        let (y, selected) = (pooling.maximum(x), pooling.select(values, by: x))
        for b in 0..<y.shape[0] {
            for k in 0..<y.shape[1] {
                for l in 0..<y.shape[2] {
                    for c in 0..<y.shape[3] {
                        var (best, value) = (-Double.infinity, 0.0)
                        for i in (k * window.y)..<((k + 1) * window.y) {
                            for j in (l * window.x)..<((l + 1) * window.x) where x[b, i, j, c] > best {
                                best = x[b, i, j, c]
                                value = values[b, i, j, c]
                            }
                        }
                        #expect(y[b, k, l, c] == best)
                        #expect(selected[b, k, l, c] == value)
                    }
                }
            }
        }
        let g: Tensor<Double> = normal(y.shape, stream: 3)
        let placed = pooling.place(g, by: x)
        #expect(abs(dot(selected, g) - dot(values, placed)) < 1e-12)
        // In single precision by vectors of channels.
        let single = x.cast(to: Float.self)
        #expect(pooling.maximum(single).scalars == y.scalars.map(Float.init))
        #expect(pooling.select(values.cast(to: Float.self), by: single).scalars == selected.scalars.map(Float.init))
        #expect(pooling.place(g.cast(to: Float.self), by: single).scalars == placed.scalars.map(Float.init))
    }

    @Test(arguments: [1, 8, 27])
    func firstOfEqualsAndNaN(channels: Int) {
        func field(_ shape: [Int], _ points: [Float]) -> Tensor<Float> {
            Tensor(shape + [channels], points.flatMap { [Float](repeating: $0, count: channels) })
        }
        let x = field([1, 2, 6], [1, 1, 0, 5, .nan, 2, 1, 1, .nan, 5, 3, .nan])
        let values = field([1, 2, 6], [1, 2, 3, 4, 9, 10, 5, 6, 7, 8, 11, 12])
        #expect(Pooling().select(values, by: x) == field([1, 1, 3], [1, 7, 9]))
        let gradient = field([1, 1, 3], [10, 20, 30])
        #expect(Pooling().place(gradient, by: x) == field([1, 2, 6], [10, 0, 0, 0, 30, 0, 0, 0, 20, 0, 0, 0]))
        let largest = Pooling().maximum(x).scalars
        #expect(largest[..<channels].allSatisfy { $0 == 1 } && largest[channels...].allSatisfy { $0.isNaN })
    }
}
