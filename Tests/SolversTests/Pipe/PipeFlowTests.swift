import Foundation
import Metrics
import Numerics
import Solvers
import Tensors
import Testing

@Suite struct PipeFlowTests {
    /// An exact solution of the Navier-Stokes equations: the flow behind a row of cylinders.
    ///
    /// L. I. G. Kovasznay, "Laminar flow behind a two-dimensional grid", Proc. Cambridge Philos. Soc. 44 (1948) 58-62.
    private struct Kovasznay {
        static let viscosity = 1.0 / 40
        static let lambda = 20 - (400 + 4 * Double.pi * Double.pi).squareRoot()
        /// One cubic: a smooth map.
        static let line = PipeCentreline(length: 1.5, heights: [0, 0.3], slopes: [0.2, -0.4])

        let (x, y, xx, xy, yy): (Double, Double, Double, Double, Double)
        let stream: Double
        let pressure: Double

        init(_ xi: Double, _ eta: Double) {
            let (tau, lambda) = (2 * Double.pi, Self.lambda)
            let place = (x: xi - 0.5, y: Self.line.height(at: xi) + eta)
            let e = Double.exp(lambda * place.x)
            let (c, s) = (e * Double.cos(tau * place.y), e * Double.sin(tau * place.y))
            stream = place.y - s / tau
            (x, y) = (-lambda * s / tau, 1 - c)
            (xx, xy, yy) = (-lambda * lambda * s / tau, -lambda * c, tau * s)
            pressure = 0.5 * (1 - e * e)
        }

        static func solution(_ elements: Int) throws -> PipeFlowSolution {
            try PipeFlowSolver(along: elements, across: elements, length: line.length, viscosity: viscosity).solve(
                line,
                stream: { xi, eta in
                    let (flow, slope) = (Kovasznay(xi, eta), line.slope(at: xi))
                    return SIMD4(flow.stream, flow.x + slope * flow.y, flow.y, flow.xy + slope * flow.yy)
                },
                traction: { eta in
                    let flow = Kovasznay(line.length, eta)
                    return (viscosity * flow.xy - flow.pressure, -viscosity * flow.xx)
                })
        }
    }

    @Test("Kovasznay's flow in a curved pipe: order 4 of stream function, 3 of velocity, 2 of pressure, and not only at nodes")
    func kovasznay() throws {
        let sizes = [8, 16, 32]
        // Points that are nodes of no mesh.
        let points = 38
        let errors = try sizes.map { elements -> SIMD4<Double> in
            let nodes = try Kovasznay.solution(elements).nodes([points, points])
            var sum = SIMD4<Double>.zero
            for j in 0..<points {
                for i in 0..<points {
                    let exact = Kovasznay(1.5 * Double(i) / Double(points - 1), Double(j) / Double(points - 1) - 0.5)
                    let error = SIMD4(
                        nodes.stream[j, i] - exact.stream, nodes.velocityX[j, i] - exact.y, nodes.velocityY[j, i] + exact.x,
                        nodes.pressure[j, i] - exact.pressure)
                    sum += error * error
                }
            }
            return (sum / Double(points * points)).squareRoot()
        }
        for (field, range) in [3.7...4.6, 2.7...3.6, 2.7...3.6, 1.8...2.6].enumerated() {
            let order = ConvergenceOrder(spacings: sizes.map { 1 / Double($0) }, errors: errors.map { $0[field] }).pairwise[1]
            #expect(range.contains(order), "field \(field): errors \(errors.map { $0[field] }), order \(order)")
        }
        #expect(errors[2][1] < 1e-4 && errors[2][3] < 1e-3, "\(errors)")
    }

    @Test("a straight pipe: Poiseuille's flow to rounding") func straight() throws {
        let solver = try PipeFlowSolver(along: 12, across: 6)
        let solution = try solver.solve(PipeCentreline(heights: [0.5, 0.5], slopes: [0, 0]))
        let nodes = solution.nodes([13, 25])
        for j in 0..<13 {
            let eta = Double(j) / 12 - 0.5
            for i in 0..<25 {
                let x = 10 * Double(i) / 24
                #expect(abs(nodes.velocityX[j, i] - (1 - 4 * eta * eta)) < 1e-10)
                #expect(abs(nodes.velocityY[j, i]) < 1e-10)
                #expect(abs(nodes.pressure[j, i] - 8 * 0.005 * (10 - x)) < 1e-9)
                #expect(abs(nodes.y[j, i] - 0.5 - eta) < 1e-14 && abs(nodes.x[j, i] - x) < 1e-14)
            }
        }
        #expect(abs(solution.pressureDrop - 0.4) < 1e-9 && solution.report.residual <= 1e-10)
    }

    /// Curvature jumps at the inner nodes; level at the inlet, so that its corners are regular.
    static let bend = PipeCentreline(heights: [0, 0.6, -0.3, 0.4, 0], slopes: [0, 0.3, -0.2, 0.1, 0])

