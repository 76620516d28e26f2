import Tensors
import Transforms

/// What the solvers of two-dimensional reaction-diffusion systems share: equation, stepper, and the way between states and coefficients.
final class ReactionDiffusionBox {
    private let equation: ReactionDiffusionEquation
    private let stepper: ExponentialTimeDifferencing<ReactionDiffusionEquation>

    init(
        name: String, shape: [Int], extent: [Double], boundary: ReactionDiffusionBoundary, laplacian: ReactionDiffusionLaplacian,
        diffusivities: [Double], decays: [Double], control: TimeStepControl, reaction: @escaping ReactionDiffusionEquation.Reaction
    ) throws {
        precondition((1...3).contains(shape.count) && shape.count == extent.count, "shape \(shape), extent \(extent)")
        guard shape.allSatisfy({ $0 >= 2 }) else {
            throw SolverError.invalidInput(key: "shape", found: "\(shape)", allowed: "at least 2 points an axis")
        }
        guard extent.allSatisfy({ $0 > 0 && $0.isFinite }) else {
            throw SolverError.invalidInput(key: "extent", found: "\(extent)", allowed: "positive lengths")
        }
        guard diffusivities.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw SolverError.invalidInput(key: "diffusivities", found: "\(diffusivities)", allowed: "finite and >= 0")
        }
        guard decays.allSatisfy(\.isFinite) else {
            throw SolverError.invalidInput(key: "rates", found: "\(decays)", allowed: "finite values")
        }
        equation = ReactionDiffusionEquation(
            name: name, shape: shape, kinds: shape.map { _ in boundary == .periodic ? .hartley : .cosineII },
            eigenvalues: zip(shape, extent).map {
                ReactionDiffusionEquation.eigenvalues(count: $0, length: $1, boundary: boundary, laplacian: laplacian)
            }, diffusivities: diffusivities, decays: decays, reaction: reaction)
        stepper = try ExponentialTimeDifferencing(equation, control: control)
    }

    /// Integrates `[x..., field]`; the state at time 0 is handed over as it came.
    func integrate(
        from initial: Tensor<Double>, times: [Double], deliver: (Int, Tensor<Double>) throws -> Void
    ) throws -> IntegrationReport {
        let state = Storage<Double>(count: equation.count)
        equation.coefficients(ofInterleaved: initial.basePointer, into: state.pointer)
        return try stepper.integrate(state.pointer, times: times) { number, coefficients in
            guard times[number] > 0 else { return try deliver(number, initial) }
            let fields = Tensor<Double>(uninitialized: initial.shape)
            equation.interleavedValues(of: coefficients, into: fields.kernelPointer)
            try deliver(number, fields)
        }
    }
}
