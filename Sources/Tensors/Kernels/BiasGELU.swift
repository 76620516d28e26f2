import Numerics

extension Kernels {
    /// `y[r, c] = GELU(z[r, c] + bias[c])`; `y` may be `z`.
    package static func biasGELU<T: Scalar>(
        rows: Int, columns: Int, _ z: UnsafePointer<T>, bias: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        if T.self == Float.self {
            let (z, bias) = (floats(z), floats(bias))
            let y = floats(y)
            for row in 0..<rows {
                mapVectors(columns, z + row * columns, bias, y + row * columns) { z, bias in
                    let x = z + bias
                    return x * vectorNormal(x).distribution
                }
            }
        } else {
            for row in 0..<rows {
                for column in 0..<columns {
                    let x = Double(z[row * columns + column] + bias[column])
                    y[row * columns + column] = T(x * 0.5 * Double.erfc(-x * 0.5.squareRoot()))
                }
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
        let densityFactor = 1 / (2 * Double.pi).squareRoot()
        for row in 0..<rows {
            for column in 0..<columns {
                let x = Double(z[row * columns + column] + bias[column])
                let distribution = 0.5 * Double.erfc(-x * 0.5.squareRoot())
                z[row * columns + column] = T(x * distribution)
                g[row * columns + column] *= T(distribution + x * densityFactor * Double.exp(-0.5 * x * x))
            }
        }
    }

    private static func biasGELUWithGradient(
        rows: Int, columns: Int, _ z: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, _ g: UnsafeMutablePointer<Float>
    ) {
        @inline(__always)
        func step(_ z: Vector, _ bias: Vector, _ g: Vector) -> (Vector, Vector) {
            let x = z + bias
            let normal = vectorNormal(x)
            return (x * normal.distribution, g * normal.distribution.addingProduct(x, normal.density))
        }
        let whole = columns & ~15
        for row in 0..<rows {
            let (zr, gr) = (z + row * columns, g + row * columns)
            var column = 0
            while column < whole {
                let (h, gz) = step(
                    UnsafeRawPointer(zr + column).loadUnaligned(as: Vector.self),
                    UnsafeRawPointer(bias + column).loadUnaligned(as: Vector.self),
                    UnsafeRawPointer(gr + column).loadUnaligned(as: Vector.self))
                UnsafeMutableRawPointer(zr + column).storeBytes(of: h, as: Vector.self)
                UnsafeMutableRawPointer(gr + column).storeBytes(of: gz, as: Vector.self)
                column += 16
            }
            if whole < columns {
                var (zv, bv, gv) = (Vector(), Vector(), Vector())
                for lane in 0..<(columns - whole) {
                    zv[lane] = zr[whole + lane]
                    bv[lane] = bias[whole + lane]
                    gv[lane] = gr[whole + lane]
                }
                let (h, gz) = step(zv, bv, gv)
                for lane in 0..<(columns - whole) {
                    zr[whole + lane] = h[lane]
                    gr[whole + lane] = gz[lane]
                }
            }
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
        let densityFactor = 1 / (2 * Double.pi).squareRoot()
        for row in 0..<rows {
            for column in 0..<columns {
                let x = Double(z[row * columns + column] + bias[column])
                let slope = 0.5 * Double.erfc(-x * 0.5.squareRoot()) + x * densityFactor * Double.exp(-0.5 * x * x)
                y[row * columns + column] = g[row * columns + column] * T(slope)
            }
        }
    }

    private static func biasGELUGradient(
        rows: Int, columns: Int, _ z: UnsafePointer<Float>, bias: UnsafePointer<Float>, _ g: UnsafePointer<Float>,
        _ y: UnsafeMutablePointer<Float>
    ) {
        @inline(__always)
        func step(_ z: Vector, _ bias: Vector, _ g: Vector) -> Vector {
            let x = z + bias
            let normal = vectorNormal(x)
            return g * normal.distribution.addingProduct(x, normal.density)
        }
        let whole = columns & ~15
        for row in 0..<rows {
            let (zr, gr, yr) = (z + row * columns, g + row * columns, y + row * columns)
            var column = 0
            while column < whole {
                let result = step(
                    UnsafeRawPointer(zr + column).loadUnaligned(as: Vector.self),
                    UnsafeRawPointer(bias + column).loadUnaligned(as: Vector.self),
                    UnsafeRawPointer(gr + column).loadUnaligned(as: Vector.self))
                UnsafeMutableRawPointer(yr + column).storeBytes(of: result, as: Vector.self)
                column += 16
            }
            if whole < columns {
                var (zv, bv, gv) = (Vector(), Vector(), Vector())
                for lane in 0..<(columns - whole) {
                    zv[lane] = zr[whole + lane]
                    bv[lane] = bias[whole + lane]
                    gv[lane] = gr[whole + lane]
                }
                let result = step(zv, bv, gv)
                for lane in 0..<(columns - whole) { yr[whole + lane] = result[lane] }
            }
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
