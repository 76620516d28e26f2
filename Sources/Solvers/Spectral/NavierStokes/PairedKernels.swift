import Tensors

/// Loops of pseudo-spectral Navier-Stokes solvers on pairs of real fields kept as one complex field.
enum PairedKernels {
    /// z := z^2 on `pairs` complex numbers; returns the largest |z|^2 before.
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func square<S: Scalar>(_ pairs: Int, _ z: UnsafeMutablePointer<S>) -> S {
        var largest = SIMD8<S>(repeating: 0)
        let raw = UnsafeMutableRawPointer(z)
        let width = MemoryLayout<S>.stride
        var index = 0
        while index + 8 <= pairs {
            let address = raw + 2 * index * width
            var block = address.loadUnaligned(as: SIMD16<S>.self)
            let (a, b) = (block.evenHalf, block.oddHalf)
            let (aa, bb) = (a * a, b * b)
            block.evenHalf = aa - bb
            block.oddHalf = (a + a) * b
            largest = pointwiseMax(largest, aa + bb)
            address.storeBytes(of: block, as: SIMD16<S>.self)
            index += 8
        }
        var result = largest.max()
        while index < pairs {
            let (a, b) = (z[2 * index], z[2 * index + 1])
            result = max(result, a * a + b * b)
            z[2 * index] = a * a - b * b
            z[2 * index + 1] = 2 * a * b
            index += 1
        }
        return result
    }

    /// z := (Re(conj(z) g), 0) on `pairs` complex numbers: u w_x + v w_y for z = u + i v, g = w_x + i w_y; returns the largest |z|^2.
    @specialized(where S == Float)
    @specialized(where S == Double)
    static func advection<S: Scalar>(_ pairs: Int, _ z: UnsafeMutablePointer<S>, _ g: UnsafePointer<S>) -> S {
        var largest = SIMD8<S>(repeating: 0)
        let (rawZ, rawG) = (UnsafeMutableRawPointer(z), UnsafeRawPointer(g))
        let width = MemoryLayout<S>.stride
        var index = 0
        while index + 8 <= pairs {
            let address = rawZ + 2 * index * width
            var block = address.loadUnaligned(as: SIMD16<S>.self)
            let gradient = (rawG + 2 * index * width).loadUnaligned(as: SIMD16<S>.self)
            let product = block * gradient
            let squares = block * block
            block = SIMD16(repeating: 0)
            block.evenHalf = product.evenHalf + product.oddHalf
            largest = pointwiseMax(largest, squares.evenHalf + squares.oddHalf)
            address.storeBytes(of: block, as: SIMD16<S>.self)
            index += 8
        }
        var result = largest.max()
        while index < pairs {
            let (a, b) = (z[2 * index], z[2 * index + 1])
            result = max(result, a * a + b * b)
            z[2 * index] = a * g[2 * index] + b * g[2 * index + 1]
            z[2 * index + 1] = 0
            index += 1
        }
        return result
    }
}
