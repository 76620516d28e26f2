import Tensors

extension Variable {
    /// `a + b` with broadcasting.
    @specialized(where Element == Float)
    public static func + (a: Variable, b: Variable) -> Variable {
        binary(.add, a, b) { g in [a.receive(g), b.receive(g)] }
    }

    /// `a - b` with broadcasting.
    @specialized(where Element == Float)
    public static func - (a: Variable, b: Variable) -> Variable {
        binary(.subtract, a, b) { g in [a.receive(g), b.needsGradient ? b.receive(-g) : nil] }
    }

    /// `a * b`, element by element, with broadcasting.
    @specialized(where Element == Float)
    public static func * (a: Variable, b: Variable) -> Variable {
        binary(.multiply, a, b) { g in [a.needsGradient ? a.receive(g * b) : nil, b.needsGradient ? b.receive(g * a) : nil] }
    }

    /// `a / b`, element by element, with broadcasting.
    @specialized(where Element == Float)
    public static func / (a: Variable, b: Variable) -> Variable {
        binary(.divide, a, b) { g in
            [a.needsGradient ? a.receive(g / b) : nil, b.needsGradient ? b.receive(-(g * a) / (b * b)) : nil]
        }
    }

    /// `-a`.
    public static prefix func - (a: Variable) -> Variable { a.unary(.negate) { g in -g } }

    /// `a * factor`.
    @specialized(where Element == Float)
    public static func * (a: Variable, factor: Element) -> Variable {
        a.tape.record(binary(.multiply, a, factor), [a]) { g in [g * factor] }
    }

    /// `a + term`.
    @specialized(where Element == Float)
    public static func + (a: Variable, term: Element) -> Variable {
        a.tape.record(binary(.add, a, term), [a]) { g in [g] }
    }

    private static func binary(_ operation: BinaryOperation, _ a: Variable, _ b: Element) -> Tensor<Element> {
        let value = Tensor<Element>(uninitialized: a.shape)
        // Invariant of the workers, here and below: each writes its own numbers.
        nonisolated(unsafe) let (x, y) = (a.value.basePointer, value.kernelPointer)
        a.tape.workers.run(numbers: value.count) {
            Kernels.binary(operation, $0.count, x + $0.lowerBound, scalar: b, y + $0.lowerBound)
        }
        return value
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
            nonisolated(unsafe) let (x, y, z) = (a.value.basePointer, b.value.basePointer, value.kernelPointer)
            a.tape.workers.run(numbers: value.count) {
                Kernels.binary(operation, $0.count, x + $0.lowerBound, y + $0.lowerBound, z + $0.lowerBound)
            }
        } else {
            let plan = BroadcastPlan(a.shape, b.shape)
            value = Tensor(uninitialized: plan.shape)
            Kernels.binary(operation, plan, a.value.basePointer, b.value.basePointer, value.kernelPointer)
        }
        return a.tape.record(value, [a, b], pullback)
    }
}
