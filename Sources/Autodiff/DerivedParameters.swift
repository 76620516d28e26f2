import Foundation
import Synchronization
import Tensors

/// Names what a layer computes from its parameters alone.
struct DerivedKey: Hashable {
    let parameter: Int
    let form: String
}

/// What layers compute from parameters alone, shared by the tapes of all predictions with the same parameters.
///
/// Valid as long as the parameters do not change.
public final class DerivedParameters<Element: Scalar>: Sendable {
    private let values = Mutex<[DerivedKey: (place: Tensor<Element>?, value: Tensor<Element>)]>([:])

    /// Nothing yet.
    public init() {}

    /// The value of a key at a place; of several places the last one is kept.
    ///
    /// Threads that ask at the same time may make it twice, with the same bits.
    func value(for key: DerivedKey, at place: Tensor<Element>? = nil, make: () -> Tensor<Element>) -> Tensor<Element> {
        func known() -> Tensor<Element>? {
            guard let entry = values.withLock({ $0[key] }), Tensor.isSame(entry.place, place) else { return nil }
            return entry.value
        }
        if let value = known() { return value }
        let value = make()
        if let earlier = known() { return earlier }
        values.withLock { $0[key] = (place, value) }
        return value
    }
}

extension Tensor {
    /// Whether two tensors, or their absences, have the same shape and bits.
    static func isSame(_ one: Tensor?, _ other: Tensor?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return one.shape == other.shape
            && (one.basePointer == other.basePointer
                || memcmp(one.basePointer, other.basePointer, one.count * MemoryLayout<Element>.stride) == 0)
    }
}