    @Test("a bent pipe: the same flux through every section to rounding; no slip; traction-free outlet") func bent() throws {
        let solution = try PipeFlowSolver(along: 48, across: 16, viscosity: 0.02).solve(Self.bend)
        let nodes = solution.nodes([33, 49])
        for i in 0..<49 {
            // Simpson's rule is exact for the parabolas of an element.
            let flux = (0..<33).reduce(0) { $0 + ($1 == 0 || $1 == 32 ? 1 : $1 % 2 == 1 ? 4 : 2) * nodes.velocityX[$1, i] } / 96
            #expect(abs(flux - 2.0 / 3) < 1e-13)
            for j in [0, 32] { #expect(abs(nodes.velocityX[j, i]) < 1e-14 && abs(nodes.velocityY[j, i]) < 1e-14) }
        }
        // p = nu du/dx at the outlet, which is small beside the pressure that drives the flow.
        let ends = (0..<33).map { abs(nodes.pressure[$0, 48]) }.max()!
        #expect(ends < 0.03 * solution.pressureDrop, "\(ends) of \(solution.pressureDrop)")
    }

    @Test("the mirror image of a pipe has the mirror image of its flow") func mirror() throws {
        let solver = try PipeFlowSolver(along: 16, across: 8, viscosity: 0.02)
        let flow = try solver.solve(Self.bend).nodes([17, 33])
        let mirrored = try solver.solve(PipeCentreline(heights: Self.bend.heights.map { -$0 }, slopes: Self.bend.slopes.map { -$0 })).nodes(
            [17, 33])
        for j in 0..<17 {
            for i in 0..<33 {
                #expect(abs(flow.velocityX[j, i] - mirrored.velocityX[16 - j, i]) < 1e-8)
                #expect(abs(flow.velocityY[j, i] + mirrored.velocityY[16 - j, i]) < 1e-8)
                #expect(abs(flow.pressure[j, i] - mirrored.pressure[16 - j, i]) < 1e-8)
            }
        }
    }

    @Test("pipes of the published law at viscosity 0.005 take few Newton steps") func published() throws {
        let solver = try PipeFlowSolver(along: 32, across: 32)
        for stream in 0..<4 as Range<UInt64> {
            let solution = try solver.solve(.random(Philox(seed: 1, stream: stream)))
            #expect(solution.report.iterations <= 12 && solution.report.residual <= 1e-10)
            #expect(solution.pressureDrop > 8 * 0.005 * 10)
        }
    }

    @Test("a centre line passes through its nodes with their slopes; samples lie in their ranges") func centreline() {
        let line = PipeCentreline.random(Philox(seed: 5, stream: 2))
        #expect(line.heights.allSatisfy { abs($0) <= 2 } && line.slopes.allSatisfy { abs($0) <= 1 } && line.heights.count == 5)
        #expect(line == .random(Philox(seed: 5, stream: 2)) && line != .random(Philox(seed: 5, stream: 3)))
        for node in 0..<5 {
            #expect(abs(line.height(at: 2.5 * Double(node)) - line.heights[node]) < 1e-14)
            #expect(abs(line.slope(at: 2.5 * Double(node)) - line.slopes[node]) < 1e-14)
        }
        for x in [0.3, 2.6, 7.4, 9.9] {
            let slope = (line.height(at: x + 1e-5) - line.height(at: x - 1e-5)) / 2e-5
            let curvature = (line.slope(at: x + 1e-5) - line.slope(at: x - 1e-5)) / 2e-5
            #expect(abs(line.slope(at: x) - slope) < 1e-8 && abs(line.curvature(at: x) - curvature) < 1e-8)
        }
    }

    @Test("bad input and failure are errors with names") func errors() throws {
        #expect(throws: SolverError.invalidInput(key: "elements across", found: "2", allowed: "4 or more")) {
            try PipeFlowSolver(along: 8, across: 2)
        }
        #expect(throws: SolverError.invalidInput(key: "viscosity", found: "0.0", allowed: "above 0")) { try PipeFlowSolver(viscosity: 0) }
        let solver = try PipeFlowSolver(along: 8, across: 4)
        func fails(_ line: PipeCentreline, _ key: String) {
            #expect { try solver.solve(line) } throws: {
                if case .invalidInput(let found, _, _) = $0 as? SolverError { found == key } else { false }
            }
        }
        fails(PipeCentreline(length: 5, heights: [0, 0], slopes: [0, 0]), "length of the centre line")
        fails(PipeCentreline(heights: [0, .nan], slopes: [0, 0]), "heights of the centre line")
        fails(PipeCentreline(heights: [0, 0, 0, 0], slopes: [0, 0, 0, 0]), "elements along")
        let impossible = try PipeFlowSolver(along: 8, across: 4, viscosity: 1e-9)
        #expect { try impossible.solve(PipeCentreline(heights: [0, 8, -8], slopes: [9, 9, 9])) } throws: {
            if case .didNotConverge(_, let steps, let residual, _) = $0 as? SolverError { steps > 0 && residual > 1e-10 } else { false }
        }
    }
}
