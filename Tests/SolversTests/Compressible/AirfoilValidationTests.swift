import Foundation
import Solvers
import Tensors
import Testing

/// Published inviscid values for NACA 0012 on three grids, and the random shapes of the airfoil data set.
///
/// Run with `EDDY_VALIDATE=1 swift test -c release --filter AirfoilValidationTests`; it prints a table.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["EDDY_VALIDATE"] != nil))
struct AirfoilValidationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let mach: Double
        let angle: Double
        let lift: ClosedRange<Double>
        let drag: ClosedRange<Double>
        let shock: ClosedRange<Double>?
        var testDescription: String { "Mach \(mach), angle \(angle)" }
    }

    /// Ranges that hold the published values; the shock is the sonic point on the upper surface.
    ///
    /// AGARD-AR-211 (1985); AGARD-AR-303 (1994); J. C. Vassberg, A. Jameson, J. Aircraft 47 (2010) 1152.
    static let cases = [
        Case(mach: 0.8, angle: 1.25, lift: 0.34...0.37, drag: 0.0220...0.0236, shock: 0.60...0.65),
        Case(mach: 0.8, angle: 0, lift: -1e-6...1e-6, drag: 0.0080...0.0090, shock: 0.48...0.53),
        Case(mach: 0.5, angle: 1.25, lift: 0.176...0.184, drag: -5e-4...5e-4, shock: nil),
    ]

    private func row(_ text: String, _ flow: EulerAirfoilSolution, _ seconds: Double) {
        func number(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }
        let fine = flow.history.filter { $0.columns == flow.grid.columns }
        print(
            text, "\(flow.grid.columns + 1) x \(flow.grid.rows + 1)", "C_L", String(format: "%.3e", flow.lift), "C_D", number(flow.drag, 6),
            "shock", flow.upperShock.map { number($0, 4) } ?? "-", "middle of the jump", jump(flow).map { number($0, 4) } ?? "-", "steps",
            flow.history.count - fine.count, "+", fine.count - 1, "Krylov",
            fine.reduce(0) { $0 + $1.linearIterations }, "seconds", number(seconds, 2))
    }

    /// x of the middle of the jump of the pressure through the shock on the upper surface, which is how shocks are read off published curves.
    private func jump(_ flow: EulerAirfoilSolution) -> Double? {
        guard let shock = flow.upperShock else { return nil }
        let half = flow.surface.x.count / 2
        let (x, cp) = (Array(flow.surface.x[..<half].reversed()), Array(flow.surface.pressureCoefficient[..<half].reversed()))
        var before = x.lastIndex { $0 <= shock }!
        var behind = before + 1
        while before > 0, cp[before - 1] < cp[before] { before -= 1 }
        while behind + 1 < cp.count, cp[behind + 1] > cp[behind] { behind += 1 }
        let middle = (cp[before] + cp[behind]) / 2
        let k = (before..<behind).first { cp[$0 + 1] >= middle }!
        return x[k] + (x[k + 1] - x[k]) * (middle - cp[k]) / (cp[k + 1] - cp[k])
    }

    @Test(arguments: cases)
    func publishedValues(of test: Case) throws {
        let solver = EulerAirfoilSolver()
        var flows: [EulerAirfoilSolution] = []
        for factor in [1, 2, 4] {
            let grid = try AirfoilGrid(AirfoilShape(), AirfoilGrid.Settings(family: .parabolic).refined(by: factor))
            let start = ProcessInfo.processInfo.systemUptime
            let flow = try solver.solve(grid, mach: test.mach, angleOfAttack: test.angle)
            let seconds = ProcessInfo.processInfo.systemUptime - start
            row(test.testDescription, flow, seconds)
            if factor == 1 { #expect(seconds < 15) }
            flows.append(flow)
            #expect(flow.residual <= 1e-8)
            // All three grids meet every published range, but for the subsonic drag on the first.
            #expect(test.lift.contains(flow.lift))
            if factor > 1 || test.shock != nil { #expect(test.drag.contains(flow.drag)) }
            if let shock = test.shock { #expect(shock.contains(try #require(flow.upperShock))) }
        }
        if test.shock == nil {
            // The drag of a subsonic flow is an error alone, and of second order in smooth flow with a singular trailing edge.
            #expect(flows[1].drag < 0.4 * flows[0].drag && flows[2].drag < 0.4 * flows[1].drag)
            #expect(abs(flows[2].lift - flows[1].lift) < 0.5 * abs(flows[1].lift - flows[0].lift))
        } else {
            // Shocks move by fractions of a cell, so the sequence need not be monotone; the finest two grids agree to 2 %.
            #expect(abs(flows[2].drag - flows[1].drag) < 0.02 * flows[1].drag)
            #expect(abs(flows[2].lift - flows[1].lift) < 0.02 * max(abs(flows[1].lift), 1e-6))
            // The sonic point and the middle of the jump are one place, up to the cells that the shock is smeared over, and it settles.
            let (sonic, middle) = (try flows.map { try #require($0.upperShock) }, try flows.map { try #require(jump($0)) })
            for (number, cell) in [1.0, 2, 4].map({ 0.025 / $0 }).enumerated() { #expect(abs(sonic[number] - middle[number]) < cell / 2) }
            #expect(abs(middle[1] - middle[0]) < 0.004 && abs(middle[2] - middle[1]) < 0.004, "\(middle)")
        }
    }

    @Test func liftDependsLittleOnTheDistanceOfTheBoundary() throws {
        let solver = EulerAirfoilSolver()
        let lifts = try [20.0, 40, 80].map { distance in
            let settings = AirfoilGrid.Settings(
                family: .parabolic, wakeCells: 60, surfaceCells: 120, normalCells: 60, radius: distance, wakeLength: distance)
            return try solver.solve(AirfoilGrid(AirfoilShape(), settings), mach: 0.5, angleOfAttack: 1.25).lift
        }
        print("lift with the boundary at 20, 40, 80 chords:", lifts)
        #expect(lifts.max()! - lifts.min()! < 0.01 * lifts[1])
    }

    @Test func theShockDependsLittleOnTheDistanceOfTheBoundary() throws {
        let solver = EulerAirfoilSolver()
        let flows = try [20.0, 40, 80, 160].map { distance in
            let settings = AirfoilGrid.Settings(
                family: .parabolic, wakeCells: 60, surfaceCells: 120, normalCells: 60, radius: distance, wakeLength: distance)
            return try solver.solve(AirfoilGrid(AirfoilShape(), settings), mach: 0.8, angleOfAttack: 1.25)
        }
        let shocks = flows.map { jump($0)! }
        print("shock with the boundary at 20, 40, 80, 160 chords:", shocks, "lift", flows.map(\.lift))
        #expect(shocks.max()! - shocks.min()! < 0.005)
    }

    @Test(arguments: [AirfoilGrid.Family.rays, .parabolic])
    func randomShapesConverge(family: AirfoilGrid.Family) throws {
        let solver = EulerAirfoilSolver()
        let count = 100
        var steps = 0
        var seconds: [Double] = []
        for sample in 0..<count {
            let shape = try AirfoilShape(box: .random(Philox(seed: 42, stream: UInt64(sample))))
            let start = ProcessInfo.processInfo.systemUptime
            let flow = try solver.solve(AirfoilGrid(shape, AirfoilGrid.Settings(family: family)), mach: 0.8, angleOfAttack: 0)
            seconds.append(ProcessInfo.processInfo.systemUptime - start)
            #expect(flow.residual <= 1e-8 && flow.attempts == 1)
            steps += flow.history.count
        }
        #expect(seconds.max()! < 15)
        let mean = seconds.reduce(0, +) / Double(count)
        print(family, "grid, 221 x 51:", mean, "seconds (at most", seconds.max()!, ") and", Double(steps) / Double(count), "steps a shape")
    }
}
