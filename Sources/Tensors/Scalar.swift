import Numerics

/// A real number type that tensors can hold: `Float` (training) or `Double` (solvers, gradient checks).
///
/// Exactly two types conform. Kernels are specialised for both; nothing outside the package should conform another type.
public protocol Scalar: Real, BinaryFloatingPoint, SIMDScalar, Codable, Sendable, CustomStringConvertible
where SIMDMaskScalar: FixedWidthInteger & SignedInteger {
    /// The name used in files: `float32` or `float64`.
    static var typeName: String { get }
}

extension Float: Scalar {
    /// The name used in files.
    public static var typeName: String { "float32" }
}

extension Double: Scalar {
    /// The name used in files.
    public static var typeName: String { "float64" }
}
