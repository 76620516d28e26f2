import Tensors

extension Variable {
    /// `a + b` with broadcasting.
    public static func + (a: Variable, b: Variable) -> Variable {
        binary(.add, a, b) { g in [a.receive(g), b.receive(g)] }
    }

    /// `a - b` with broadcasting.
    public static func - (a: Variable, b: Variable) -> Variable {
        binary(.subtract, a, b) { g in [a.receive(g), b.needsGradient ? b.receive(-g) : nil] }
    }

    /// `a * b`, element by element, with broadcasting.
    public static func * (a: Variable, b: Variable) -> Variable {
        binary(.multiply, a, b) { g in [a.needsGradient ? a.receive(g * b) : nil, b.needsGradient ? b.receive(g * a) : nil] }
    }

    /// `a / b`, element by element, with broadcasting.
    public static func / (a: Variable, b: Variable) -> Variable {
        binary(.divide, a, b) { g in
            [a.needsGradient ? a.receive(g / b) : nil, b.needsGradient ? b.receive(-(g * a) / (b * b)) : nil]
        }
    }

    /// `-a`.
    public static prefix func - (a: Variable) -> Variable { a.unary(.negate) { g in -g } }

    /// `a * factor`.
    public static func * (a: Variable, factor: Element) -> Variable {
        let value = Tensor<Element>(uninitialized: a.shape)
        Kernels.binary(.multiply, value.count, a.value.basePointer, scalar: factor, value.kernelPointer)
        return a.tape.record(value, [a]) { g in [g * factor] }
    }

    /// `a + term`.
    public static func + (a: Variable, term: Element) -> Variable {
        let value = Tensor<Element>(uninitialized: a.shape)
        Kernels.binary(.add, value.count, a.value.basePointer, scalar: term, value.kernelPointer)
        return a.tape.record(value, [a]) { g in [g] }
    }

    /// A gradient of the broadcast result summed to the shape of this operand; `nil` when no gradient is needed.
    private func receive(_ gradient: Variable) -> Variable? { needsGradient ? gradient.sum(to: shape) : nil }

    private static func binary(
        _ operation: BinaryOperation, _ a: Variable, _ b: Variable, _ pullback: @escaping (Variable) -> [Variable?]
    ) -> Variable {
        precondition(a.tape === b.tape, "operands belong to different tapes")
        let value: Tensor<Element>
        if a.shape == b.shape {
            value = Tensor(uninitialized: a.shape)
            Kernels.binary(operation, value.count, a.value.basePointer, b.value.basePointer, value.kernelPointer)
        } else {
            let plan = BroadcastPlan(a.shape, b.shape)
            value = Tensor(uninitialized: plan.shape)
            Kernels.binary(operation, plan, a.value.basePointer, b.value.basePointer, value.kernelPointer)
        }
        return a.tape.record(value, [a, b], pullback)
    }
}
