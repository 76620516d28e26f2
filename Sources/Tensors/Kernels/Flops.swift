import Synchronization

/// Counts the floating-point operations of matrix products and convolutions while a count is asked for; a multiplication and an addition are two.
///
/// What is done is counted: Winograd's algorithm counts with its products, a quarter of the definition's.
package enum Flops {
    private static let isCounting = Atomic<Bool>(false)
    private static let total = Atomic<Int>(0)

    /// Starts counting from zero.
    package static func start() {
        total.store(0, ordering: .relaxed)
        isCounting.store(true, ordering: .relaxed)
    }

    /// Stops and returns the count.
    package static func stop() -> Int {
        isCounting.store(false, ordering: .relaxed)
        return total.load(ordering: .relaxed)
    }

    /// Adds operations of a kernel; does nothing unless a count was started.
    package static func add(_ count: @autoclosure () -> Int) {
        if isCounting.load(ordering: .relaxed) { total.wrappingAdd(count(), ordering: .relaxed) }
    }
}
