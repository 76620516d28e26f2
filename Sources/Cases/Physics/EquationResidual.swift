import Autodiff
import Tensors
import Training

/// What a prediction lacks of solving the discrete equation, on the tape: the physics-informed term of a loss.
///
/// All fields are in physical units. The discrete equation is the one that the classical solver of the equation solves, on the grid of the
/// fields.
public protocol EquationResidual: Sendable {
    /// The discrete equation, what its own error is and how the residual is measured, in words.
    var account: String { get }

    /// Whether the solution is zero at the outermost nodes of every axis; the model then sets them to zero, and the residual takes them for that.
    var vanishesOnBoundary: Bool { get }

    /// The residual at every point, in the units that `account` says.
    ///
    /// - Parameters:
    ///   - prediction: `[batch, x..., channel]`, in time the frames that follow the window.
    ///   - input: `[batch, x..., channel]` as the operator reads it.
    func residual<Element: Scalar>(of prediction: Variable<Element>, input: Variable<Element>) -> Variable<Element>

    /// The square of the residual's size in relation to what drives the solution, `[batch, 1]`; its root is dimensionless.
    func relativeSquares<Element: Scalar>(of prediction: Variable<Element>, input: Variable<Element>) -> Variable<Element>

    /// Fields of the magnitude of the solutions, which the normaliser of the output is fitted to when there are no solutions.
    func estimate(from input: Tensor<Float>, outputs: Int) throws -> Tensor<Float>
}

/// What a residual is made for.
public struct ResidualRequest: Sendable {
    /// Points of the fields.
    public var resolution: Resolution
    /// Frames in and out, for equations in time.
    public var window: TimeWindow?
    /// How the residual is measured.
    public var norm: PhysicsSettings.Norm

    /// A request.
    public init(resolution: Resolution, window: TimeWindow? = nil, norm: PhysicsSettings.Norm = .natural) {
        self.resolution = resolution
        self.window = window
        self.norm = norm
    }
}

/// An equation that declares its residual.
public protocol ResidualProblem: Problem {
    /// The residual on a grid.
    ///
    /// - Throws: `ProblemError` when the settings leave the equation without one.
    func makeResidual(_ request: ResidualRequest) throws -> any EquationResidual

    /// Prepares drawing the inputs of samples without solving: the fields of `learning.inputs` and in time the state of the first frame,
    /// each `[x...]`, from the stream of random numbers that `SampleSolver.solve(_:)` would use.
    ///
    /// - Throws: `ProblemError` when the input of the operator is not what a sample is drawn from.
    func prepareInputs(_ request: ResidualRequest) throws -> @Sendable (Philox) -> [String: Tensor<Double>]
}
