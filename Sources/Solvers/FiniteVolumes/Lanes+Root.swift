import CIntrinsics

extension SIMD8<Double> {
    /// The eight values from `pointer` on, which need not be aligned.
    @inline(__always)
    init(_ pointer: UnsafePointer<Double>) { self = UnsafeRawPointer(pointer).loadUnaligned(as: Self.self) }

    /// Writes the eight values to `pointer`, which need not be aligned.
    @inline(__always)
    func store(_ pointer: UnsafeMutablePointer<Double>) { UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: Self.self) }

    /// The smaller value of each lane. (`pointwiseMin` is compiled to a branch per lane.)
    @inline(__always)
    func least(_ other: Self) -> Self { replacing(with: other, where: other .< self) }

    /// The larger value of each lane.
    @inline(__always)
    func greatest(_ other: Self) -> Self { replacing(with: other, where: other .> self) }

    /// The magnitude of each lane.
    @inline(__always)
    var magnitude: Self { greatest(-self) }

    /// The square root of each lane; not-a-number for negative values. (`squareRoot()` tests every lane for errors.)
    @inline(__always)
    var root: Self {
        Self(
            eddy_sqrt(self[0]), eddy_sqrt(self[1]), eddy_sqrt(self[2]), eddy_sqrt(self[3]),
            eddy_sqrt(self[4]), eddy_sqrt(self[5]), eddy_sqrt(self[6]), eddy_sqrt(self[7]))
    }
}
