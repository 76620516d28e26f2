/// A binary operation on real numbers, element by element.
package enum BinaryOperation: Sendable {
    case add, subtract, multiply, divide
}

extension Kernels {
    /// `y[i] = value`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func fill<T: Scalar>(_ count: Int, _ value: T, _ y: UnsafeMutablePointer<T>) {
        for i in 0..<count { y[i] = value }
    }

    /// `y[i] = x[i]`. (In generic code `update(from:count:)` assigns one by one.)
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func copy<T: Scalar>(_ count: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        for i in 0..<count { y[i] = x[i] }
    }

    /// `y[i] = a[i] op b[i]`; `y` may be `a` or `b`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func binary<T: Scalar>(
        _ operation: BinaryOperation, _ count: Int, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        switch operation {
        case .add: for i in 0..<count { y[i] = a[i] + b[i] }
        case .subtract: for i in 0..<count { y[i] = a[i] - b[i] }
        case .multiply: for i in 0..<count { y[i] = a[i] * b[i] }
        case .divide: for i in 0..<count { y[i] = a[i] / b[i] }
        }
    }

    /// `y[i] = a[i] op b` with one number `b`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func binary<T: Scalar>(
        _ operation: BinaryOperation, _ count: Int, _ a: UnsafePointer<T>, scalar b: T, _ y: UnsafeMutablePointer<T>
    ) {
        switch operation {
        case .add: for i in 0..<count { y[i] = a[i] + b }
        case .subtract: for i in 0..<count { y[i] = a[i] - b }
        case .multiply: for i in 0..<count { y[i] = a[i] * b }
        case .divide: for i in 0..<count { y[i] = a[i] / b }
        }
    }

    /// `y[i] = a op b[i]` with one number `a`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func binary<T: Scalar>(
        _ operation: BinaryOperation, _ count: Int, scalar a: T, _ b: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        switch operation {
        case .add: for i in 0..<count { y[i] = a + b[i] }
        case .subtract: for i in 0..<count { y[i] = a - b[i] }
        case .multiply: for i in 0..<count { y[i] = a * b[i] }
        case .divide: for i in 0..<count { y[i] = a / b[i] }
        }
    }

    /// `y[i] += alpha x[i]`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func axpy<T: Scalar>(_ count: Int, _ alpha: T, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        for i in 0..<count { y[i] = y[i].addingProduct(alpha, x[i]) }
    }

    /// `y[i] += x[i]`.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func accumulate<T: Scalar>(_ count: Int, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
        for i in 0..<count { y[i] += x[i] }
    }
}
