extension Kernels {
    /// `y[r, c] = GELU(z[r, c] + bias[c])`; `y` may be `z`.
    package static func biasGELU<T: Scalar>(
        rows: Int, columns: Int, _ z: UnsafePointer<T>, bias: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self {
            biasGELU(rows: rows, columns: columns, floats(z), bias: floats(bias), floats(y))
        } else {
            for i in 0..<(rows * columns) { y[i] = scalarGELU(z[i] + bias[i % columns]) }
        }
    }

    private static func biasGELU(
        rows: Int, columns: Int, _ z: UnsafePointer<Float>, bias: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>
    ) {
        @inline(__always)
        func step(_ z: Vector, _ bias: Vector) -> Vector { vectorGELU(z + bias) }
        forEachVector(rows: rows, columns: columns, bias) { i, lanes, bias in
            step(Vector.load(z + i, lanes: lanes), bias).store(y + i, lanes: lanes, accumulate: false)
        }
    }

    /// Calls `body` with the place of every vector of a matrix, its number of lanes (16 save for the last one) and the biases of its columns.
    ///
    /// Rows of biases are put side by side until they fill whole vectors, so that no row has a rest.
    @inline(__always)
    static func forEachVector(rows: Int, columns: Int, _ bias: UnsafePointer<Float>, _ body: (Int, Int, Vector) -> Void) {
        let count = rows * columns
        var tiledRows = 16
        while tiledRows > 1 && columns * (tiledRows / 2) % 16 == 0 { tiledRows /= 2 }
        let period = tiledRows * columns
        withUnsafeTemporaryAllocation(of: Float.self, capacity: period + 16) { tiled in
            let factors = tiled.baseAddress!
            for row in 0..<tiledRows { (factors + row * columns).update(from: bias, count: columns) }
            (factors + period).update(repeating: 0, count: 16)
            var start = 0
            while start < count {
                let length = min(period, count - start)
                var i = 0
                while i + 16 <= length {
                    body(start + i, 16, Vector.load(factors + i))
                    i += 16
                }
                if i < length { body(start + i, length - i, Vector.load(factors + i)) }
                start += length
            }
        }
    }

    /// With `x = z + bias`: replaces `z` by `GELU(x)` and `g` by `g GELU'(x)`, in one pass.
    package static func biasGELUWithGradient<T: Scalar>(
        rows: Int, columns: Int, _ z: UnsafeMutablePointer<T>, bias: UnsafePointer<T>, _ g: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self {
            biasGELUWithGradient(rows: rows, columns: columns, floats(z), bias: floats(bias), floats(g))
            return
        }
        for i in 0..<(rows * columns) {
            let gelu = scalarGELUWithDerivative(z[i] + bias[i % columns])
            z[i] = gelu.value
            g[i] *= gelu.derivative
        }
    }

    private static func biasGELUWithGradient(
        rows: Int, columns: Int, _ z: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>
    ) {
        @inline(__always)
        func step(_ z: Vector, _ bias: Vector, _ g: Vector) -> (Vector, Vector) {
            let x = z + bias
            let gelu = vectorGELUWithDerivative(x)
            return (gelu.value, g * gelu.derivative)
        }
        forEachVector(rows: rows, columns: columns, bias) { i, lanes, bias in
            let (h, gz) = step(Vector.load(z + i, lanes: lanes), bias, Vector.load(g + i, lanes: lanes))
            h.store(z + i, lanes: lanes, accumulate: false)
            gz.store(g + i, lanes: lanes, accumulate: false)
        }
    }

    /// `y[r, c] = g[r, c] GELU'(z[r, c] + bias[c])`; `y` may be `g`.
    package static func biasGELUGradient<T: Scalar>(
        rows: Int, columns: Int, _ z: UnsafePointer<T>, bias: UnsafePointer<T>, _ g: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self {
            biasGELUGradient(rows: rows, columns: columns, floats(z), bias: floats(bias), floats(g), floats(y))
            return
        }
        for i in 0..<(rows * columns) { y[i] = g[i] * scalarGELUWithDerivative(z[i] + bias[i % columns]).derivative }
    }

    private static func biasGELUGradient(
        rows: Int, columns: Int, _ z: UnsafePointer<Float>, bias: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
        _ y: UnsafeMutablePointer<Float>
    ) {
        @inline(__always)
        func step(_ z: Vector, _ bias: Vector, _ g: Vector) -> Vector {
            g * vectorGELUWithDerivative(z + bias).derivative
        }
        forEachVector(rows: rows, columns: columns, bias) { i, lanes, bias in
            step(Vector.load(z + i, lanes: lanes), bias, Vector.load(g + i, lanes: lanes)).store(y + i, lanes: lanes, accumulate: false)
        }
    }

    /// `y[r, c] += bias[c]`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func addBias<T: Scalar>(rows: Int, columns: Int, _ bias: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        for row in 0..<rows {
            let out = y + row * columns
            for column in 0..<columns { out[column] += bias[column] }
        }
    }

    static func floats<T: Scalar>(_ pointer: UnsafePointer<T>) -> UnsafePointer<Float> {
        UnsafeRawPointer(pointer).assumingMemoryBound(to: Float.self)
    }

    static func floats<T: Scalar>(_ pointer: UnsafeMutablePointer<T>) -> UnsafeMutablePointer<Float> {
        UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: Float.self)
    }
}
