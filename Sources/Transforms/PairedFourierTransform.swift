import Tensors

/// The Fourier transform of two real periodic fields as one complex field, in place, for the wavenumbers that a pseudo-spectral method keeps.
///
/// With z = a + i b the transform of z carries both fields: A_k = (Z_k + conj Z_{-k}) / 2, B_k = (Z_k - conj Z_{-k}) / (2 i). One complex
/// transform is faster than two real ones, and quadratic terms come in pairs by themselves: z^2 = (a^2 - b^2) + 2 i a b.
///
/// Only the wavenumbers |k_i| <= `band[i]` of each axis are read or computed: lines that hold none of them are not transformed. A block is
/// `[n1, ..., nd]` complex pairs with padded rows (and planes), so that columns do not fall on the same cache sets: the entry at index
/// (i, j) or (i, j, l) is `i rowStride + j` or `i planeStride + j rowStride + l`. Nothing is normalised.
public struct PairedFourierTransform<S: Scalar>: Sendable {
    /// Extents of the 2 or 3 axes.
    public let grid: [Int]
    /// The largest wavenumber kept on each axis.
    public let band: [Int]
    /// Pairs from one row to the next.
    public let rowStride: Int
    /// Pairs from one plane to the next; of the whole block in two dimensions.
    public let planeStride: Int
    /// Pairs of a block, padding included.
    public let pairs: Int

    private let forwardPlans: [FFTWPlan<S>]
    private let inversePlans: [FFTWPlan<S>]

    /// Plans both directions for fields on `grid` with the wavenumbers up to `band` (default: all of them).
    public init(grid: [Int], band: [Int]? = nil) {
        precondition(
            (2...3).contains(grid.count) && grid.allSatisfy { $0 > 0 }, "paired transforms have 2 or 3 positive extents, not \(grid)")
        let band = band ?? grid.map { $0 / 2 }
        precondition(band.count == grid.count && band.allSatisfy { $0 >= 0 }, "band \(band) for grid \(grid)")
        let row = (grid.last! + 7) / 8 * 8 + (grid.last! > 8 ? 8 : 0)
        let plane = (grid[grid.count - 2] + (grid.count == 3 ? 1 : 0)) * row
        (self.grid, self.band, rowStride, planeStride) = (grid, band, row, plane)
        pairs = grid.count == 3 ? grid[0] * plane : plane
        let strides = grid.count == 3 ? [plane, row, 1] : [row, 1]

        /// Loops over the indices of an axis: the kept wavenumbers, or all of them. For K < n/2 these are the first and the last K + 1
        /// (one of them more than needed, which spares a second plan).
        func loops(_ axis: Int, kept: Bool) -> [PlanDescription.Axis] {
            let (n, k, stride) = (grid[axis], band[axis], strides[axis])
            guard kept, 2 * k + 2 <= n else { return [.init(n, stride, stride)] }
            return [.init(2, (n - k - 1) * stride, (n - k - 1) * stride), .init(k + 1, stride, stride)]
        }
        func plan(_ axis: Int, _ kind: PlanDescription.Kind) -> FFTWPlan<S> {
            // Along an axis, the later ones still hold wavenumbers and the earlier ones points already (inverse; forward the other way round).
            let others = grid.indices.filter { $0 != axis }.flatMap { loops($0, kept: $0 > axis) }
            return .cached(
                PlanDescription(kind: kind, axes: [.init(grid[axis], strides[axis], strides[axis])], loops: others, inPlace: true))
        }
        inversePlans = grid.indices.map { plan($0, .complexInverse) }
        forwardPlans = grid.indices.reversed().map { plan($0, .complexForward) }
    }

    /// A block of zeros.
    public func makeBlock() -> Tensor<S> { Tensor([2 * pairs], repeating: 0) }

    /// z_j = sum_k Z_k exp(+2 pi i k.j / n) over the block, whose entries outside the band are zero (padding excepted).
    public func toFields(_ block: UnsafeMutablePointer<S>) { for plan in inversePlans { plan.execute(block, block) } }

    /// Z_k = sum_j z_j exp(-2 pi i k.j / n) over the block; entries outside the band are left without meaning.
    public func toSpectra(_ block: UnsafeMutablePointer<S>) { for plan in forwardPlans { plan.execute(block, block) } }
}
