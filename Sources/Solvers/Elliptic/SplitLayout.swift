import Tensors

/// Where the unknowns of one grid level lie in memory: four classes by the parity of their indices, each a grid of its own.
///
///     odd row       c   d   c   d        unknown (j, i) with j = 2 m + (0 or 1), i = 2 k + (0 or 1)
///     even row      a   b   a   b        is number k of its class in block m
///
/// Class d is the next coarser grid in its natural order. Neighbours of a class belong to other classes at the same or an adjacent (m, k), so
/// every Gauss-Seidel pass over a class is a loop over contiguous memory. Block m holds one row of `stride` scalars for each class; blocks -1,
/// `rows` and `rows + 1` and the end of each row are zeros that stand for neighbours outside the grid, so no loop has a boundary case.
struct SplitLayout: Equatable {
    let nx: Int
    let ny: Int
    /// Blocks, `ceil(ny / 2)`.
    let rows: Int
    /// Blocks of two by two points.
    var blockCount: Int { rows * ((nx + 1) / 2) }
    /// Length of a padded row: a multiple of 16 with at least one zero after the last unknown.
    let stride: Int

    init(ny: Int, nx: Int) {
        self.nx = nx
        self.ny = ny
        rows = (ny + 1) / 2
        stride = ((nx + 1) / 2 / 16 + 1) * 16
    }

    /// The next coarser grid: its unknowns are those of class d.
    var coarse: SplitLayout { SplitLayout(ny: ny / 2, nx: nx / 2) }
}

/// `classes` rows for every block of a `SplitLayout`; all zero at first.
struct SplitField<Element: Scalar> {
    private let storage: Storage<Element>
    private let origin: UnsafeMutablePointer<Element>
    let blockStride: Int

    init(_ layout: SplitLayout, classes: Int) {
        blockStride = classes * layout.stride
        let margin = 64
        storage = Storage(count: (layout.rows + 3) * blockStride + 2 * margin)
        storage.pointer.update(repeating: 0, count: storage.count)
        origin = storage.pointer + margin + blockStride
    }

    /// First row of block `m`, from -1 to `rows + 1`.
    @inline(__always)
    func block(_ m: Int) -> UnsafeMutablePointer<Element> { origin + m * blockStride }
}

/// One zero-padded row in natural order, readable from index -16 on.
struct PaddedRow<Element: Scalar> {
    private let storage: Storage<Element>
    let pointer: UnsafeMutablePointer<Element>

    init(width: Int) {
        storage = Storage(count: width + 80)
        storage.pointer.update(repeating: 0, count: storage.count)
        pointer = storage.pointer + 16
    }
}

/// Rows of a block of couplings: from an unknown of the named class to its eastern, northern, north-eastern or north-western neighbour.
///
/// Five-point operators have the first eight, nine-point operators all sixteen. Values are offsets for a given stride.
struct LinkRows {
    let aE, bE, cE, dE, aN, bN, cN, dN: Int
    let aNE, bNE, cNE, dNE, aNW, bNW, cNW, dNW: Int

    init(_ layout: SplitLayout) {
        let s = layout.stride
        (aE, bE, cE, dE) = (0, s, 2 * s, 3 * s)
        (aN, bN, cN, dN) = (4 * s, 5 * s, 6 * s, 7 * s)
        (aNE, bNE, cNE, dNE) = (8 * s, 9 * s, 10 * s, 11 * s)
        (aNW, bNW, cNW, dNW) = (12 * s, 13 * s, 14 * s, 15 * s)
    }
}

/// Rows of a block of grid-transfer weights, as offsets for a given stride.
///
/// Injection to d, the four corners of an a point, the two ends of a b point.
///
/// c points have none: the smoother overwrites them before it reads them, and leaves them with zero residual.
struct TransferRows {
    let d, aSW, aSE, aNW, aNE, bS, bN: Int

    init(_ layout: SplitLayout) {
        let s = layout.stride
        (d, aSW, aSE, aNW, aNE, bS, bN) = (0, s, 2 * s, 3 * s, 4 * s, 5 * s, 6 * s)
    }
}

extension UnsafeMutablePointer where Pointee == Float {
    /// Sixteen consecutive values from index `i` on, of any alignment.
    @inline(__always)
    subscript(lanes i: Int) -> SIMD16<Float> {
        get { UnsafeRawPointer(self + i).loadUnaligned(as: SIMD16<Float>.self) }
        nonmutating set { UnsafeMutableRawPointer(self + i).storeBytes(of: newValue, as: SIMD16<Float>.self) }
    }
}

extension UnsafeMutablePointer where Pointee == Double {
    /// Eight consecutive values from index `i` on, of any alignment.
    @inline(__always)
    subscript(lanes i: Int) -> SIMD8<Double> {
        get { UnsafeRawPointer(self + i).loadUnaligned(as: SIMD8<Double>.self) }
        nonmutating set { UnsafeMutableRawPointer(self + i).storeBytes(of: newValue, as: SIMD8<Double>.self) }
    }
}

/// `even[k] = row[2 k]`, `odd[k] = row[2 k + 1]`.
@specialized(where Element == Float)
@specialized(where Element == Double)
func deinterleave<Element: Scalar>(
    _ count: Int, _ row: UnsafePointer<Element>, _ even: UnsafeMutablePointer<Element>, _ odd: UnsafeMutablePointer<Element>
) {
    for k in 0..<count / 2 {
        even[k] = row[2 * k]
        odd[k] = row[2 * k + 1]
    }
    if count % 2 == 1 { even[count / 2] = row[count - 1] }
}

/// `row[2 k] = even[k]`, `row[2 k + 1] = odd[k]`.
@specialized(where Element == Float)
@specialized(where Element == Double)
func interleave<Element: Scalar>(
    _ count: Int, _ even: UnsafePointer<Element>, _ odd: UnsafePointer<Element>, _ row: UnsafeMutablePointer<Element>
) {
    for k in 0..<count / 2 {
        row[2 * k] = even[k]
        row[2 * k + 1] = odd[k]
    }
    if count % 2 == 1 { row[count - 1] = even[count / 2] }
}
