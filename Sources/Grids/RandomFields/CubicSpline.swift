/// The natural cubic spline through equally spaced values.
struct CubicSpline {
    private let values: [Double]
    /// Second derivatives at the nodes, times the squared spacing.
    private let curvatures: [Double]
    private let lower: Double
    private let spacing: Double

    init(_ values: [Double], from lower: Double, to upper: Double) {
        let n = values.count
        precondition(n >= 2, "a spline through \(n) values")
        self.values = values
        self.lower = lower
        self.spacing = (upper - lower) / Double(n - 1)
        // M_(i-1) + 4 M_i + M_(i+1) = 6 (v_(i-1) - 2 v_i + v_(i+1)) in the interior, M = 0 at the ends (Thomas' algorithm).
        var curvatures = [Double](repeating: 0, count: n)
        var ratio = [Double](repeating: 0, count: n)
        for i in stride(from: 1, to: n - 1, by: 1) {
            let pivot = 4 - ratio[i - 1]
            ratio[i] = 1 / pivot
            curvatures[i] = (6 * (values[i - 1] - 2 * values[i] + values[i + 1]) - curvatures[i - 1]) / pivot
        }
        for i in stride(from: n - 2, to: 0, by: -1) { curvatures[i] -= ratio[i] * curvatures[i + 1] }
        self.curvatures = curvatures
    }

    func values(at points: [Double]) -> [Double] {
        points.map { point in
            let position = (point - lower) / spacing
            let i = min(max(Int(position), 0), values.count - 2)
            let right = position - Double(i)
            let left = 1 - right
            return left * values[i] + right * values[i + 1]
                + ((left * left * left - left) * curvatures[i] + (right * right * right - right) * curvatures[i + 1]) / 6
        }
    }
}
