import Numerics

/// A function of one real number, applied element by element.
package enum UnaryOperation: Sendable, CaseIterable {
    case exp, log, sqrt, reciprocal, square, absolute, sign, negate
    case sin, cos, tanh, sigmoid
    case relu, step
    /// GELU `x Phi(x)` with the exact normal distribution function, and its derivative `Phi(x) + x phi(x)`.
    case gelu, geluDerivative
    /// The standard normal distribution function `Phi` and density `phi`.
    case normalDistribution, normalDensity
}

extension Kernels {
    /// `y[i] = f(x[i])`, where `y` may be `x`; Float goes through vector arithmetic, Double through the mathematical library.
    package static func unary<T: Scalar>(_ operation: UnaryOperation, _ count: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        if T.self == Float.self {
            unary(
                operation, count, UnsafeRawPointer(x).assumingMemoryBound(to: Float.self),
                UnsafeMutableRawPointer(y).assumingMemoryBound(to: Float.self))
        } else {
            unary(
                operation, count, UnsafeRawPointer(x).assumingMemoryBound(to: Double.self),
                UnsafeMutableRawPointer(y).assumingMemoryBound(to: Double.self))
        }
    }

    private static func unary(_ operation: UnaryOperation, _ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>) {
        let one = Vector(repeating: 1)
        switch operation {
        case .exp: mapVectors(count, x, y) { vectorExp($0) }
        case .log: for i in 0..<count { y[i] = .log(x[i]) }
        case .sqrt: for i in 0..<count { y[i] = vectorisableSquareRoot(x[i]) }
        case .reciprocal: mapVectors(count, x, y) { one / $0 }
        case .square: mapVectors(count, x, y) { $0 * $0 }
        case .absolute: mapVectors(count, x, y) { $0.replacing(with: -$0, where: $0 .< 0) }
        case .sign: mapVectors(count, x, y) { Vector().replacing(with: one, where: $0 .> 0).replacing(with: -one, where: $0 .< 0) }
        case .negate: mapVectors(count, x, y) { -$0 }
        case .sin: for i in 0..<count { y[i] = .sin(x[i]) }
        case .cos: for i in 0..<count { y[i] = .cos(x[i]) }
        case .tanh: mapVectors(count, x, y, vectorTanh)
        case .sigmoid: mapVectors(count, x, y) { one / (one + vectorExp(-$0)) }
        case .relu: mapVectors(count, x, y) { $0.replacing(with: Vector(), where: $0 .<= 0) }
        case .step: mapVectors(count, x, y) { Vector().replacing(with: one, where: $0 .> 0) }
        case .gelu: mapVectors(count, x, y) { vectorGELU($0) }
        case .geluDerivative: mapVectors(count, x, y) { vectorGELUWithDerivative($0).derivative }
        case .normalDistribution: mapVectors(count, x, y) { vectorNormal($0).distribution }
        case .normalDensity: mapVectors(count, x, y) { vectorExp($0 * $0 * -0.5) * 0.398_942_28 }
        }
    }

    private static func unary(_ operation: UnaryOperation, _ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
        let rootHalf = 0.5.squareRoot()
        let densityFactor = 1 / (2 * Double.pi).squareRoot()
        func distribution(_ x: Double) -> Double { 0.5 * Double.erfc(-x * rootHalf) }
        func density(_ x: Double) -> Double { densityFactor * Double.exp(-0.5 * x * x) }
        switch operation {
        case .exp: for i in 0..<count { y[i] = .exp(x[i]) }
        case .log: for i in 0..<count { y[i] = .log(x[i]) }
        case .sqrt: for i in 0..<count { y[i] = vectorisableSquareRoot(x[i]) }
        case .reciprocal: for i in 0..<count { y[i] = 1 / x[i] }
        case .square: for i in 0..<count { y[i] = x[i] * x[i] }
        case .absolute: for i in 0..<count { y[i] = x[i].magnitude }
        case .sign: for i in 0..<count { y[i] = x[i] > 0 ? 1 : x[i] < 0 ? -1 : 0 }
        case .negate: for i in 0..<count { y[i] = -x[i] }
        case .sin: for i in 0..<count { y[i] = .sin(x[i]) }
        case .cos: for i in 0..<count { y[i] = .cos(x[i]) }
        case .tanh: for i in 0..<count { y[i] = .tanh(x[i]) }
        case .sigmoid: for i in 0..<count { y[i] = 1 / (1 + .exp(-x[i])) }
        case .relu: for i in 0..<count { y[i] = x[i] > 0 ? x[i] : 0 }
        case .step: for i in 0..<count { y[i] = x[i] > 0 ? 1 : 0 }
        case .gelu: for i in 0..<count { y[i] = scalarGELU(x[i]) }
        case .geluDerivative: for i in 0..<count { y[i] = scalarGELUWithDerivative(x[i]).derivative }
        case .normalDistribution: for i in 0..<count { y[i] = distribution(x[i]) }
        case .normalDensity: for i in 0..<count { y[i] = density(x[i]) }
        }
    }

    /// `y[i] = g[i] GELU'(x[i])`; `y` may be `g` or `x`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func geluBackward<T: Scalar>(_ count: Int, _ g: UnsafePointer<T>, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        if T.self == Float.self {
            mapVectors(
                count, UnsafeRawPointer(g).assumingMemoryBound(to: Float.self), UnsafeRawPointer(x).assumingMemoryBound(to: Float.self),
                UnsafeMutableRawPointer(y).assumingMemoryBound(to: Float.self)
            ) { g, x in g * vectorGELUWithDerivative(x).derivative }
        } else {
            for i in 0..<count { y[i] = g[i] * scalarGELUWithDerivative(x[i]).derivative }
        }
    }
}

/// `tanh(x) = sign(x) (1 - e) / (1 + e)` with `e = exp(-2|x|)`; a Taylor polynomial below 0.1, where that form loses digits.
@inline(__always)
private func vectorTanh(_ x: Vector) -> Vector {
    let magnitude = x.replacing(with: -x, where: x .< 0)
    let e = vectorExp(magnitude * -2)
    let large = (1 - e) / (1 + e)
    let square = x * x
    var p = Vector(repeating: -17.0 / 315)
    p = Vector(repeating: 2.0 / 15).addingProduct(p, square)
    p = Vector(repeating: -1.0 / 3).addingProduct(p, square)
    let small = magnitude.addingProduct(magnitude * square, p)
    let value = large.replacing(with: small, where: magnitude .< 0.1)
    return value.replacing(with: -value, where: x .< 0)
}
