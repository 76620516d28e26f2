import Tensors

/// The family of functions that interpolates a field along one axis: by boundary condition and position of the points.
public enum SpectralBasis: Sendable, Hashable, CaseIterable {
    /// Periodic; points at j L / n.
    case fourier
    /// Even about both ends (Neumann); points at j L / (n - 1), ends included.
    case cosineI
    /// Even about both ends (Neumann); points at cell centres (j + 1/2) L / n.
    case cosineII
    /// Odd about both ends (Dirichlet); interior points (j + 1) L / (n + 1).
    case sineI
    /// Odd about both ends (Dirichlet); points at cell centres (j + 1/2) L / n.
    case sineII
}

/// Resamples fields to another grid by their trigonometric interpolant, axis by axis: exact for what both grids resolve.
///
/// More points: the interpolant of the samples is evaluated at the new points; the wave at n/2 of an even periodic axis counts as
/// cos(n/2 2 pi x / L), half of it at either sign. Fewer points: wavenumbers that the new grid does not resolve are dropped; the two waves at
/// +- m/2 of an even new grid, which it cannot tell apart, are added. So refining then coarsening gives the field back, and coarsening is the
/// transpose of refining up to the factor of the points; only for the wave at m/2 of an even coarse grid it is twice the transpose (an
/// interpolation that halves that wave has no transpose that is its left inverse).
///
/// Layout: `[batch, n1, ..., nd]`, or `[batch, n1, ..., nd, channels]` when `channels` is given.
public struct SpectralResampler<S: Scalar>: Sendable {
    private let source: FieldLayout
    private let target: FieldLayout
    private let passes: [Pass]

    /// One axis, `[outer, n, inner]` to `[outer, m, inner]`.
    private struct Pass: Sendable {
        let basis: SpectralBasis
        let outer: Int
        let inner: Int
        let n: Int
        let m: Int
        let forward: FFTWPlan<S>
        let inverse: FFTWPlan<S>

        /// Coefficients of an axis of `count` points: pairs for a periodic one, else reals.
        func coefficients(_ count: Int) -> Int { basis == .fourier ? count / 2 + 1 : count }
        /// Scalars in a coefficient.
        var width: Int { basis == .fourier ? 2 : 1 }
    }

    /// Resampling of `batch` fields from `grid` to `newGrid`; `bases` default to periodic axes.
    public init(from grid: [Int], to newGrid: [Int], bases: [SpectralBasis]? = nil, batch: Int = 1, channels: Int? = nil) {
        let bases = bases ?? grid.map { _ in .fourier }
        precondition(grid.count == newGrid.count && grid.count == bases.count, "resampling from \(grid) to \(newGrid) with bases \(bases)")
        precondition(
            zip(bases, zip(grid, newGrid)).allSatisfy { $0 != .cosineI || min($1.0, $1.1) >= 2 },
            "an axis with both ends has at least 2 points: from \(grid) to \(newGrid)")
        source = FieldLayout(grid: grid, batch: batch, channels: channels)
        target = FieldLayout(grid: newGrid, batch: batch, channels: channels)
        // Axes that shrink most come first, so that the others have less to do.
        let order = grid.indices.filter { grid[$0] != newGrid[$0] }
            .sorted { (newGrid[$0] * grid[$1], $0) < (newGrid[$1] * grid[$0], $1) }
        var extents = grid
        var passes: [Pass] = []
        for axis in order {
            let outer = extents[..<axis].reduce(batch, *)
            let inner = extents[(axis + 1)...].reduce(channels ?? 1, *)
            let (n, m, basis) = (grid[axis], newGrid[axis], bases[axis])
            func plan(_ count: Int, isInverse: Bool) -> FFTWPlan<S> {
                let half = basis == .fourier ? count / 2 + 1 : count
                let (input, output) = isInverse ? (half, count) : (count, half)
                let kind: PlanDescription.Kind = basis == .fourier ? (isInverse ? .complexToReal : .realToComplex) : .realToReal
                var description = PlanDescription(
                    kind: kind, axes: [.init(count, inner, inner)],
                    loops: [.init(outer, input * inner, output * inner), .init(inner, 1, 1)])
                if let kind = SpectralResampler.trigonometricKind(basis) {
                    description.realKinds = [(isInverse ? kind.inverse : kind).libraryValue]
                }
                return .cached(description)
            }
            passes.append(
                Pass(
                    basis: basis, outer: outer, inner: inner, n: n, m: m, forward: plan(n, isInverse: false),
                    inverse: plan(m, isInverse: true)))
            extents[axis] = m
        }
        self.passes = passes
    }

    private static func trigonometricKind(_ basis: SpectralBasis) -> TrigonometricKind? {
        switch basis {
        case .fourier: nil
        case .cosineI: .cosineI
        case .cosineII: .cosineII
        case .sineI: .sineI
        case .sineII: .sineII
        }
    }

    /// The field on the new grid: `[..., n1, ..., nd, (channels)]` to `[..., m1, ..., md, (channels)]`.
    public func callAsFunction(_ field: Tensor<S>) -> Tensor<S> {
        let leading = source.leadingAxes(of: field.shape, spatial: source.grid, isComplex: false)
        var current = field
        for pass in passes {
            let spectrum = Tensor<S>(uninitialized: [pass.outer, pass.coefficients(pass.n), pass.inner * pass.width])
            current.withUnsafePointer { pass.forward.execute($0, spectrum.kernelPointer) }
            let resized = Tensor<S>([pass.outer, pass.coefficients(pass.m), pass.inner * pass.width], repeating: 0)
            for outer in 0..<pass.outer { SpectralResampler.resize(pass, spectrum.basePointer, resized.kernelPointer, outer) }
            current = Tensor(uninitialized: [pass.outer, pass.m, pass.inner])
            pass.inverse.execute(resized.kernelPointer, current.kernelPointer)
        }
        return current.reshaped(leading + target.trailingAxes(target.grid, isComplex: false))
    }

    /// Copies the coefficients that both extents have, with 1/N of the inverse folded in.
    private static func resize(_ pass: Pass, _ source: UnsafePointer<S>, _ target: UnsafeMutablePointer<S>, _ outer: Int) {
        let (n, m) = (pass.n, pass.m)
        let row = pass.inner * pass.width
        let from = source + outer * pass.coefficients(n) * row
        let to = target + outer * pass.coefficients(m) * row
        let kept = min(pass.coefficients(n), pass.coefficients(m))
        // The inverse of the new extent divides by its logical count; the forward sum has grown with the old one.
        let factor: S = trigonometricKind(pass.basis).map { 1 / S($0.logicalCount(n)) } ?? 1 / S(n)
        for k in 0..<kept { scaled(row, from + k * row, by: factor, into: to + k * row) }
        // The last wave of an extent, if its two signs are one there, counts once there and twice where they differ.
        let isMerged: (Int) -> Bool = { count in
            switch pass.basis {
            case .fourier: count % 2 == 0
            case .cosineI, .sineII: true
            case .cosineII, .sineI: false
            }
        }
        let last = to + (kept - 1) * row
        if m > n && isMerged(n) { scale(row, last, by: 0.5) }
        if m < n && isMerged(m) {
            scale(row, last, by: 2)
            // +m/2 and -m/2 are conjugates: their sum is real.
            if pass.basis == .fourier { for i in 0..<pass.inner { last[2 * i + 1] = 0 } }
        }
    }
}
