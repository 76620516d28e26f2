/// What a pass that makes the gradient of the weights too needs beside its own arrays.
///
/// A convolution is a trilinear form in input, weights and gradient of the output, and a fast algorithm a sum of products of three numbers, one linear in
/// each. The forward pass and the gradient of the input are derivatives of two such sums. The gradient of the weights follows from either: from the field
/// that the pass transforms, and from another of the shape of what it writes.
struct Correlation {
    /// That other field: the input beside the gradient of the input, the gradient of the output beside the forward pass.
    let partner: UnsafeMutablePointer<Float>
    /// `[ky, kx, c, d]`, which is written.
    let weightGradient: UnsafeMutablePointer<Float>
}
