import Tensors

/// All grids below the finest one: the preconditioner's V-cycle down to a direct solve.
///
/// Every grid has `floor(n / 2)` points along each axis of the one above, so that any size can be coarsened.
final class CoarseGrids {
    private let levels: [MultigridLevel]
    private let coarsenings: [BlackBoxCoarsening]
    private let direct: BandedCholesky

    /// Grids for a finest operator with at least two unknowns along each axis.
    init(below stencil: SplitStencil) {
        var fine = stencil
        var levels: [MultigridLevel] = []
        var coarsenings: [BlackBoxCoarsening] = []
        repeat {
            let level = MultigridLevel(fine.layout.coarse)
            coarsenings.append(BlackBoxCoarsening(fine: fine, coarse: level.stencil))
            levels.append(level)
            fine = level.stencil
        } while !CoarseGrids.isCoarsest(fine.layout)
        self.levels = levels
        self.coarsenings = coarsenings
        direct = BandedCholesky(fine.layout, ninePoint: true)
    }

    /// Whether a grid is solved directly: it is small, or too narrow for another halving.
    static func isCoarsest(_ layout: SplitLayout) -> Bool { min(layout.nx, layout.ny) < 4 || BandedCholesky.work(layout) <= 1 << 12 }

    /// The grid just below the finest one.
    var finest: MultigridLevel { levels[0] }

    /// The transfer between the finest operator and the grid below it.
    var firstCoarsening: BlackBoxCoarsening { coarsenings[0] }

    /// Computes all coarse operators from the finest one; false if the coarsest is not positive definite to working accuracy.
    func prepare() -> Bool {
        coarsenings[0].run()
        for index in 1..<coarsenings.count {
            coarsenings[index].run()
            levels[index - 1].prepare(coarsenings[index])
        }
        return direct.factorise(levels[levels.count - 1].stencil)
    }

    /// One symmetric V-cycle from zero for the source of `finest`, into its solution.
    func cycle() {
        let last = levels.count - 1
        for index in 0..<last { levels[index].relaxAndRestrict(to: levels[index + 1]) }
        direct.solve(levels[last].source, into: levels[last].solution)
        for index in (0..<last).reversed() { levels[index].prolongAndRelax(from: levels[index + 1]) }
    }
}
