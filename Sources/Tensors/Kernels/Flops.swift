import Synchronization

/// Counts floating-point operations while a count is asked for; a multiplication and an addition are two.
///
/// Matrix products and convolutions are counted apart from everything else, because a machine's rate for them is what benchmarks compare with.
/// What is done is counted: Winograd's algorithm counts with its products, a quarter of the definition's.
package enum Flops {
    private static let isCounting = Atomic<Bool>(false)
    private static let products = Atomic<Int>(0)
    private static let others = Atomic<Int>(0)

    /// Starts counting from zero.
    package static func start() {
        products.store(0, ordering: .relaxed)
        others.store(0, ordering: .relaxed)
        isCounting.store(true, ordering: .relaxed)
    }

    /// Stops and returns the count of matrix products, mode mixing and convolutions.
    @discardableResult
    package static func stop() -> Int {
        isCounting.store(false, ordering: .relaxed)
        return products.load(ordering: .relaxed)
    }

    /// Stops and returns the count of everything.
    package static func stopAll() -> Int { stop() + others.load(ordering: .relaxed) }

    /// Adds operations of a matrix product or convolution; does nothing unless a count was started.
    package static func add(_ count: @autoclosure () -> Int) {
        if isCounting.load(ordering: .relaxed) { products.wrappingAdd(count(), ordering: .relaxed) }
    }

    /// Adds operations of a transform, a stencil, a flux or a factorisation; does nothing unless a count was started.
    package static func addOther(_ count: @autoclosure () -> Int) {
        if isCounting.load(ordering: .relaxed) { others.wrappingAdd(count(), ordering: .relaxed) }
    }
}
