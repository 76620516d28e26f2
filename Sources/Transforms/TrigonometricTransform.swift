import Tensors

/// The cosine and sine transforms of types I to III and the Hartley transform, by the boundary condition that they diagonalise.
///
/// Sums as in FFTW's manual, j = 0..<n, k = 0..<n, unnormalised:
public enum TrigonometricKind: Sendable, Hashable, CaseIterable {
    /// DCT-I: y_k = x_0 + (-1)^k x_{n-1} + 2 sum_{j=1}^{n-2} x_j cos(pi j k / (n - 1)); Neumann at grid points, n >= 2.
    case cosineI
    /// DCT-II: y_k = 2 sum_j x_j cos(pi (j + 1/2) k / n); Neumann, values at cell centres.
    case cosineII
    /// DCT-III: y_k = x_0 + 2 sum_{j>=1} x_j cos(pi j (k + 1/2) / n); inverse of type II.
    case cosineIII
    /// DST-I: y_k = 2 sum_j x_j sin(pi (j + 1)(k + 1) / (n + 1)); Dirichlet, interior grid points.
    case sineI
    /// DST-II: y_k = 2 sum_j x_j sin(pi (j + 1/2)(k + 1) / n); Dirichlet, values at cell centres.
    case sineII
    /// DST-III: y_k = (-1)^k x_{n-1} + 2 sum_{j<n-1} x_j sin(pi (j + 1)(k + 1/2) / n); inverse of type II.
    case sineIII
    /// DHT: y_k = sum_j x_j (cos(2 pi j k / n) + sin(2 pi j k / n)); periodic.
    case hartley

    /// The kind of the inverse transform.
    public var inverse: TrigonometricKind {
        switch self {
        case .cosineI: .cosineI
        case .cosineII: .cosineIII
        case .cosineIII: .cosineII
        case .sineI: .sineI
        case .sineII: .sineIII
        case .sineIII: .sineII
        case .hartley: .hartley
        }
    }

    /// N such that the inverse kind after this kind multiplies by N.
    public func logicalCount(_ n: Int) -> Int {
        switch self {
        case .cosineI: 2 * (n - 1)
        case .sineI: 2 * (n + 1)
        case .hartley: n
        default: 2 * n
        }
    }

    /// The value of FFTW's `fftw_r2r_kind`.
    var libraryValue: UInt32 {
        switch self {
        case .hartley: 2
        case .cosineI: 3
        case .cosineIII: 4
        case .cosineII: 5
        case .sineI: 7
        case .sineIII: 8
        case .sineII: 9
        }
    }
}

/// Cosine, sine and Hartley transforms of real fields in 1, 2 or 3 dimensions, one kind for each axis.
///
/// Fields and coefficients are `[batch, n1, ..., nd]`, or `[batch, n1, ..., nd, channels]` when `channels` is given.
/// `forward` is the plain sum of `TrigonometricKind`; `inverse` carries the whole factor 1/(N1 ... Nd) with the logical counts.
public struct TrigonometricTransform<S: Scalar>: Sendable {
    /// Extents of the transformed axes.
    public var grid: [Int] { layout.grid }
    /// Kind of the forward transform of each axis.
    public let kinds: [TrigonometricKind]
    /// Scalars of a batch.
    public var count: Int { layout.count }
    /// The factor of `inverse`, 1/(N1 N2 N3), for callers that fold it (`InverseScaling.none`).
    public let inverseFactor: S

    private let layout: FieldLayout
    private let forwardPlans: (outOfPlace: FFTWPlan<S>, inPlace: FFTWPlan<S>)
    private let inversePlans: (outOfPlace: FFTWPlan<S>, inPlace: FFTWPlan<S>)

    /// Plans both directions, in and out of place.
    public init(grid: [Int], kinds: [TrigonometricKind], batch: Int = 1, channels: Int? = nil) {
        precondition(grid.count == kinds.count, "\(kinds.count) kinds for grid \(grid)")
        precondition(zip(grid, kinds).allSatisfy { $1 != .cosineI || $0 >= 2 }, "a DCT-I needs at least 2 points: grid \(grid)")
        let layout = FieldLayout(grid: grid, batch: batch, channels: channels)
        func plan(_ kinds: [TrigonometricKind], inPlace: Bool) -> FFTWPlan<S> {
            var description = layout.description(.realToReal, from: grid, to: grid, inPlace: inPlace)
            description.realKinds = kinds.map(\.libraryValue)
            return .cached(description)
        }
        let inverseKinds = kinds.map(\.inverse)
        self.layout = layout
        self.kinds = kinds
        self.inverseFactor = 1 / S(zip(grid, kinds).reduce(1) { $0 * $1.1.logicalCount($1.0) })
        self.forwardPlans = (plan(kinds, inPlace: false), plan(kinds, inPlace: true))
        self.inversePlans = (plan(inverseKinds, inPlace: false), plan(inverseKinds, inPlace: true))
    }

    /// The coefficients of `x`, unnormalised; same shape.
    public func forward(_ x: Tensor<S>) -> Tensor<S> {
        _ = layout.leadingAxes(of: x.shape, spatial: grid, isComplex: false)
        let result = Tensor<S>(uninitialized: x.shape)
        x.withUnsafePointer { forward($0, into: result.kernelPointer) }
        return result
    }

    /// The field with these coefficients; same shape.
    public func inverse(_ coefficients: Tensor<S>, scaling: InverseScaling = .reciprocalOfCount) -> Tensor<S> {
        _ = layout.leadingAxes(of: coefficients.shape, spatial: grid, isComplex: false)
        let result = Tensor<S>(uninitialized: coefficients.shape)
        coefficients.withUnsafePointer { inverse($0, into: result.kernelPointer, scaling: scaling) }
        return result
    }

    /// `forward` on raw memory; in place if both addresses are the same.
    public func forward(_ x: UnsafePointer<S>, into coefficients: UnsafeMutablePointer<S>) {
        (x == UnsafePointer(coefficients) ? forwardPlans.inPlace : forwardPlans.outOfPlace).execute(x, coefficients)
    }

    /// `inverse` on raw memory; in place if both addresses are the same.
    public func inverse(
        _ coefficients: UnsafePointer<S>, into x: UnsafeMutablePointer<S>, scaling: InverseScaling = .reciprocalOfCount
    ) {
        (coefficients == UnsafePointer(x) ? inversePlans.inPlace : inversePlans.outOfPlace).execute(coefficients, x)
        if scaling == .reciprocalOfCount { scale(layout.count, x, by: inverseFactor) }
    }
}
