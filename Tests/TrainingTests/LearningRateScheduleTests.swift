import Foundation
import Testing
import Training

@Suite struct LearningRateScheduleTests {
    private func rates(_ schedule: LearningRateSchedule, base: Double = 1, perEpoch: Int, total: Int) -> [Double] {
        (0..<total).map { schedule.rate(base: base, step: $0, stepsPerEpoch: perEpoch, totalSteps: total) }
    }

    private func expect(_ found: [Double], _ wanted: [Double], sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(found.count == wanted.count, sourceLocation: sourceLocation)
        for (index, (a, b)) in zip(found, wanted).enumerated() {
            #expect(abs(a - b) <= 1e-12 * max(abs(b), 1e-6), "rate \(index): \(a) against \(b)", sourceLocation: sourceLocation)
        }
    }

    @Test func constant() { expect(rates(.constant, base: 0.1, perEpoch: 2, total: 4), [0.1, 0.1, 0.1, 0.1]) }

    @Test func steps() {
        expect(rates(.step(factor: 0.5, epochs: 2), base: 8, perEpoch: 1, total: 6), [8, 8, 4, 4, 2, 2])
        expect(rates(.step(factor: 0.5, epochs: 1), base: 8, perEpoch: 3, total: 7), [8, 8, 8, 4, 4, 4, 2])
        expect(rates(.multiStep(factor: 0.1, milestones: [1, 3]), perEpoch: 1, total: 5), [1, 0.1, 0.1, 0.01, 0.01])
        // Order and repetition of milestones: a repeated one counts twice, as in PyTorch.
        expect(rates(.multiStep(factor: 0.1, milestones: [3, 1, 1]), perEpoch: 1, total: 4), [1, 0.01, 0.01, 0.001])
    }

    @Test func exponential() {
        expect(rates(.exponential(factor: 0.25, interval: .epoch), perEpoch: 2, total: 5), [1, 1, 0.25, 0.25, 0.0625])
        expect(rates(.exponential(factor: 0.25, interval: .step), perEpoch: 2, total: 5), [1, 0.5, 0.25, 0.125, 0.0625])
    }

    @Test func cosine() {
        let half = 0.5.squareRoot()
        expect(
            rates(.cosine(finalFactor: 0, interval: .step), base: 2, perEpoch: 4, total: 4), [2, 1 + half, 1, 1 - half])
        expect(
            rates(.cosine(finalFactor: 0.1, interval: .epoch), base: 10, perEpoch: 2, total: 4), [10, 10, 5.5, 5.5])
    }

    /// `OneCycleLR(max_lr=1, total_steps=10, pct_start=0.3, div_factor=25, final_div_factor=1e4)`: the rise ends at step 2.
    @Test func oneCycle() {
        let found = rates(.oneCycle, perEpoch: 5, total: 10)
        let low = 1.0 / 25
        let final = low / 1e4
        expect(Array(found[..<3]), [low, (1 + low) / 2, 1])
        expect(
            Array(found[3...]), (1...7).map { final + (1 - final) * (1 + cos(.pi * Double($0) / 7)) / 2 })
        expect([found[9]], [4e-6])
    }

    /// A fifth of 10 epochs, from half the rate, down to a two-hundredth: the peak is at epoch 1, and steps within an epoch do not count.
    @Test func oneCyclePerEpoch() {
        let schedule = LearningRateSchedule.oneCycle(rise: 0.2, divisor: 2, finalDivisor: 100, interval: .epoch)
        let found = rates(schedule, base: 5e-4, perEpoch: 3, total: 30)
        for epoch in 0..<10 { #expect(Set(found[(3 * epoch)..<(3 * epoch + 3)]).count == 1) }
        expect([found[0], found[3], found[29]], [2.5e-4, 5e-4, 2.5e-6])
        expect([found[6]], [2.5e-6 + (5e-4 - 2.5e-6) * (1 + cos(.pi / 8)) / 2])
    }

    @Test func oneCycleOfVeryFewSteps() {
        for total in 1...4 {
            let found = rates(.oneCycle, perEpoch: 1, total: total)
            #expect(found.allSatisfy { $0 > 0 && $0 <= 1 })
        }
    }

    @Test func warmUpCosine() {
        let schedule = LearningRateSchedule.warmUpCosine(warmUp: 2, startFactor: 0.1, finalFactor: 0.2, interval: .epoch)
        let root = 0.5.squareRoot()
        expect(rates(schedule, base: 10, perEpoch: 1, total: 6), [1, 5.5, 10, 6 + 4 * root, 6, 6 - 4 * root])
        let perStep = LearningRateSchedule.warmUpCosine(warmUp: 1, startFactor: 0, finalFactor: 0, interval: .step)
        expect(rates(perStep, base: 8, perEpoch: 4, total: 8), [0, 2, 4, 6, 8, 4 + 4 * root, 4, 4 - 4 * root])
        expect(
            rates(.warmUpCosine(warmUp: 0, startFactor: 0, finalFactor: 0, interval: .step), perEpoch: 1, total: 2), [1, 0.5])
    }

    @Test func inverseTime() {
        expect(rates(.inverseTime(decay: 0.5, period: 2, interval: .epoch), perEpoch: 1, total: 5), [1, 0.8, 2.0 / 3, 4.0 / 7, 0.5])
        expect(rates(.inverseTime(decay: 1, period: 1, interval: .step), perEpoch: 2, total: 3), [1, 2.0 / 3, 0.5])
    }

    @Test(
        "settings without sense are named",
        arguments: [
            (.step(factor: 0, epochs: 1), "factor"), (.step(factor: 0.5, epochs: 0), "epochs"),
            (.multiStep(factor: 0.5, milestones: [0]), "milestones"), (.exponential(factor: 2, interval: .step), "factor"),
            (.cosine(finalFactor: 2, interval: .step), "final factor"),
            (.oneCycle(rise: 1, divisor: 2, finalDivisor: 2, interval: .step), "rise"),
            (.oneCycle(rise: 0.5, divisor: 0.5, finalDivisor: 2, interval: .step), "divisor"),
            (.warmUpCosine(warmUp: -1, startFactor: 0, finalFactor: 0, interval: .step), "warm-up"),
            (.inverseTime(decay: 1, period: 0, interval: .step), "period"),
        ] as [(LearningRateSchedule, String)])
    func problems(_ schedule: LearningRateSchedule, _ setting: String) {
        #expect(schedule.problem?.setting == setting)
        #expect(LearningRateSchedule.oneCycle.problem == nil)
    }

    @Test func survivesJSON() throws {
        let schedule = LearningRateSchedule.oneCycle(rise: 0.2, divisor: 2, finalDivisor: 100, interval: .epoch)
        #expect(try JSONDecoder().decode(LearningRateSchedule.self, from: JSONEncoder().encode(schedule)) == schedule)
    }
}
