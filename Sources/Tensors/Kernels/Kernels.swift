/// Single-threaded kernels on raw pointers; the only place that an accelerator would replace.
///
/// Every kernel works on contiguous memory, does not allocate, and is deterministic: the same input gives the same bits.
/// Invariant of all of them: pointers are valid for the stated counts, and outputs do not overlap inputs unless a comment says so.
package enum Kernels {}

extension Kernels {
    /// `target[i] = Target(source[i])`.
    @specialized(where Source == Float, Target == Double)
    @specialized(where Source == Double, Target == Float)
    package static func convert<Source: Scalar, Target: Scalar>(
        _ count: Int, _ source: UnsafePointer<Source>, _ target: UnsafeMutablePointer<Target>
    ) {
        for index in 0..<count { target[index] = Target(source[index]) }
    }
}
