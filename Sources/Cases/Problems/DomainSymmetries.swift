import Tensors

/// Maps of a domain onto itself that turn solutions of an equation into solutions.
public enum DomainSymmetries: Sendable {
    /// None but the identity.
    case none
    /// The four rotations and four reflections of a square with equal axes.
    case square

    /// Each sample of `[sample, y, x, channel]` turned by the element that its number in (0, 1) selects; scalars keep their values.
    func apply<Element: Scalar>(_ draws: [Double], to fields: Tensor<Element>) -> Tensor<Element> {
        guard self == .square else { return fields }
        let (n, channels) = (fields.shape[1], fields.shape[3])
        precondition(fields.rank == 4 && fields.shape[2] == n, "symmetries of the square on fields of shape \(fields.shape)")
        var result = Tensor<Element>(uninitialized: fields.shape)
        result.withUnsafeMutablePointer { target in
            for (sample, draw) in draws.enumerated() {
                let element = min(Int(draw * 8), 7)
                let (flipsY, flipsX, transposes) = (element & 1 != 0, element & 2 != 0, element & 4 != 0)
                let source = fields.basePointer + sample * n * n * channels
                let out = target + sample * n * n * channels
                for y in 0..<n {
                    for x in 0..<n {
                        let (j, i) = transposes ? (x, y) : (y, x)
                        let from = (flipsY ? n - 1 - j : j) * n + (flipsX ? n - 1 - i : i)
                        for channel in 0..<channels { out[(y * n + x) * channels + channel] = source[from * channels + channel] }
                    }
                }
            }
        }
        return result
    }
}
