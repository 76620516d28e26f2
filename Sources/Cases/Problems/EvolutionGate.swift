import Foundation
import Grids
import Metrics
import Solvers
import Tensors

/// What a trajectory must satisfy on the solver's own grid before it becomes data: means that the solver conserves to rounding, and a spectrum
/// that falls off before the grid ends.
struct EvolutionGate {
    /// Largest drift of a conserved mean, relative to the largest value at the beginning.
    static let driftLimit = 1e-9
    /// Largest share of the kinetic energy that the shortest tenth of the waves may hold.
    static let tailLimit = 1e-3

    private let form: any EvolutionForm
    private let geometry: FieldGeometry
    private let name: String
    /// Number of the field, its mean and its largest modulus at the beginning.
    private let conserved: [(field: Int, mean: Double, size: Double)]

    /// A gate for trajectories that begin with a state `[x..., field]` on a grid.
    init(_ form: any EvolutionForm, on grid: Grid, initial: Tensor<Double>) {
        self.form = form
        geometry = FieldGeometry(grid)
        name = form.account.scheme
        conserved = form.conserved.map { field in
            let number = form.state.firstIndex { $0.name == field }!
            let (mean, size) = Self.statistics(initial, number)
            return (number, mean, size)
        }
    }

    /// Checks the state at a time.
    ///
    /// - Throws: `SolverError.notConserved`, `SolverError.underResolved`.
    func check(_ state: Tensor<Double>, time: Double) throws {
        for (field, mean, size) in conserved {
            let drift = abs(Self.statistics(state, field).mean - mean) / max(size, .leastNormalMagnitude)
            guard drift <= Self.driftLimit else {
                throw SolverError.notConserved(
                    solver: name, quantity: "mean of \(form.state[field].name)", time: time, drift: drift, limit: Self.driftLimit)
            }
        }
        guard time > 0, let spectrum = spectrum(state) else { return }
        // The 2/3 rule keeps wavenumbers up to a third of the points.
        let first = Int((0.9 * Double(geometry.shape.min()!) / 3).rounded(.up))
        let share = spectrum.values.dropFirst(first).reduce(0, +) / max(spectrum.total, .leastNormalMagnitude)
        guard share <= Self.tailLimit else {
            throw SolverError.underResolved(solver: name, time: time, share: share, limit: Self.tailLimit)
        }
    }

    private func spectrum(_ state: Tensor<Double>) -> Spectrum? {
        let fields = state.fieldsFirst
        func field(_ number: Int) -> Tensor<Double> { fields.rows(number..<(number + 1)).reshaped(geometry.shape) }
        switch form.resolvedFlow {
        case .none: return nil
        case .vorticity: return .energy(vorticity: field(0), on: geometry)
        case .velocity: return .energy(velocity: form.state.indices.map(field), on: geometry)
        }
    }

    private static func statistics(_ state: Tensor<Double>, _ field: Int) -> (mean: Double, size: Double) {
        let fields = state.shape[state.rank - 1]
        var (sum, size) = (0.0, 0.0)
        for index in stride(from: field, to: state.count, by: fields) {
            sum += state.basePointer[index]
            size = max(size, abs(state.basePointer[index]))
        }
        return (sum * Double(fields) / Double(state.count), size)
    }
}

/// Which energy must have a spectrum that falls off before the grid ends.
public enum ResolvedFlow: Sendable {
    /// None: the solver looks after its resolution itself, or has no spectrum.
    case none
    /// That of the plane flow whose vorticity is the state.
    case vorticity
    /// That of the velocity whose components are the state.
    case velocity
}
