import Solvers
import Testing

@Suite struct SolverErrorTests {
    @Test("every message carries the numbers that a user needs") func messages() {
        let stalled = SolverError.didNotConverge(solver: "diffusion", iteration: 7, residual: 0.25, tolerance: 1e-8)
        #expect("\(stalled)" == "diffusion: did not converge: residual 0.25 after 7 iterations, tolerance 1e-08")
        let blownUp = SolverError.diverged(solver: "euler", step: 12, time: 0.5, quantity: "density", value: -2)
        #expect("\(blownUp)" == "euler: diverged at step 12, time 0.5: density = -2.0")
        let tooFast = SolverError.cflViolation(solver: "burgers", courant: 2, limit: 0.5, timeStep: 0.25)
        #expect("\(tooFast)" == "burgers: Courant number 2.0 above 0.5: take a time step of at most 0.0625 instead of 0.25")
        let coarse = SolverError.underResolved(solver: "burgers", time: 0.5, share: 0.01, limit: 0.001)
        #expect(
            "\(coarse)" == "burgers: not resolved at time 0.5: the shortest waves hold 0.01 of the energy, limit 0.001: take a finer grid")
        let lost = SolverError.notConserved(solver: "smoke", quantity: "mean of s", time: 2, drift: 0.5, limit: 1e-9)
        #expect("\(lost)" == "smoke: mean of s is not conserved at time 2: it has changed by 0.5, relative, limit 1e-09")
        let open = SolverError.unbalanced(solver: "burgers", defect: 0.02, limit: 1e-3)
        #expect(
            "\(open)" == "burgers: the energy changes otherwise than the equation says, by 0.02 of itself between two frames, limit 0.001")
        let long = SolverError.inexactStep(solver: "burgers", timeStep: 0.5, error: 0.02, limit: 1e-3)
        #expect("\(long)" == "burgers: steps of 0.5 are inexact by up to 0.02 of the solution, limit 0.001: take smaller ones")
        let risen = SolverError.inadmissible(solver: "wave", quantity: "energy rises above its bound", time: 0.5, excess: 0.25, limit: 1e-9)
        #expect("\(risen)" == "wave: energy rises above its bound at time 0.5, by 0.25, relative, limit 1e-09")
        let bad = SolverError.invalidInput(key: "coefficient", found: "-1.0", allowed: "finite and > 0")
        #expect("\(bad)" == "coefficient: found -1.0, allowed: finite and > 0")
    }
}
