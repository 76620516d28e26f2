import Synchronization
import Tensors

/// Names what a layer computes from its parameters alone.
struct DerivedKey: Hashable {
    let parameter: Int
    let form: String
}

/// What layers compute from parameters alone, shared by the tapes of all predictions with the same parameters, and forgotten when those change.
public final class DerivedParameters<Element: Scalar>: Sendable {
    private struct State {
        var values: [DerivedKey: Tensor<Element>] = [:]
        /// The vector that the values belong to, and how often it had changed.
        var vector: ObjectIdentifier?
        var changes = 0
    }

    private let state = Mutex(State())

    /// Nothing yet.
    public init() {}

    /// Forgets what belongs to other parameters or to earlier values of these.
    func renew(for parameters: ParameterVector<Element>) {
        state.withLock { state in
            if state.vector == ObjectIdentifier(parameters), state.changes == parameters.changes { return }
            state = State(vector: ObjectIdentifier(parameters), changes: parameters.changes)
        }
    }

    /// The value of a key.
    ///
    /// Threads that ask at the same time may make it twice, with the same bits.
    func value(for key: DerivedKey, make: () -> Tensor<Element>) -> Tensor<Element> {
        if let known = state.withLock({ $0.values[key] }) { return known }
        let value = make()
        return state.withLock { state in
            if let known = state.values[key] { return known }
            state.values[key] = value
            return value
        }
    }
}
