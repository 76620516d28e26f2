import Synchronization

/// Values that are made once for each key and kept for the life of the process, such as transforms with measured plans.
final class PlanCache<Key: Hashable & Sendable>: Sendable {
    private let values = Mutex<[Key: any Sendable]>([:])

    /// The value of a key, made by `make` at the first request; requests for it wait meanwhile, so that a plan is measured once.
    func value<Value: Sendable>(for key: Key, make: () -> Value) -> Value {
        values.withLock { values in
            if let known = values[key] as? Value { return known }
            let value = make()
            values[key] = value
            return value
        }
    }
}
