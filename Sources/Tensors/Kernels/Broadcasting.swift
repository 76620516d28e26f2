/// How two shapes broadcast: axes merged as far as possible, a stride of 0 where an operand repeats.
package struct BroadcastPlan: Sendable {
    /// Shape of the result.
    package let shape: [Int]
    /// Merged extents, slowest first, and the strides of both operands.
    package let extents: [Int]
    package let leftStrides: [Int]
    package let rightStrides: [Int]

    /// Broadcasting by the usual rule: shapes aligned at the last axis, an extent of 1 repeats.
    package init(_ left: [Int], _ right: [Int]) {
        let rank = max(left.count, right.count)
        let l = Array(repeating: 1, count: rank - left.count) + left
        let r = Array(repeating: 1, count: rank - right.count) + right
        var shape: [Int] = []
        for (a, b) in zip(l, r) {
            precondition(a == b || a == 1 || b == 1, "shapes \(left) and \(right) do not broadcast")
            shape.append(a == 1 ? b : a)
        }
        self.shape = shape
        var extents: [Int] = []
        var ls: [Int] = []
        var rs: [Int] = []
        var (leftStride, rightStride) = (1, 1)
        for axis in stride(from: rank - 1, through: 0, by: -1) where shape[axis] != 1 {
            let (ml, mr) = (l[axis] == 1 ? 0 : leftStride, r[axis] == 1 ? 0 : rightStride)
            if let last = extents.last, ml == ls.last! * last, mr == rs.last! * last, (ml == 0) == (ls.last! == 0),
                (mr == 0) == (rs.last! == 0)
            {
                extents[extents.count - 1] *= shape[axis]
            } else {
                extents.append(shape[axis])
                ls.append(ml)
                rs.append(mr)
            }
            leftStride *= l[axis]
            rightStride *= r[axis]
        }
        self.extents = extents.reversed()
        self.leftStrides = ls.reversed()
        self.rightStrides = rs.reversed()
    }

    /// Calls `body(left offset, right offset, output offset)` for every innermost run.
    @inline(__always)
    fileprivate func forEachRun(_ body: (Int, Int, Int) -> Void) {
        guard let run = extents.last else { return body(0, 0, 0) }
        let outer = extents.dropLast()
        var index = Array(repeating: 0, count: outer.count)
        let runs = outer.reduce(1, *)
        var (left, right) = (0, 0)
        for r in 0..<runs {
            body(left, right, r * run)
            var axis = outer.count - 1
            while axis >= 0 {
                index[axis] += 1
                left += leftStrides[axis]
                right += rightStrides[axis]
                if index[axis] < outer[axis] { break }
                left -= leftStrides[axis] * outer[axis]
                right -= rightStrides[axis] * outer[axis]
                index[axis] = 0
                axis -= 1
            }
        }
    }
}

extension Kernels {
    /// `y = a op b` with broadcasting.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func binary<T: Scalar>(
        _ operation: BinaryOperation, _ plan: BroadcastPlan, _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>
    ) {
        let run = plan.extents.last ?? 1
        let (ls, rs) = (plan.leftStrides.last ?? 1, plan.rightStrides.last ?? 1)
        plan.forEachRun { left, right, out in
            if ls == 0 {
                binary(operation, run, scalar: a[left], b + right, y + out)
            } else if rs == 0 {
                binary(operation, run, a + left, scalar: b[right], y + out)
            } else {
                binary(operation, run, a + left, b + right, y + out)
            }
        }
    }

    /// Sums `x` of shape `from` to the shape `to` that broadcasts to it: the adjoint of broadcasting.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func sumToShape<T: Scalar>(_ x: UnsafePointer<T>, from: [Int], to: [Int], _ y: UnsafeMutablePointer<T>) {
        let plan = BroadcastPlan(from, to)
        let count = to.reduce(1, *)
        for index in 0..<count { y[index] = 0 }
        let run = plan.extents.last ?? 1
        let stride = plan.rightStrides.last ?? 1
        plan.forEachRun { left, right, _ in
            if stride == 0 { y[right] += sum(run, x + left) } else { accumulate(run, x + left, y + right) }
        }
    }
}
