import Tensors

extension Variable {
    func unary(_ operation: UnaryOperation, _ pullback: @escaping (Variable) -> Variable) -> Variable {
        tape.record(mapped(operation), [self]) { [pullback($0)] }
    }

    private func mapped(_ operation: UnaryOperation) -> Tensor<Element> {
        let result = Tensor<Element>(uninitialized: shape)
        // Invariant of the workers, here and below: each writes its own numbers.
        nonisolated(unsafe) let (x, y) = (value.basePointer, result.kernelPointer)
        tape.workers.run(numbers: result.count) { Kernels.unary(operation, $0.count, x + $0.lowerBound, y + $0.lowerBound) }
        return result
    }

    /// `exp(x)`.
    @specialized(where Element == Float)
    public func exp() -> Variable { unary(.exp) { g in g * self.exp() } }

    /// The natural logarithm.
    @specialized(where Element == Float)
    public func log() -> Variable { unary(.log) { g in g / self } }

    /// The square root.
    @specialized(where Element == Float)
    public func squareRoot() -> Variable { unary(.sqrt) { g in g * (self.squareRoot().reciprocal() * 0.5) } }

    /// `1 / x`.
    @specialized(where Element == Float)
    public func reciprocal() -> Variable { unary(.reciprocal) { g in -(g * self.reciprocal().square()) } }

    /// `x^2`.
    @specialized(where Element == Float)
    public func square() -> Variable { unary(.square) { g in g * (self * 2) } }

    /// `|x|`, with derivative 0 at 0.
    @specialized(where Element == Float)
    public func absolute() -> Variable { unary(.absolute) { g in g * self.sign() } }

    /// `sign(x)`, constant almost everywhere.
    @specialized(where Element == Float)
    public func sign() -> Variable { unary(.sign) { g in g * 0 } }

    /// `sin(x)`.
    @specialized(where Element == Float)
    public func sin() -> Variable { unary(.sin) { g in g * self.cos() } }

    /// `cos(x)`.
    @specialized(where Element == Float)
    public func cos() -> Variable { unary(.cos) { g in -(g * self.sin()) } }

    /// `tanh(x)`.
    @specialized(where Element == Float)
    public func tanh() -> Variable { unary(.tanh) { g in g - g * self.tanh().square() } }

    /// `1 / (1 + exp(-x))`.
    @specialized(where Element == Float)
    public func sigmoid() -> Variable {
        unary(.sigmoid) { g in
            let s = self.sigmoid()
            return g * (s - s.square())
        }
    }

    /// `max(x, 0)`, with derivative 0 at 0.
    @specialized(where Element == Float)
    public func relu() -> Variable { unary(.relu) { g in g * self.step() } }

    /// 1 where `x > 0`, else 0; constant almost everywhere.
    @specialized(where Element == Float)
    public func step() -> Variable { unary(.step) { g in g * 0 } }

    /// GELU, `x Phi(x)` with the exact normal distribution function (Hendrycks and Gimpel, 2016).
    @specialized(where Element == Float)
    public func gelu() -> Variable {
        tape.record(mapped(.gelu), [self]) { g in
            guard g.tape.isRecording else {
                let gradient = Tensor<Element>(uninitialized: self.shape)
                nonisolated(unsafe) let (x, g, y) = (self.value.basePointer, g.value.basePointer, gradient.kernelPointer)
                self.tape.workers.run(numbers: gradient.count) {
                    Kernels.geluBackward($0.count, g + $0.lowerBound, x + $0.lowerBound, y + $0.lowerBound)
                }
                return [self.tape.constant(gradient)]
            }
            return [g * self.geluDerivative()]
        }
    }

    /// `Phi(x) + x phi(x)`, whose derivative is `(2 - x^2) phi(x)`.
    func geluDerivative() -> Variable {
        unary(.geluDerivative) { g in g * self.normalDensity() * (-(self.square()) + 2) }
    }

    /// The standard normal density `phi(x)`.
    func normalDensity() -> Variable { unary(.normalDensity) { g in -(g * self * self.normalDensity()) } }
}

/// A pointwise nonlinearity chosen by name in a case.
public enum Activation: String, Sendable, CaseIterable, Codable {
    case identity, relu, gelu, tanh, sigmoid, silu, sine

    /// Applies it.
    public func callAsFunction<Element: Scalar>(_ x: Variable<Element>) -> Variable<Element> {
        switch self {
        case .identity: x
        case .relu: x.relu()
        case .gelu: x.gelu()
        case .tanh: x.tanh()
        case .sigmoid: x.sigmoid()
        case .silu: x * x.sigmoid()
        case .sine: x.sin()
        }
    }
}
