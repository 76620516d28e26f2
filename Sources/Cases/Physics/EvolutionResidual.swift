import Autodiff
import Numerics
import Solvers
import Tensors
import Training

/// The residual of `u_t = L u + N(u)` between stored frames: by how much each frame differs from what the frame before it becomes.
///
///     d_n = u_(n+1) - [ e^(h L) u_n + h (phi_1 - phi_2)(h L) N(u_n) + h phi_2(h L) N(u_(n+1)) ]
///
/// in the units of the field, with `h` the time between frames: the variation-of-constants formula with `N` linear in time between its values at
/// both frames. The linear part is exact, so that stiff modes, which make the trapezoidal rule swing, do no harm. For exact frames
/// `d_n = -(h^3 / 12) N'' + O(h^4)` where `h L` is small: order 2 of the rate `d_n / h`. In space it is the pseudo-spectral discretisation
/// of the solver: with a nonlinear term its states have nothing outside the band of the 2/3 rule, and there `d_n = u_(n+1)`.
///
/// A residual of `N` frames is measured by `sqrt(N sum_n |d_n|^2) / |u_0|` with `u_0` the last input frame. By the inequality of Cauchy and Schwarz
/// it is at least `sum_n |d_n| / |u_0|`, which bounds the relative error of every frame of a flow that does not drive solutions apart.
///
/// ## References
/// M. Hochbruck, A. Ostermann, "Exponential integrators", Acta Numerica 19 (2010) 209, section 2 (the formula and the functions phi).
struct EvolutionResidual<Flow: SemilinearFlow>: EquationResidual {
    private let flow: Flow
    private let space: PeriodicSpace
    private let interval: Double
    private let inputs: Int
    private let propagation, before, after: ModeFactors
    let vanishesOnBoundary = false

    /// The residual of frames `interval` apart for operators that read `inputs` frames.
    init(_ flow: Flow, in space: PeriodicSpace, interval: Double, inputs: Int) {
        self.flow = flow
        self.space = space
        self.interval = interval
        self.inputs = inputs
        func factors(_ value: (PhiFunctions) -> SIMD2<Double>) -> ModeFactors {
            space.factors { k in
                let symbol = flow.linearSymbol(k)
                let value = value(PhiFunctions(interval * SIMD2(symbol.real, symbol.imaginary)))
                return Complex(value.x, value.y)
            }
        }
        propagation = factors { $0.exponential }
        before = factors { interval * ($0.phi1 - $0.phi2) }
        after = factors { interval * $0.phi2 }
    }

    var account: String {
        "u(t + h) - [e^(hL) u(t) + h (phi_1 - phi_2)(hL) N(u(t)) + h phi_2(hL) N(u(t + h))], h = \(interval), pseudo-spectral with the 2/3 rule; "
            + "error of h^3 / 12 N'' a frame; root of the sum over the frames, relative to the last input frame"
    }

    func residual<Element: Scalar>(of prediction: Variable<Element>, input: Variable<Element>) -> Variable<Element> {
        let axis = prediction.shape.count - 1
        let frames = prediction.shape[axis]
        let last = input.slice(axis: axis, (inputs - 1)..<inputs)
        let chain = space.coefficients(of: .concatenate([last, prediction], axis: axis))
        func frame(_ coefficients: Variable<Element>, from start: Int) -> Variable<Element> {
            coefficients.slice(axis: 2, start..<(start + frames))
        }
        let moved = frame(chain, from: 0).multipliedModes(by: propagation.values())
        guard let rate = flow.nonlinearTerm(of: chain, in: space) else { return space.fields(of: frame(chain, from: 1) - moved) }
        let change = frame(rate, from: 0).multipliedModes(by: before.values()) + frame(rate, from: 1).multipliedModes(by: after.values())
        return space.fields(of: frame(chain, from: 1) - space.dealiased(moved) - change)
    }

    func relativeSquares<Element: Scalar>(of prediction: Variable<Element>, input: Variable<Element>) -> Variable<Element> {
        let axis = prediction.shape.count - 1
        let squares = residual(of: prediction, input: input).square().pointSums(separate: false)
        let start = input.detached().slice(axis: axis, (inputs - 1)..<inputs).square().pointSums(separate: false).value
        let frames = Element(prediction.shape[axis])
        return squares * prediction.tape.constant(Tensor(start.shape, start.scalars.map { $0 > 0 ? frames / $0 : frames }))
    }

    /// The linear part of the equation alone.
    func estimate(from input: Tensor<Float>, outputs: Int) -> Tensor<Float> {
        let tape = Tape<Float>()
        return withExtendedLifetime(tape) {
            var coefficients = space.coefficients(of: tape.constant(input).slice(axis: input.rank - 1, (inputs - 1)..<inputs))
            var frames: [Variable<Float>] = []
            for _ in 0..<outputs {
                coefficients = coefficients.multipliedModes(by: propagation.values())
                frames.append(space.fields(of: coefficients))
            }
            return Variable.concatenate(frames, axis: input.rank - 1).value
        }
    }
}
