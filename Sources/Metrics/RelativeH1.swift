import Tensors

extension Metric {
    /// Relative H1 error by finite differences: `sqrt(sum w (e^2 + |grad e|^2) / sum w (u^2 + |grad u|^2))`.
    ///
    /// Second-order central differences, wrapped along periodic axes, second-order one-sided at ends.
    public static let relativeH1 = Metric(
        name: "relative-h1", title: "relative H¹ error",
        formula: "sqrt(sum w (e^2 + |grad e|^2) / sum w (u^2 + |grad u|^2)), grad by second-order differences in physical units",
        source: "Sobolev norm W^{1,2}; Li et al. 2024, Physics-informed neural operator (arXiv:2111.03794)", unit: .one, needs: .uniform,
        best: 0,
        body: .field(.root) { prediction, truth, geometry in
            Terms(squaredH1Norm(difference(prediction, truth), geometry), squaredH1Norm(truth, geometry))
        })

    /// `sum w (u^2 + |grad u|^2)` by finite differences.
    private static func squaredH1Norm(_ field: Tensor<Double>, _ geometry: FieldGeometry) -> Double {
        let u = field.basePointer
        let weights = geometry.weights?.basePointer
        var sum = Sums.weighted(field, field, geometry) { p, _ in p * p }
        for axis in geometry.shape.indices {
            let extent = geometry.shape[axis]
            let inner = geometry.shape[(axis + 1)...].reduce(1, *)
            let outer = geometry.shape[..<axis].reduce(1, *)
            let scale = 0.5 / geometry.spacing![axis]
            for block in 0..<outer {
                for position in 0..<extent {
                    let stencil = Difference(position: position, extent: extent, periodic: geometry.periodic[axis])
                    let row = block * extent * inner
                    let start = row + position * inner
                    for offset in 0..<inner {
                        let slope = stencil.value(u + row + offset, stride: inner) * scale
                        sum += (weights?[start + offset] ?? 1) * slope * slope
                    }
                }
            }
        }
        return sum
    }
}

/// The three-point difference `2 h u'` at one position of a line: central, wrapped, or one-sided (all of second order).
private struct Difference {
    private let indices: (Int, Int, Int)
    private let factors: (Double, Double, Double)

    init(position: Int, extent: Int, periodic: Bool) {
        let last = extent - 1
        if periodic {
            indices = ((position + last) % extent, position, (position + 1) % extent)
            factors = (-1, 0, 1)
        } else if extent < 3 {
            // Two points give one difference, a single point none.
            indices = (0, 0, last)
            factors = (-2, 0, 2)
        } else if position == 0 {
            indices = (0, 1, 2)
            factors = (-3, 4, -1)
        } else if position == last {
            indices = (last - 2, last - 1, last)
            factors = (1, -4, 3)
        } else {
            indices = (position - 1, position, position + 1)
            factors = (-1, 0, 1)
        }
    }

    @inline(__always)
    func value(_ line: UnsafePointer<Double>, stride: Int) -> Double {
        factors.0 * line[indices.0 * stride] + factors.1 * line[indices.1 * stride] + factors.2 * line[indices.2 * stride]
    }
}
