/// One step on the way to a steady state.
public struct SteadyIteration: Sendable, Equatable {
    /// Columns of the grid that the step was made on: coarser grids come first.
    public let columns: Int
    /// Number of the step on its grid, from 0 (the start).
    public let iteration: Int
    /// L2 norm over all cells and equations of the net fluxes, over that of the uniform stream on the same grid.
    public let residual: Double
    /// Courant number of the step that led here; 0 at the start.
    public let cfl: Double
    /// Iterations of the linear solver in that step.
    public let linearIterations: Int
    /// Lift coefficient.
    public let lift: Double
    /// Drag coefficient.
    public let drag: Double
}
