import Tensors

extension Variable {
    /// `(x - mean) / sqrt(variance + epsilon)` with mean and (biased) variance over the given axes.
    ///
    /// Instance normalisation of `[b, y, x, c]` standardises over `[1, 2]`; one group over all but the batch.
    public func standardised(over axes: [Int], epsilon: Element = 1e-5) -> Variable {
        let centred = self - mean(axes: axes)
        let variance = centred.square().mean(axes: axes)
        return centred * (variance + epsilon).squareRoot().reciprocal()
    }

    /// Group normalisation of `[b, x..., c]`: channels in `groups` equal groups, each standardised over its channels and all points
    /// (Wu and He, 2018), without the affine map.
    public func groupStandardised(groups: Int, epsilon: Element = 1e-5) -> Variable {
        let channels = shape[shape.count - 1]
        precondition(channels % groups == 0, "\(channels) channels in \(groups) groups")
        let grouped = reshaped([shape[0], -1, groups, channels / groups])
        return grouped.standardised(over: [1, 3], epsilon: epsilon).reshaped(shape)
    }
}
