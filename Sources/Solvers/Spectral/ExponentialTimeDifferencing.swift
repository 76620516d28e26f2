import Tensors

/// The fourth-order exponential Runge-Kutta method ETDRK4 with an embedded error estimate, for any `SemilinearSpectralEquation`.
///
/// The linear part is integrated exactly; with the tables of `ExponentialCoefficients` (E = e^{hL}, ...) a step from u to u' is
///
///     a = E_half u + Q N(u)        b = E_half u + Q N(a)        c = E_half a + Q (2 N(b) - N(u))
///     u' = E u + f1 N(u) + f2 (N(a) + N(b)) + f3 N(c)
///
/// (N(b) and N(c) at the times of their stages). N(u') is the first stage of the next step, so a step costs four evaluations of N, and the
/// estimate costs none: with N(u') weighted 3/5 and N(c) 2/5 in place of N(c) the result is of third order, and the difference,
///
///     (3/5) f3 (N(c) - N(u')),
///
/// estimates the error of a step. It is of one order less than the error of u', so tolerances are met with a margin.
///
/// Steps are equal parts of the time to the next output, so that the tables change rarely.
///
/// Every accepted step enters an `EnergyBudget`, which needs no evaluation of N and does not touch the tables of the step; what it misses is
/// `IntegrationReport.energyDefect`.
///
/// ## References
/// S. M. Cox, P. C. Matthews, J. Comput. Phys. 176 (2002) 430; A.-K. Kassam, L. N. Trefethen, SIAM J. Sci. Comput. 26 (2005) 1214;
/// S. Balac, F. Mahe, "Embedded Runge-Kutta scheme for step-size control in the interaction picture method", Comput. Phys. Commun. 184 (2013)
/// 1211 (the weights 1/15 and 1/10 of the embedded formula for L = 0).
public final class ExponentialTimeDifferencing<Equation: SemilinearSpectralEquation> {
    /// Precision of the state.
    public typealias Element = Equation.Element

    /// The equation that is integrated.
    public let equation: Equation
    /// How steps are chosen.
    public let control: TimeStepControl

    private let symbol: LinearSymbol
    private let count: Int
    private var coefficients: ExponentialCoefficients<Element>
    /// Real part of L for every scalar of a state.
    private let growth: Tensor<Element>
    private let work: Tensor<Element>

    /// Blocks of the work space, each of one state.
    private enum Block: Int, CaseIterable { case state, next, stage, firstRate, secondRate, thirdRate, fourthRate, nextRate }

    /// A stepper for `equation`.
    ///
    /// - Throws: `SolverError.invalidInput` for a step or tolerance out of range.
    public init(_ equation: Equation, control: TimeStepControl) throws {
        try control.check(roundOff: Double(Element.ulpOfOne))
        self.equation = equation
        self.control = control
        symbol = equation.linearSymbol
        count = symbol.scalarCount
        coefficients = ExponentialCoefficients(symbol: symbol)
        growth = Tensor([count], symbol.growthRates.map { Element($0) })
        work = Tensor(uninitialized: [Block.allCases.count, count])
    }

    /// Integrates from `state` at time 0 to the last of `times`, where `state` is left.
    ///
    /// - Parameters:
    ///   - state: complex pairs in the order of the equation.
    ///   - times: ascending, 0 or later.
    ///   - deliver: takes the number of each time and the state there, valid during the call.
    /// - Throws: `SolverError.diverged` when the state is not finite or steps become too small to go on; `SolverError.cflViolation` when a fixed
    ///   step is longer than the equation allows; what `deliver` throws.
    @discardableResult
    public func integrate(
        _ state: UnsafeMutablePointer<Element>, times: [Double], deliver: (Int, UnsafePointer<Element>) throws -> Void
    ) throws -> IntegrationReport {
        guard let end = times.last else { return IntegrationReport(steps: 0, timeStep: 0...0) }
        var blocks = Blocks(work.kernelPointer, count)
        blocks.state.update(from: UnsafePointer(state), count: count)
        var progress = Progress(end: end)
        if end > 0 {
            equation.nonlinearTerm(of: blocks.state, time: 0, into: blocks.rate)
            let size = norm(blocks.state)
            progress.budget = EnergyBudget(energy: size * size / 2, rate: power(blocks))
        }
        for (number, target) in times.enumerated() {
            if target > progress.time {
                try advance(&blocks, &progress, to: target)
                progress.budget?.close()
            }
            try deliver(number, UnsafePointer(blocks.state))
        }
        state.update(from: UnsafePointer(blocks.state), count: count)
        return IntegrationReport(
            steps: progress.steps, rejected: progress.rejected,
            timeStep: progress.steps == progress.rejected ? 0...0 : progress.smallest...progress.largest,
            stepError: progress.stepError, energyDefect: progress.budget?.defect)
    }

    /// Addresses of the work space; the first two pairs are swapped when a step is accepted.
    private struct Blocks {
        var state, next, rate, nextRate: UnsafeMutablePointer<Element>
        let stage, a, b, c: UnsafeMutablePointer<Element>

        init(_ base: UnsafeMutablePointer<Element>, _ count: Int) {
            func block(_ block: Block) -> UnsafeMutablePointer<Element> { base + block.rawValue * count }
            (state, next, rate, nextRate) = (block(.state), block(.next), block(.firstRate), block(.nextRate))
            (stage, a, b, c) = (block(.stage), block(.secondRate), block(.thirdRate), block(.fourthRate))
        }

        mutating func accept() {
            swap(&state, &next)
            swap(&rate, &nextRate)
        }
    }

    private struct Progress {
        let end: Double
        var time = 0.0
        /// The step that the error control wants.
        var wanted: Double?
        var steps = 0
        var rejected = 0
        var smallest = Double.infinity
        var largest = 0.0
        var budget: EnergyBudget?
        var stepError = 0.0
    }

