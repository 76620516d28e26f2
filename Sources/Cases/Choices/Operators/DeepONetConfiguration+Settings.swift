import Autodiff
import NeuralOperators

extension DeepONetConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "deep operator network, unstacked (Lu et al. 2021)"

    /// Two hidden layers of 128 in both nets.
    public init() { self.init(products: 128) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integers("branch", \.branch, .range(1...65536), count: 1...32, "hidden widths of the branch net, which sees the input"),
        .integers("trunk", \.trunk, .range(1...65536), count: 1...32, "hidden widths of the trunk net, which sees the query point"),
        .integer("products", \.products, .range(1...65536), "number of products of branch and trunk that are summed"),
        .choice("activation", \.activation, "nonlinearity"),
        .choice("outputs", \.outputs, "how several output fields share the nets"),
        .integer("harmonics", \.harmonics, .range(0...64), "harmonics that the trunk sees of periodic axes; 0: the coordinate"),
        .flag("zero-boundary", \.zeroBoundary, "multiply the output by a function that vanishes on the boundary"),
    ]
}
