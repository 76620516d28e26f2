import Solvers

/// `[solver] name = "finite-volumes"`: MUSCL reconstruction, HLLC fluxes, strong-stability-preserving Runge-Kutta steps.
public struct FiniteVolumeSettings: SolverSettings, Equatable {
    /// The name in case files.
    public static let name = "finite-volumes"
    /// One line for `eddy list`.
    public static let summary = "finite volumes: MUSCL reconstruction, HLLC fluxes, strong-stability-preserving Runge-Kutta steps"

    /// Cells of the solver; nil for the points of the dataset.
    public var resolution: Resolution?
    /// Time step over the crossing time of a cell.
    public var courantNumber = 0.5
    /// The limiter of the slopes.
    public var limiter = SlopeLimiter.monotonizedCentral
    /// The time stepper.
    public var stepper = StrongStabilityPreserving.secondOrder

    /// Settings at their defaults.
    public init() {}

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .resolution("resolution", \.resolution, "cells of the solver; left out: the points of the dataset"),
        .number(
            "courant-number", \.courantNumber, .range(0.01...1), "time step over the crossing time of a cell; positivity is proven to 0.5"),
        .choice("limiter", \.limiter, "limiter of the slopes"),
        .choice("stepper", \.stepper, "Runge-Kutta method in time"),
    ]
}