    private func advance(_ blocks: inout Blocks, _ progress: inout Progress, to target: Double) throws {
        var wanted = progress.wanted ?? firstStep(blocks, until: progress.end)
        wanted = min(wanted, try longestStep(progress))
        var left = try plan(target - progress.time, wanted, progress)
        while left > 0 {
            let step = coefficients.timeStep
            let norm = take(step, from: progress.time, blocks)
            progress.steps += 1
            let estimate = errorEstimate(blocks)
            var factor = 1.0
            switch control {
            case .fixed:
                guard norm.isFinite else { throw diverged(progress, "norm of the state", norm) }
            case .adaptive(let tolerance, _):
                // Rest, norm = 0, has no error.
                let share = norm == 0 ? 0 : estimate / (tolerance * norm)
                factor = norm.isFinite && share.isFinite ? (share > 0 ? min(4, max(0.2, 0.9 * Double.pow(share, -0.25))) : 4) : 0.2
                if !(share <= 1) {
                    progress.rejected += 1
                    wanted = min(factor, 0.9) * step
                    left = try plan(target - progress.time, wanted, progress)
                    continue
                }
            }
            if norm > 0 { progress.stepError = max(progress.stepError, estimate / norm) }
            blocks.accept()
            progress.budget?.advance(step, energy: norm * norm / 2, rate: power(blocks))
            left -= 1
            progress.time = left == 0 ? target : progress.time + step
            progress.smallest = min(progress.smallest, step)
            progress.largest = max(progress.largest, step)
            let limit = try longestStep(progress)
            // A little growth is not worth new tables.
            if factor == 4 { wanted = max(wanted, 4 * step) } else if factor < 1 || factor > 1.25 { wanted = factor * step }
            wanted = min(wanted, limit)
            if left > 0, step > limit || factor > 1.25 { left = try plan(target - progress.time, wanted, progress) }
        }
        progress.wanted = wanted
    }

    private func diverged(_ progress: Progress, _ quantity: String, _ value: Double) -> SolverError {
        .diverged(solver: equation.name, step: progress.steps, time: progress.time, quantity: quantity, value: value)
    }

    /// Number of equal steps over `duration`, none longer than `wanted`; makes the tables for them.
    private func plan(_ duration: Double, _ wanted: Double, _ progress: Progress) throws -> Int {
        // Steps that vanish against the whole integration are those of a solution that becomes infinite.
        guard wanted > 1e-9 * progress.end else { throw diverged(progress, "time step", wanted) }
        let number = max(1, (duration / wanted * (1 - 1e-9)).rounded(.up))
        let step = duration / number
        // Equal up to round-off: the tables that there are will do.
        if !(abs(coefficients.timeStep - step) <= 1e-12 * step) {
            coefficients = ExponentialCoefficients(coefficients, symbol: symbol, timeStep: step)
        }
        return Int(number)
    }

    /// The longest step that control and stability allow where the integration is.
    private func longestStep(_ progress: Progress) throws -> Double {
        let stable = equation.stableTimeStep
        switch control {
        case .fixed(let step):
            guard step <= stable else {
                throw SolverError.cflViolation(solver: equation.name, courant: step / stable, limit: 1, timeStep: step)
            }
            return step
        case .adaptive(_, let largest): return min(largest, stable)
        }
    }

    /// A cautious first step: a hundredth of the time in which N would change the state by its norm.
    private func firstStep(_ blocks: Blocks, until end: Double) -> Double {
        if case .fixed(let step) = control { return step }
        let (size, rate) = (norm(blocks.state), norm(blocks.rate))
        return size > 0 && rate > 0 ? min(end, max(0.01 * size / rate, 1e-6 * end)) : 1e-3 * end
    }

    /// One step into `next` and `nextRate`; returns the norm of `next`.
    private func take(_ step: Double, from time: Double, _ blocks: Blocks) -> Double {
        let (state, next, stage) = (UnsafePointer(blocks.state), UnsafePointer(blocks.next), UnsafePointer(blocks.stage))
        let (rate, a, b, c) = (UnsafePointer(blocks.rate), UnsafePointer(blocks.a), UnsafePointer(blocks.b), UnsafePointer(blocks.c))
        // The third stage starts from the first, which stays in `next` until the end.
        coefficients.stage(state, rate, into: blocks.next)
        equation.nonlinearTerm(of: next, time: time + step / 2, into: blocks.a)
        coefficients.stage(state, a, into: blocks.stage)
        equation.nonlinearTerm(of: stage, time: time + step / 2, into: blocks.b)
        coefficients.extrapolatedStage(next, b, rate, into: blocks.stage)
        equation.nonlinearTerm(of: stage, time: time + step, into: blocks.c)
        coefficients.finalStage(state, rate, a, b, c, into: blocks.next)
        equation.nonlinearTerm(of: next, time: time + step, into: blocks.nextRate)
        return norm(next)
    }

    /// `||(3/5) f3 (N(c) - N(u'))||` after a step.
    private func errorEstimate(_ blocks: Blocks) -> Double {
        coefficients.lastDifference(UnsafePointer(blocks.c), UnsafePointer(blocks.nextRate), into: blocks.stage)
        return 0.6 * norm(UnsafePointer(blocks.stage))
    }

    /// `<u, L u + N(u)>` of the state, the rate of `|u|^2 / 2`.
    private func power(_ blocks: Blocks) -> Double {
        Double(ExponentialKernels.power(count, growth.basePointer, UnsafePointer(blocks.state), UnsafePointer(blocks.rate)))
    }

    private func norm(_ x: UnsafePointer<Element>) -> Double { Double(Kernels.dot(count, x, x)).squareRoot() }
}
