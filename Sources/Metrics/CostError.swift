import Numerics

/// One setting of a method: what a solve costs and how wrong it is.
public struct CostError: Sendable, Equatable, Codable {
    /// Cost of one solve, such as seconds.
    public var cost: Double
    /// Error.
    public var error: Double

    /// A setting.
    public init(cost: Double, error: Double) {
        self.cost = cost
        self.error = error
    }

    /// The Pareto front: the settings that no other beats in both cost and error, cheapest first.
    public static func front(_ settings: [CostError]) -> [CostError] {
        var result: [CostError] = []
        for setting in settings.sorted(by: { ($0.cost, $0.error) < ($1.cost, $1.error) })
        where setting.error < result.last?.error ?? .infinity {
            result.append(setting)
        }
        return result
    }

    /// The cost at which a sweep reaches `error`: linear in the logarithms between neighbours of its front.
    ///
    /// Nil where `error` lies outside the sweep: a coarser or a finer setting is needed, extrapolating would be a guess.
    public static func cost(of sweep: [CostError], atError error: Double) -> Double? {
        let front = front(sweep)
        for setting in front where setting.error == error { return setting.cost }
        for (coarse, fine) in zip(front, front.dropFirst()) where fine.error < error && error < coarse.error {
            let fraction = Double.log(coarse.error / error) / Double.log(coarse.error / fine.error)
            return coarse.cost * Double.pow(fine.cost / coarse.cost, fraction)
        }
        return nil
    }

    /// The number of solves after which an investment pays off: `fixedCost / (solver - operator)` costs per solve.
    ///
    /// Nil if a solve with the operator is not cheaper, so that it never does.
    ///
    /// ## References
    /// N. McGreivy, A. Hakim, Nature Machine Intelligence 6 (2024) 1256-1269 (arXiv:2407.07218), on counting what the training costs.
    public static func breakEvenSolves(fixedCost: Double, solver: Double, operator: Double) -> Double? {
        precondition(fixedCost >= 0 && solver >= 0 && `operator` >= 0, "costs \(fixedCost), \(solver), \(`operator`)")
        return `operator` < solver ? fixedCost / (solver - `operator`) : nil
    }
}
