import Foundation
import Metrics
import Tensors
import Testing

@Suite struct BootstrapTests {
    @Test("the interval covers the mean of a skewed law about as often as it says")
    func coverage() throws {
        let bootstrap = Bootstrap(resamples: 600, level: 0.9, seed: 11)
        var (covered, tooLow) = (0, 0)
        let trials = 300
        for trial in 0..<trials {
            // Exponential with mean 1, 40 samples.
            let values = Philox(seed: 5, stream: UInt64(trial)).uniforms(40).map { -log($0) }
            let interval = try #require(bootstrap.mean(values))
            if interval.lower <= 1 && 1 <= interval.upper { covered += 1 }
            if interval.upper < 1 { tooLow += 1 }
        }
        // 90 % within three standard errors (1.7 %), less what 40 samples cost.
        #expect(Double(covered) / Double(trials) > 0.84)
        #expect(Double(covered) / Double(trials) < 0.95)
        #expect(Double(tooLow) / Double(trials) < 0.11)
    }

    @Test("close to the textbook interval of a normal mean")
    func normal() throws {
        let values = Philox(seed: 8, stream: 1).normals(400)
        let interval = try #require(Bootstrap(resamples: 4000, seed: 2).mean(values))
        let mean = values.reduce(0, +) / 400
        let deviation = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399).squareRoot()
        #expect(interval.estimate == mean)
        #expect(abs(interval.lower - (mean - 1.96 * deviation / 20)) < 0.1 * deviation / 20)
        #expect(abs(interval.upper - (mean + 1.96 * deviation / 20)) < 0.1 * deviation / 20)
    }

    @Test func degenerateSets() throws {
        #expect(Bootstrap().mean([1, 2]) == nil)
        let constant = try #require(Bootstrap().mean([3, 3, 3, 3]))
        #expect(constant.lower == 3 && constant.upper == 3)
        let diverged = try #require(Bootstrap().mean([1, 2, .infinity, 3]))
        #expect(diverged.upper == .infinity)
        let values = Philox(seed: 1, stream: 9).normals(20)
        #expect(Bootstrap(seed: 4).mean(values) == Bootstrap(seed: 4).mean(values))
        #expect(Bootstrap(seed: 4).mean(values) != Bootstrap(seed: 5).mean(values))
    }
}

@Suite struct ConvergenceOrderTests {
    @Test("exact powers")
    func exact() {
        let order = ConvergenceOrder(spacings: [0.1, 0.4, 0.2], errors: [0.03, 0.48, 0.12])
        #expect(order.spacings == [0.4, 0.2, 0.1])
        #expect(order.pairwise.allSatisfy { abs($0 - 2) < 1e-12 })
        #expect(abs(order.fitted.estimate - 2) < 1e-12)
        #expect(abs(order.constant - 3) < 1e-12)
        #expect(order.fitted.upper - order.fitted.lower < 1e-10)
    }

    @Test("the interval of four points against values worked out by hand")
    func interval() {
        // ln h = 0, 1, 2, 3 (descending h stored), ln e = 0, 2, 4, 7: slope 2.3, residuals 0.2 -0.1 -0.4 0.3, sum of squares 0.3,
        // standard error sqrt(0.3 / 2 / 5) = 0.1732, t(0.975, 2) = 4.30265.
        let order = ConvergenceOrder(spacings: [0, 1, 2, 3].map { exp($0) }, errors: [0, 2, 4, 7].map { exp($0) })
        #expect(abs(order.fitted.estimate - 2.3) < 1e-12)
        #expect(abs(order.fitted.upper - 2.3 - 4.302653 * 0.03.squareRoot()) < 1e-5)
    }

    @Test(
        "t quantiles through the interval of three and five points",
        arguments: [(3, 12.706205), (4, 4.302653), (5, 3.182446), (6, 2.776445), (12, 2.228139)])
    func quantiles(points: Int, quantile: Double) {
        let x = (0..<points).map(Double.init)
        let y = x.map { 2 * $0 + (Int($0) % 2 == 0 ? 0.1 : -0.1) }
        let order = ConvergenceOrder(spacings: x.map { exp($0) }, errors: y.map { exp($0) })
        let meanX = x.reduce(0, +) / Double(points)
        let sxx = x.reduce(0) { $0 + ($1 - meanX) * ($1 - meanX) }
        let intercept = y.reduce(0, +) / Double(points) - order.fitted.estimate * meanX
        let residual = zip(x, y).reduce(0) { sum, point in
            let r = point.1 - intercept - order.fitted.estimate * point.0
            return sum + r * r
        }
        let standardError = (residual / Double(points - 2) / sxx).squareRoot()
        #expect(abs((order.fitted.upper - order.fitted.estimate) / standardError - quantile) < 1e-5)
    }

