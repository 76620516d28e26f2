import Tensors

/// The real Fourier transform of several fields in their own memory, for pseudo-spectral time stepping in 1 to 3 dimensions.
///
/// One block of memory holds either the half spectra, `[fields, n1, ..., nd/2 + 1, 2]`, or the fields with padded rows,
/// `[fields, n1, ..., rowStride]` with rowStride = 2 (nd/2 + 1), of which the first nd of each row are values. Nothing is copied and nothing is
/// normalised: a step writes its spectra (velocity, vorticity gradient, ...) straight into the block, transforms it to the points, forms
/// products there over the whole block, padding included (it holds finite leftovers), transforms back, and folds `inverseFactor` = 1/N into
/// the factors that it multiplies with anyway.
///
///     spectra -> toFields -> products -> toSpectra -> times inverseFactor
///
/// A step that needs a spectrum after `toFields` keeps it elsewhere: the transform overwrites it.
public struct InPlaceFourierTransform<S: Scalar>: Sendable {
    /// Extents n1, ..., nd.
    public let grid: [Int]
    /// Number of fields in a block.
    public let fields: Int
    /// Scalars from one row of points to the next: 2 (nd/2 + 1).
    public let rowStride: Int
    /// Scalars of one field, padding included.
    public let fieldStride: Int
    /// 1/N, the factor that makes a pair of transforms the identity.
    public let inverseFactor: S
    private let forwardPlan: FFTWPlan<S>
    private let inversePlan: FFTWPlan<S>

    /// Plans both directions for blocks of `fields` fields on `grid`.
    public init(grid: [Int], fields: Int = 1) {
        let layout = FieldLayout(grid: grid, batch: fields, channels: nil)
        self.grid = grid
        self.fields = fields
        rowStride = 2 * layout.halfGrid.last!
        fieldStride = grid.dropLast().reduce(rowStride, *)
        inverseFactor = 1 / S(layout.points)
        let padded = Array(grid.dropLast()) + [rowStride]
        forwardPlan = .cached(layout.description(.realToComplex, from: padded, to: layout.halfGrid, inPlace: true))
        inversePlan = .cached(layout.description(.complexToReal, from: layout.halfGrid, to: padded, inPlace: true))
    }

    /// Scalars of a block.
    public var count: Int { fields * fieldStride }

    /// A block of zeros, `[fields, n1, ..., rowStride]`.
    public func makeBlock() -> Tensor<S> { Tensor([fields] + grid.dropLast() + [rowStride], repeating: 0) }

    /// X_k = sum_j x_j exp(-2 pi i k.j / n) for every field of the block, over the block.
    public func toSpectra(_ block: UnsafeMutablePointer<S>) { forwardPlan.execute(block, block) }

    /// x_j = sum_k X_k exp(+2 pi i k.j / n) for every half spectrum of the block, over the block; N times the inverse.
    public func toFields(_ block: UnsafeMutablePointer<S>) { inversePlan.execute(block, block) }
}
