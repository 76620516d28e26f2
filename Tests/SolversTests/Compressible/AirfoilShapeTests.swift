import Solvers
import Tensors
import Testing

@Suite struct AirfoilShapeTests {
    @Test func naca0012HasItsPublishedOrdinates() throws {
        let shape = try AirfoilShape()
        // Abbott and von Doenhoff, Theory of Wing Sections: ordinates of NACA 0012 in per cent of the chord (open trailing edge, so the
        // values near the tail are left out).
        for (x, y) in [(0.0125, 0.01894), (0.05, 0.03555), (0.1, 0.04683), (0.2, 0.05737), (0.3, 0.06002), (0.4, 0.05803), (0.5, 0.05294)] {
            #expect(abs(shape.height(x: x, .upper) - y) < 1e-4)
            #expect(shape.height(x: x, .lower) == -shape.height(x: x, .upper))
        }
        #expect(shape.height(x: 0, .upper) == 0)
        #expect(shape.height(x: 1, .upper) == 0 && shape.height(x: 1, .lower) == 0)
        #expect(abs(shape.leadingEdgeRadius - 1.1019 * 0.12 * 0.12) < 1e-5)
    }

    @Test(arguments: 0..<8)
    func controlNodeMovesByItsDisplacement(node: Int) {
        let nodes = [(-0.25, -0.1), (0.25, -0.1), (0.75, -0.1), (1.25, -0.1), (1.25, 0.1), (0.75, 0.1), (0.25, 0.1), (-0.25, 0.1)]
        let box = AirfoilDesignBox(displacements: (0..<8).map { $0 == node ? 0.04 : 0 })
        for (k, point) in nodes.enumerated() {
            #expect(abs(box.displacement(x: point.0, y: point.1) - (k == node ? 0.04 : 0)) < 1e-16)
        }
    }

    @Test func boxReproducesCubicsInXTimesLinesInY() {
        func polynomial(_ x: Double, _ y: Double) -> Double { (0.01 + 0.02 * x - 0.03 * x * x + 0.015 * x * x * x) * (1 + 3 * y) }
        let xs = [-0.25, 0.25, 0.75, 1.25, 1.25, 0.75, 0.25, -0.25]
        let box = AirfoilDesignBox(displacements: xs.enumerated().map { polynomial($1, $0 < 4 ? -0.1 : 0.1) })
        for (x, y) in [(0.0, 0.0), (0.37, 0.05), (0.9, -0.02), (1.0, 0.0)] {
            #expect(abs(box.displacement(x: x, y: y) - polynomial(x, y)) < 1e-16)
        }
    }

    @Test func randomDisplacementsFollowTheirLaw() {
        let boxes = (0..<400).map { AirfoilDesignBox.random(Philox(seed: 5, stream: $0)) }
        let values = boxes.flatMap { $0.displacements[1...] }
        #expect(boxes.allSatisfy { $0.displacements[0] == 0 })
        #expect(values.allSatisfy { abs($0) <= 0.05 })
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
        #expect(abs(mean) < 0.002)
        #expect(abs(variance - 0.05 * 0.05 / 3) < 0.03 * 0.05 * 0.05)
        #expect(AirfoilDesignBox.random(Philox(seed: 5, stream: 7)) == boxes[7])
    }

    @Test func crossingSurfacesAreNamed() throws {
        // Lower side up and upper side down by more than the half height at mid-chord.
        let box = AirfoilDesignBox(displacements: [0, 0.12, 0.12, 0, 0, -0.12, -0.12, 0])
        let error = #expect(throws: SolverError.self) { try AirfoilShape(box: box) }
        guard case .invalidInput(let key, let found, _) = try #require(error) else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(key == "airfoil displacements" && found.contains("x = "))
        #expect(throws: SolverError.self) { try AirfoilShape(thickness: 0) }
        #expect(throws: SolverError.self) { try AirfoilShape(box: AirfoilDesignBox(displacements: Array(repeating: .nan, count: 8))) }
    }
}