    @Test("two points have a slope and no interval")
    func twoPoints() {
        let order = ConvergenceOrder(spacings: [1, 0.5], errors: [1, 0.25])
        #expect(abs(order.fitted.estimate - 2) < 1e-12 && order.fitted.upper == .infinity)
    }

    @Test("differences of solutions give order and error of the finest one")
    func selfConvergence() {
        // Errors 16, 4, 1: differences 12, 3; the finest error is 1.
        let estimate = SelfConvergence(differences: [12, 3])
        #expect(abs(estimate.orders[0] - 2) < 1e-12 && abs(estimate.finestError - 1) < 1e-12)
        #expect(SelfConvergence(differences: [1, 2]).finestError == .infinity)
    }
}

@Suite struct CorrelationTimeTests {
    @Test func crossings() {
        let times = [0.0, 1, 2, 3]
        #expect(
            CorrelationTime(correlations: [1, 0.9, 0.7, 0.1], times: times, threshold: 0.8).time == 1 + 0.1 / (0.9 - 0.7) * (1 - 1e-16))
        let never = CorrelationTime(correlations: [1, 1, 0.99, 0.95], times: times, threshold: 0.9)
        #expect(never.time == 3 && never.isLowerBound)
        #expect(CorrelationTime(correlations: [0.5, 1, 1, 1], times: times, threshold: 0.9).time == 0)
        let diverged = CorrelationTime(correlations: [1, 0.95, .nan, .nan], times: times, threshold: 0.9)
        #expect(diverged.time == 1 && !diverged.isLowerBound)
    }

    @Test("the metric of a series: a prediction that decorrelates after the first output")
    func series() throws {
        let truth = Tensor<Double>([4], [1, -1, 1, -1])
        let other = Tensor<Double>([4], [1, 1, -1, -1])
        let value = try Metric.correlationTime80.value(
            predictions: [truth, other], truths: [truth, truth], times: [0, 1], on: .periodicBox([4]))
        #expect(abs(value - 0.2) < 1e-12)
    }
}

@Suite struct CostErrorTests {
    func settings(_ pairs: (Double, Double)...) -> [CostError] { pairs.map { CostError(cost: $0.0, error: $0.1) } }

    @Test("the front keeps what nothing beats")
    func front() {
        let front = CostError.front(settings((4, 1), (1, 8), (2, 9), (3, 4), (3, 5), (5, 1)))
        #expect(front == settings((1, 8), (3, 4), (4, 1)))
    }

    @Test("cost at equal error, linear in the logarithms, never extrapolated")
    func equalError() throws {
        let sweep = settings((1, 16), (4, 4), (16, 1))
        #expect(abs(try #require(CostError.cost(of: sweep, atError: 8)) - 2) < 1e-12)
        #expect(CostError.cost(of: sweep, atError: 4) == 4 && CostError.cost(of: sweep, atError: 16) == 1)
        #expect(CostError.cost(of: sweep, atError: 17) == nil && CostError.cost(of: sweep, atError: 0.5) == nil)
    }

    @Test func breakEven() {
        #expect(CostError.breakEvenSolves(fixedCost: 600, solver: 3, operator: 1) == 300)
        #expect(CostError.breakEvenSolves(fixedCost: 600, solver: 1, operator: 1) == nil)
    }
}

@Suite struct OrderStatisticsTests {
    @Test("quantiles between order statistics")
    func quantiles() {
        #expect(Quantile.of([4, 1, 3, 2], 0.5) == 2.5 && Quantile.of([4, 1, 3, 2], 0) == 1 && Quantile.of([4, 1, 3, 2], 1) == 4)
        #expect(Quantile.of([1, .infinity, .nan], 0.5) == .infinity && Quantile.of([7], 0.3) == 7)
        #expect(abs(Quantile.of([0, 10, 20, 30, 40], 0.1) - 4) < 1e-12)
    }

    @Test("Spearman: only the order counts, ties share their rank")
    func spearman() {
        #expect(abs(RankCorrelation.spearman([1, 2, 3, 4], [1, 8, 27, 1000]) - 1) < 1e-14)
        #expect(abs(RankCorrelation.spearman([1, 2, 3, 4], [4, 3, 2, 1]) + 1) < 1e-14)
        // Ranks 0, 1.5, 1.5, 3 against 0, 1, 2, 3: covariance 4.5, sums of squares 4.5 and 5.
        #expect(abs(RankCorrelation.spearman([1, 2, 2, 3], [1, 2, 3, 4]) - 4.5 / (4.5 * 5).squareRoot()) < 1e-14)
        #expect(RankCorrelation.spearman([1, 1, 1], [1, 2, 3]) == 0)
    }
}
