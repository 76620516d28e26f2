import Solvers
import Tensors
import Testing

@Suite struct AirfoilGridTests {
    static let families: [AirfoilGrid.Family] = [.rays, .parabolic]

    @Test(arguments: families)
    func gridOfTheDataSet(family: AirfoilGrid.Family) throws {
        let grid = try AirfoilGrid(AirfoilShape(), AirfoilGrid.Settings(family: family))
        #expect(grid.x.shape == [51, 221] && grid.y.shape == [51, 221])
        // The cut: one point from both sides, from the trailing edge to 40 chords.
        for i in 0...50 { #expect(grid.x[0, i] == grid.x[0, 220 - i] && grid.y[0, i] == grid.y[0, 220 - i]) }
        #expect(grid.x[0, 0] == 40 && grid.x[0, 50] == 1 && grid.y[0, 50] == 0)
        #expect(grid.x[0, 110] == 0 && grid.y[0, 110] == 0)
        // The surface, upper side first.
        let shape = try AirfoilShape()
        for i in 51..<110 { #expect(grid.y[0, i] == shape.height(x: grid.x[0, i], .upper)) }
        // The boundary is 40 chords away.
        #expect(abs(grid.x[50, 110] + (family == .rays ? 39 : 40)) < 1e-9)
        // An exactly symmetric grid.
        for j in 0...50 {
            for i in 0...110 { #expect(grid.x[j, i] == grid.x[j, 220 - i] && grid.y[j, i] == -grid.y[j, 220 - i]) }
        }
    }

    @Test func raysGridHasThePublishedSpacing() throws {
        let grid = try AirfoilGrid(AirfoilShape(), AirfoilGrid.Settings(family: .rays))
        // Uniform in x from the second node, a quarter of a cell at the nose.
        #expect(abs(grid.x[0, 109] - 0.25 / 59) < 1e-15)
        for i in 50..<109 { #expect(abs(grid.x[0, i] - Double(109 - i) / 59) < 1e-12) }
        // The first cell is 2/120 on a length of 40: the same fraction of every line.
        for i in [0, 60, 140] {
            let fraction = (grid.y[1, i] - grid.y[0, i]) / (grid.y[50, i] - grid.y[0, i])
            #expect(abs(fraction - 2.0 / 120 / 40) < 1e-12)
        }
        // Cells along the ray from the nose grow by 2 % over the first three quarters.
        for j in 1..<36 {
            let growth = (grid.x[j + 1, 110] - grid.x[j, 110]) / (grid.x[j, 110] - grid.x[j - 1, 110])
            #expect(abs(growth - 1.02) < 1e-9)
        }
    }

    @Test(arguments: families, [2, 3])
    func refinedGridsAreNested(family: AirfoilGrid.Family, factor: Int) throws {
        let coarse = AirfoilGrid.Settings(family: family, wakeCells: 20, surfaceCells: 48, normalCells: 20, firstSpacing: 0.03)
        let shape = try AirfoilShape(box: .random(Philox(seed: 2, stream: 0)))
        let (a, b) = (try AirfoilGrid(shape, coarse), try AirfoilGrid(shape, coarse.refined(by: factor)))
        #expect(b.columns == factor * a.columns && b.rows == factor * a.rows)
        let back = try b.coarsened(by: factor)
        #expect(back.settings.subdivisions == 1 && back.settings.wakeCells == 20)
        #expect(back.x.shape == a.x.shape)
        #expect(throws: SolverError.self) { try a.coarsened(by: 7) }
        for j in 0...20 {
            for i in 0...88 {
                let distance = abs(a.x[j, i] - b.x[factor * j, factor * i]) + abs(a.y[j, i] - b.y[factor * j, factor * i])
                #expect(distance < 1e-10)
                #expect(back.x[j, i] == b.x[factor * j, factor * i] && back.y[j, i] == b.y[factor * j, factor * i])
            }
        }
    }

    @Test(arguments: families)
    func deformedShapesHaveValidGrids(family: AirfoilGrid.Family) throws {
        for sample in 0..<UInt64(100) {
            _ = try AirfoilGrid(
                AirfoilShape(box: .random(Philox(seed: 11, stream: sample))), AirfoilGrid.Settings(family: family))
        }
    }

    @Test func foldedCellsAreNamed() throws {
        let settings = AirfoilGrid.Settings()
        let grid = try AirfoilGrid(AirfoilShape(), settings)
        var x = grid.x
        x[10, 100] = x[12, 100]
        let error = #expect(throws: SolverError.self) { try AirfoilGrid(settings, x: x, y: grid.y) }
        guard case .invalidInput(let key, let found, _) = try #require(error) else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(key == "airfoil grid" && found.contains("folded cell at (i, j) = "))
    }

    @Test func badSizesAreNamed() throws {
        let shape = try AirfoilShape()
        var indivisible = AirfoilGrid.Settings().refined(by: 2)
        indivisible.normalCells += 1
        for settings in [
            AirfoilGrid.Settings(wakeCells: 2), .init(surfaceCells: 121), .init(normalCells: 0), .init(radius: 0.5),
            .init(wakeLength: .nan), .init(firstSpacing: 0), .init(firstSpacing: 1), indivisible,
        ] {
            #expect(throws: SolverError.self) { try AirfoilGrid(shape, settings) }
        }
        let grid = try AirfoilGrid(shape)
        #expect(throws: SolverError.self) { try AirfoilGrid(AirfoilGrid.Settings(wakeCells: 51), x: grid.x, y: grid.y) }
        var open = grid.x
        open[0, 3] += 1e-3
        #expect(throws: SolverError.self) { try AirfoilGrid(grid.settings, x: open, y: grid.y) }
    }
}
