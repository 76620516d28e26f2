import Solvers

/// `[solver] name = "semi-lagrangian"`: long steps along the flow on a staggered grid, as PhiFlow made the smoke of PDEArena.
public struct SemiLagrangianSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "semi-lagrangian"
    /// One line for `eddy list`.
    public static let summary = "long steps along the flow with linear interpolation, projection: the generator of PDEArena's smoke"

    /// What is done about the error of the interpolation.
    public enum Correction: String, CaseIterable, Sendable {
        /// Nothing.
        case none
        /// Half the error of going back and forth is taken off, limited to the values interpolated from.
        case macCormack = "mac-cormack"
    }

    /// Cells of the solver; nil for the points of the dataset.
    public var resolution: Resolution?
    /// Largest time step on that grid.
    public var timeStep = 1.5
    /// How the way of the flow is found.
    public var tracing = BuoyantFlowSolver.Tracing.euler
    /// What is done about the error of the interpolation.
    public var correction = Correction.none

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "cells of the solver; left out: the points of the dataset"),
        .number("time-step", \.timeStep, .positive, "largest time step; on finer grids of the same case shorter, as the cells are"),
        .choice("tracing", \.tracing, "where the velocity is taken that leads back along the flow: at the end of the way or halfway"),
        .choice("correction", \.correction, "what is done about the error of the interpolation"),
    ]

    /// The method with another step.
    func advection(timeStep: Double) -> BuoyantFlowSolver.Advection {
        switch correction {
        case .none: .semiLagrangian(timeStep: timeStep, tracing: tracing)
        case .macCormack: .macCormack(timeStep: timeStep, tracing: tracing)
        }
    }
}
