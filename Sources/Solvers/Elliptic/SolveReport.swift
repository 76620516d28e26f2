/// What an iterative solve did, for provenance and for the physics gate of a dataset.
public struct SolveReport: Sendable, Equatable {
    /// Iterations of the linear solver; 0 where a direct method was used.
    public let iterations: Int
    /// Relative residual `||b - A u|| / ||b||` of the returned solution, recomputed from it.
    public let residual: Double
    /// Wall time of the set-up that this solve needed (coefficients, coarse grids), in seconds; 0 if it was reused.
    public let setupSeconds: Double
    /// Wall time of the solve without set-up, in seconds.
    public let solveSeconds: Double

    /// A report with all its numbers.
    public init(iterations: Int, residual: Double, setupSeconds: Double, solveSeconds: Double) {
        self.iterations = iterations
        self.residual = residual
        self.setupSeconds = setupSeconds
        self.solveSeconds = solveSeconds
    }
}
