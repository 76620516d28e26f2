import COpenBLAS
import Tensors

/// A square matrix with `band` diagonals below and above the main one, and its LU factors with partial pivoting (LAPACK `dgbtrf`).
final class BandMatrix {
    let size: Int
    let band: Int
    /// Distance of neighbouring columns in `pointer`.
    let stride: Int
    /// Entry `(row, column)` is at `column * stride + 2 * band + row - column`.
    let pointer: UnsafeMutablePointer<Double>
    private let storage: Storage<Double>
    private var pivots: [Int32]

    /// Memory for `size (3 band + 1)` numbers.
    init(size: Int, band: Int) {
        (self.size, self.band) = (size, band)
        stride = 3 * band + 1
        storage = Storage(count: size * stride)
        pointer = storage.pointer
        pivots = [Int32](repeating: 0, count: size)
    }

    func clear() { pointer.update(repeating: 0, count: storage.count) }

    /// Replaces the equation of `row` by `diagonal * x[row]`.
    func decouple(row: Int, diagonal: Double) {
        for column in max(0, row - band)...min(size - 1, row + band) { pointer[column * stride + 2 * band + row - column] = 0 }
        pointer[row * stride + 2 * band] = diagonal
    }

    /// Replaces the matrix by its factors; false if a pivot is exactly zero or not a number.
    func factorise() -> Bool {
        openblas_set_num_threads(1)
        var (rows, columns, lower, lead, info) = (Int32(size), Int32(size), Int32(band), Int32(stride), Int32(0))
        var upper = lower
        dgbtrf_(&rows, &columns, &lower, &upper, pointer, &lead, &pivots, &info)
        return info == 0
    }

    /// Solves with the factors, in place.
    func solve(_ rightHandSide: UnsafeMutablePointer<Double>) {
        var (order, lower, one, lead, rows, info) = (Int32(size), Int32(band), Int32(1), Int32(stride), Int32(size), Int32(0))
        var upper = lower
        dgbtrs_("N", &order, &lower, &upper, &one, pointer, &lead, &pivots, rightHandSide, &rows, &info)
    }
}
