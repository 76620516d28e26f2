import Tensors

extension EvolutionSolver {
    /// Checks what every solver asks of its input.
    ///
    /// - Precondition: `initial` has the shape of a state, `times` are finite, ascending and not negative.
    /// - Throws: `SolverError.invalidInput` where the initial state is not finite.
    func checkInput(_ initial: Tensor<Double>, _ times: [Double]) throws {
        precondition(initial.shape == shape + [fieldCount], "initial state of shape \(initial.shape), states are \(shape + [fieldCount])")
        precondition(
            times.allSatisfy { $0.isFinite && $0 >= 0 } && zip(times, times.dropFirst()).allSatisfy { $0 <= $1 },
            "output times must be finite, ascending and not negative: \(times)")
        if let index = Kernels.firstNonFinite(initial.count, initial.basePointer) {
            throw SolverError.invalidInput(
                key: "initial state", found: "\(initial.basePointer[index]) at value \(index)", allowed: "finite values")
        }
    }
}
