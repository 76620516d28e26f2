import Numerics

/// One-dimensional distributions of grid points on `[0, 1]`.
enum Stretching {
    /// Exponential clustering at 0: `s(t) = (e^(b t) - 1) / (e^b - 1)` with slope `ds/dt = slope` at 0; uniform for slope 1.
    ///
    /// The same function on `n` and `2 n` cells gives nested grids.
    static func exponential(slope: Double) -> (Double) -> Double {
        // b / (e^b - 1) = slope falls monotonically in b.
        let b = root(from: -60, to: 60) { abs($0) < 1e-9 ? 1 - slope : $0 / Double.expMinusOne($0) - slope }
        guard abs(b) > 1e-9 else { return { $0 } }
        return { Double.expMinusOne(b * $0) / Double.expMinusOne(b) }
    }

    /// Clustering at both ends with slopes `first` at 0 and `last` at 1 whose product is below 1.
    ///
    /// ## References
    /// M. Vinokur, J. Comput. Phys. 50 (1983) 215, equations for the hyperbolic tangent.
    static func twoSided(first: Double, last: Double) -> (Double) -> Double {
        let b = 1 / (first * last).squareRoot()
        let a = (last / first).squareRoot()
        precondition(b > 1, "slopes \(first) and \(last) at the ends do not cluster")
        let delta = root(from: 1e-6, to: 200) { b - Double.sinh($0) / $0 }
        return { t in
            let u = 0.5 * (1 + Double.tanh(delta * (t - 0.5)) / Double.tanh(delta / 2))
            return u / (a + (1 - a) * u)
        }
    }

    /// Points `0 = s_0 < ... < s_n = 1` with first cell `first`, growing by at most `gentle` per cell over the first three quarters and by
    /// one larger factor over the rest.
    static func geometric(cells: Int, first: Double, gentle: Double = 1.02) -> [Double] {
        var factor = growth(cells: cells, ratio: 1 / first)
        var points = [0.0]
        var width = first
        let gentleCells = 3 * (cells + 1) / 4 - 1
        for k in 0..<cells {
            if factor > gentle && k == 0 { factor = gentle }
            if factor == gentle && k == gentleCells { factor = growth(cells: cells - k, ratio: (1 - points[k]) / width) }
            points.append(points[k] + width)
            width *= factor
        }
        points[cells] = 1
        return points
    }

    /// The points with every cell divided into `parts` equal ones.
    static func divided(_ points: [Double], into parts: Int) -> [Double] {
        (0...(points.count - 1) * parts).map { k in
            let (cell, part) = (k / parts, k % parts)
            return part == 0 ? points[cell] : points[cell] + (points[cell + 1] - points[cell]) * Double(part) / Double(parts)
        }
    }

    /// The factor `r` with `1 + r + ... + r^(cells - 1) = ratio`.
    private static func growth(cells: Int, ratio: Double) -> Double {
        root(from: 1e-3, to: 10) { r in
            var sum = 0.0
            for _ in 0..<cells { sum = sum * r + 1 }
            return ratio - sum
        }
    }

    /// A root by bisection of a function that falls from positive to negative.
    private static func root(from low: Double, to high: Double, _ function: (Double) -> Double) -> Double {
        var (a, b) = (low, high)
        for _ in 0..<200 {
            let middle = (a + b) / 2
            if function(middle) > 0 { a = middle } else { b = middle }
        }
        return (a + b) / 2
    }
}
