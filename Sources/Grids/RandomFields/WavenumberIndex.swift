/// Which random number belongs to which wavenumber: the same one at every resolution, so that a finer grid adds modes and changes none.
package enum WavenumberIndex {
    /// Bound of the magnitude of wavenumbers.
    static let limit = 1 << 19

    /// A distinct number below 2^60 for the wavenumber `(k_z, k_y, k_x)`, fewer axes counting as zeros in front.
    ///
    /// All components are in `0 ..< 2^20`; neighbours along x differ by one.
    package static func pack(_ wavenumber: [Int]) -> Int {
        wavenumber.reduce(0) { $0 << 20 | $1 }
    }

    /// The same for components of either sign, below 2^19 in magnitude, which are first numbered 0, -1, 1, -2, 2, ...
    package static func pack(signed wavenumber: [Int]) -> Int {
        wavenumber.reduce(0) { $0 << 20 | ($1 >= 0 ? 2 * $1 : -2 * $1 - 1) }
    }
}
