import Numerics
import Tensors
import Transforms

/// What holds at the sides of a box of reactions and diffusion, and where its points lie.
public enum ReactionDiffusionBoundary: String, Hashable, Codable, CaseIterable, Sendable {
    /// Periodic, points at `x_j = j L / n`.
    case periodic
    /// No flux through the sides, points at the centres of cells `(j + 1/2) L / n`.
    case neumann
}

/// Which discrete Laplacian diffuses.
public enum ReactionDiffusionLaplacian: String, Hashable, Codable, CaseIterable, Sendable {
    /// The exact derivative of the series of sines, cosines or complex exponentials.
    case spectral
    /// Second-order differences, `(u[i - 1] - 2 u[i] + u[i + 1]) / h^2`: finite volumes on cells.
    case secondOrder = "second-order"
}

/// A system `du/dt = D Lap u - r u + R(u)` of several fields on a box, in the real coefficients of a sine, cosine or Hartley series.
///
/// Diffusion is diagonal there; the reactions `R` are formed at the points. A state is `[field, coefficients...]`, scaled so that the fields are its plain
/// (unscaled) inverse transform. Reactions are smooth functions of the fields, without derivatives, so that no dealiasing is needed for resolved fields.
final class ReactionDiffusionEquation: SemilinearSpectralEquation {
    typealias Element = Double

    /// Reactions of `count` points: fields `[field, point]` to rates `[field, point]`, which is other memory.
    typealias Reaction = (_ count: Int, _ fields: UnsafePointer<Double>, _ rates: UnsafeMutablePointer<Double>) -> Void

    let name: String
    let linearSymbol: LinearSymbol
    let shape: [Int]
    let fieldCount: Int
    private let transform: TrigonometricTransform<Double>
    private let reaction: Reaction
    /// A rate in the coefficients that does not depend on the state, if there is one.
    var constantRate: Storage<Double>?
    private let values: Storage<Double>
    private let rates: Storage<Double>

    /// - Parameters:
    ///   - eigenvalues: of `-Lap` along each axis, in the order of the coefficients.
    ///   - diffusivities: one for each field.
    ///   - decays: `r`, one for each field.
    init(
        name: String, shape: [Int], kinds: [TrigonometricKind], eigenvalues: [[Double]], diffusivities: [Double], decays: [Double],
        reaction: @escaping Reaction
    ) {
        self.name = name
        self.shape = shape
        self.reaction = reaction
        fieldCount = diffusivities.count
        transform = TrigonometricTransform(grid: shape, kinds: kinds, batch: fieldCount)
        let sums = eigenvalues.reduce([0.0]) { head, axis in head.flatMap { value in axis.map { value + $0 } } }
        linearSymbol = .scalars(zip(diffusivities, decays).flatMap { diffusivity, decay in sums.map { -diffusivity * $0 - decay } })
        values = Storage(count: transform.count)
        rates = Storage(count: transform.count)
    }

    /// Scalars of a state.
    var count: Int { transform.count }

    /// Reactions limit steps through their accuracy.
    var stableTimeStep: Double { .infinity }

    func nonlinearTerm(of state: UnsafePointer<Double>, time: Double, into rate: UnsafeMutablePointer<Double>) {
        transform.inverse(state, into: values.pointer, scaling: .none)
        reaction(count / fieldCount, values.pointer, rates.pointer)
        coefficients(of: rates.pointer, into: rate)
        if let constantRate { add(count, constantRate.pointer, to: rate) }
    }

    /// Coefficients of fields `[field, point]`.
    func coefficients(of fields: UnsafePointer<Double>, into state: UnsafeMutablePointer<Double>) {
        transform.forward(fields, into: state)
        scale(count, state, by: transform.inverseFactor)
    }

    /// Coefficients of fields `[point, field]`.
    func coefficients(ofInterleaved fields: UnsafePointer<Double>, into state: UnsafeMutablePointer<Double>) {
        let points = count / fieldCount
        for field in 0..<fieldCount {
            for point in 0..<points { values.pointer[field * points + point] = fields[point * fieldCount + field] }
        }
        coefficients(of: values.pointer, into: state)
    }

    /// Fields `[point, field]` of a state.
    func interleavedValues(of state: UnsafePointer<Double>, into fields: UnsafeMutablePointer<Double>) {
        let points = count / fieldCount
        transform.inverse(state, into: values.pointer, scaling: .none)
        for field in 0..<fieldCount {
            for point in 0..<points { fields[point * fieldCount + field] = values.pointer[field * points + point] }
        }
    }

    /// Eigenvalues of `-d^2/dx^2` on an axis of `count` points, in the order of the coefficients.
    static func eigenvalues(
        count: Int, length: Double, boundary: ReactionDiffusionBoundary, laplacian: ReactionDiffusionLaplacian
    ) -> [Double] {
        (0..<count).map { index in
            let wave = boundary == .periodic ? 2 * .pi * Double(min(index, count - index)) / length : .pi * Double(index) / length
            guard laplacian == .secondOrder else { return wave * wave }
            let spacing = length / Double(count)
            let root = 2 * Double.sin(wave * spacing / 2) / spacing
            return root * root
        }
    }
}

private func scale(_ count: Int, _ x: UnsafeMutablePointer<Double>, by factor: Double) {
    for i in 0..<count { x[i] *= factor }
}

private func add(_ count: Int, _ x: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>) {
    for i in 0..<count { target[i] += x[i] }
}
