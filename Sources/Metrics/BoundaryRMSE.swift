import Tensors

extension Metric {
    /// Root mean square error on the boundary: the first and last layer of every axis that is not periodic.
    ///
    /// A point on an edge or corner belongs to each of its faces, as in PDEBench.
    public static let boundaryRMSE = Metric(
        name: "boundary-rmse", title: "boundary RMSE",
        formula: "sqrt(mean e^2 over the points of all faces), faces = first and last layer of each axis that is not periodic",
        source: "Takamoto et al. 2022, PDEBench (arXiv:2210.07182), bRMSE", unit: .field, needs: .boundary, best: 0,
        body: .field(.root) { prediction, truth, geometry in
            let (p, t) = (prediction.basePointer, truth.basePointer)
            let shape = geometry.shape
            var terms = Terms(0, 0)
            for axis in shape.indices where !geometry.periodic[axis] {
                let inner = shape[(axis + 1)...].reduce(1, *)
                let outer = shape[..<axis].reduce(1, *)
                for layer in shape[axis] == 1 ? [0] : [0, shape[axis] - 1] {
                    for block in 0..<outer {
                        let start = (block * shape[axis] + layer) * inner
                        for index in start..<(start + inner) { terms.numerator += (p[index] - t[index]) * (p[index] - t[index]) }
                    }
                    terms.denominator += Double(inner * outer)
                }
            }
            return terms
        })
}
