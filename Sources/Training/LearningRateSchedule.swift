import Foundation

/// The learning rate as a pure function of the step, so that a continued training cannot restart a warm-up.
///
/// Steps count from 0; `rate` is the rate used for that update. Multiples refer to the base rate of the case, which for `oneCycle` is the
/// highest rate. A rule with an `interval` of `.epoch` holds its value over each epoch.
public enum LearningRateSchedule: Sendable, Equatable, Codable {
    /// How often the rate may change.
    public enum Interval: String, Sendable, Codable, CaseIterable {
        case step, epoch
    }

    /// The base rate throughout.
    case constant
    /// Multiplied by `factor` after every `epochs` epochs.
    case step(factor: Double, epochs: Int)
    /// Multiplied by `factor` at each of the epochs `milestones`.
    case multiStep(factor: Double, milestones: [Int])
    /// Multiplied by `factor` once an epoch, smoothly in between for `.step`.
    case exponential(factor: Double, interval: Interval)
    /// `final + (base - final) (1 + cos(pi t / T)) / 2` over the whole training, with `final = finalFactor base`.
    /// (I. Loshchilov, F. Hutter, "SGDR", ICLR 2017, eq. 5, without restarts.)
    case cosine(finalFactor: Double, interval: Interval)
    /// From `base / divisor` along half a cosine up to the base rate during the fraction `rise` of the training, then along another down
    /// to `base / divisor / finalDivisor`; the curve of PyTorch's `OneCycleLR` with cosine annealing and two phases.
    case oneCycle(rise: Double, divisor: Double, finalDivisor: Double, interval: Interval)
    /// Linear from `startFactor base` to the base rate during `warmUp` epochs, then half a cosine down to `finalFactor base`.
    case warmUpCosine(warmUp: Double, startFactor: Double, finalFactor: Double, interval: Interval)
    /// `base / (1 + decay t / period)`, `t` and `period` in epochs (fractions allowed for `.step`).
    case inverseTime(decay: Double, period: Double, interval: Interval)

    /// PyTorch's defaults of the one-cycle rule, changed at each step.
    public static let oneCycle = LearningRateSchedule.oneCycle(rise: 0.3, divisor: 25, finalDivisor: 1e4, interval: .step)

    /// The rate of update number `step` (from 0) out of `totalSteps`, with `stepsPerEpoch` updates an epoch.
    public func rate(base: Double, step: Int, stepsPerEpoch: Int, totalSteps: Int) -> Double {
        precondition(step >= 0 && step < totalSteps && stepsPerEpoch > 0, "step \(step) of \(totalSteps), \(stepsPerEpoch) an epoch")
        let epoch = step / stepsPerEpoch
        /// Elapsed and total time in units of the interval, and that unit in epochs.
        func clock(_ interval: Interval) -> (time: Double, total: Double, unit: Double) {
            switch interval {
            case .step: (Double(step), Double(totalSteps), 1 / Double(stepsPerEpoch))
            case .epoch: (Double(epoch), Double((totalSteps + stepsPerEpoch - 1) / stepsPerEpoch), 1)
            }
        }
        switch self {
        case .constant: return base
        case .step(let factor, let epochs): return base * pow(factor, Double(epoch / epochs))
        case .multiStep(let factor, let milestones): return base * pow(factor, Double(milestones.count { $0 <= epoch }))
        case .exponential(let factor, let interval):
            let clock = clock(interval)
            return base * pow(factor, clock.time * clock.unit)
        case .cosine(let finalFactor, let interval):
            let clock = clock(interval)
            return base * halfCosine(from: 1, to: finalFactor, clock.time / clock.total)
        case .oneCycle(let rise, let divisor, let finalDivisor, let interval):
            let clock = clock(interval)
            let (top, end) = (rise * clock.total - 1, clock.total - 1)
            if clock.time <= top { return base * halfCosine(from: 1 / divisor, to: 1, top > 0 ? clock.time / top : 1) }
            return base * halfCosine(from: 1, to: 1 / divisor / finalDivisor, end > top ? (clock.time - top) / (end - top) : 1)
        case .warmUpCosine(let warmUp, let startFactor, let finalFactor, let interval):
            let clock = clock(interval)
            let (time, total) = (clock.time * clock.unit, clock.total * clock.unit)
            if time < warmUp { return base * (startFactor + (1 - startFactor) * time / warmUp) }
            return base * halfCosine(from: 1, to: finalFactor, total > warmUp ? (time - warmUp) / (total - warmUp) : 1)
        case .inverseTime(let decay, let period, let interval):
            let clock = clock(interval)
            return base / (1 + decay * clock.time * clock.unit / period)
        }
    }

    /// Half a cosine from `start` (at 0) to `end` (at 1).
    private func halfCosine(from start: Double, to end: Double, _ fraction: Double) -> Double {
        end + (start - end) / 2 * (1 + cos(.pi * fraction))
    }

    /// The first setting that makes no sense, with what is allowed; `nil` if all is well.
    public var problem: (setting: String, found: String, allowed: String)? {
        func check(_ isValid: Bool, _ setting: String, _ found: Any, _ allowed: String) -> (String, String, String)? {
            isValid ? nil : (setting, "\(found)", allowed)
        }
        func factor(_ value: Double, _ name: String, below: Double = 1) -> (String, String, String)? {
            check(value > 0 && value <= below, name, value, "above 0, at most \(below)")
        }
        switch self {
        case .constant: return nil
        case .step(let value, let epochs): return factor(value, "factor") ?? check(epochs > 0, "epochs", epochs, "1 or more")
        case .multiStep(let value, let milestones):
            return factor(value, "factor") ?? check(milestones.allSatisfy { $0 > 0 }, "milestones", milestones, "epochs from 1")
        case .exponential(let value, _): return factor(value, "factor")
        case .cosine(let final, _): return check(final >= 0 && final <= 1, "final factor", final, "0 to 1")
        case .oneCycle(let rise, let divisor, let finalDivisor, _):
            return check(rise > 0 && rise < 1, "rise", rise, "between 0 and 1")
                ?? check(divisor >= 1, "divisor", divisor, "1 or more")
                ?? check(finalDivisor > 0, "final divisor", finalDivisor, "above 0")
        case .warmUpCosine(let warmUp, let start, let final, _):
            return check(warmUp >= 0, "warm-up", warmUp, "0 epochs or more")
                ?? check(start >= 0 && start <= 1, "start factor", start, "0 to 1")
                ?? check(final >= 0 && final <= 1, "final factor", final, "0 to 1")
        case .inverseTime(let decay, let period, _):
            return check(decay >= 0, "decay", decay, "0 or more") ?? check(period > 0, "period", period, "above 0")
        }
    }
}
