import Tensors

/// Float64 sums over the points of a field, in the order of memory, so that the same fields give the same bits anywhere.
enum Sums {
    /// `sum_i w_i term(p_i, t_i)` with the quadrature weights of the grid (1 where it has none).
    @inline(__always)
    static func weighted(
        _ prediction: Tensor<Double>, _ truth: Tensor<Double>, _ geometry: FieldGeometry, _ term: (_ p: Double, _ t: Double) -> Double
    ) -> Double {
        let (p, t) = (prediction.basePointer, truth.basePointer)
        var sum = 0.0
        if let weights = geometry.weights?.basePointer {
            for index in 0..<truth.count { sum += weights[index] * term(p[index], t[index]) }
        } else {
            for index in 0..<truth.count { sum += term(p[index], t[index]) }
        }
        return sum
    }

    /// The sum of the quadrature weights.
    static func weight(_ geometry: FieldGeometry) -> Double {
        guard let weights = geometry.weights else { return Double(geometry.count) }
        var sum = 0.0
        for index in 0..<weights.count { sum += weights.basePointer[index] }
        return sum
    }

    /// The largest `magnitude(p_i, t_i)`; NaN if one is.
    @inline(__always)
    static func largest(_ prediction: Tensor<Double>, _ truth: Tensor<Double>, _ magnitude: (_ p: Double, _ t: Double) -> Double) -> Double
    {
        let (p, t) = (prediction.basePointer, truth.basePointer)
        var result = 0.0
        for index in 0..<truth.count {
            let value = magnitude(p[index], t[index])
            if !(value <= result) { result = value }
            if value.isNaN { return value }
        }
        return result
    }
}
