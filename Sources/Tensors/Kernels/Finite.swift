extension Kernels {
    /// Index of the first infinite or undefined number, if there is one.
    @specialized(where T == Float)
    @specialized(where T == Double)
    package static func firstNonFinite<T: Scalar>(_ count: Int, _ x: UnsafePointer<T>) -> Int? {
        // x - x is zero for every finite x and undefined otherwise: a sum of many of them is tested at once.
        let block = 1024
        var start = 0
        while start < count {
            let end = min(start + block, count)
            var isFinite = true
            for index in start..<end { isFinite = (x[index] - x[index] == 0) && isFinite }
            if !isFinite { for index in start..<end where !x[index].isFinite { return index } }
            start = end
        }
        return nil
    }
}
