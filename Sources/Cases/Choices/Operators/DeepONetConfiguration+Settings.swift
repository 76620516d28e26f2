import Autodiff
import NeuralOperators

extension DeepONetConfiguration: OperatorSettings {
    /// One line for `eddy list`.
    public static let summary = "deep operator network, unstacked (Lu et al. 2021)"

    /// Two hidden layers of 128 in both nets.
    public init() { self.init(products: 128) }

    /// The keys of the section.
    public static let keys: [Key<Self>] = [
        .integers("branch", \.branch, .range(1...65536), count: 0...32, "hidden widths of the branch net, which sees the input"),
        .integers(
            "convolutions", \.convolutions, .range(1...4096), count: 0...8,
            "channels of convolutions before the branch net, 5 points wide with stride 2, on lines and planes"),
        .integers("trunk", \.trunk, .range(1...65536), count: 0...32, "hidden widths of the trunk net, which sees the query point"),
        .integer("products", \.products, .range(1...65536), "number of products of branch and trunk that are summed"),
        .choice(
            "basis", \.basis, "what the branch multiplies: the trunk net, or (pod) principal components of the training outputs"),
        .choice("activation", \.activation, "nonlinearity"),
        .choice("outputs", \.outputs, "how several output fields share the nets"),
        .integer(
            "harmonics", \.harmonics, .range(0...64),
            "harmonics that the trunk sees: of the period in place of a periodic coordinate, of twice the length beside another one"),
        .flag("time-in-trunk", \.timeInTrunk, "several predicted frames are one function of space and time, not an output each"),
        .choice("queries", \.queries, "where the trunk is evaluated: grid, or physical coordinates of each sample on a curvilinear grid"),
        .flag(
            "hard-boundary", \.hardBoundary,
            "exactly zero on Dirichlet sides, exactly periodic on periodic axes; the boundary is that of the data"),
    ]
}
