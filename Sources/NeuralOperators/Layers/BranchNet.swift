import Autodiff
import Tensors

/// The branch net of a DeepONet: a perceptron on the values at all sensors, perhaps after strided convolutions over their grid, and on the numbers
/// that describe a whole sample.
struct BranchNet: Sendable {
    /// A convolution of 5 points along each axis with stride 2 and no padding.
    private struct SensorConvolution: Sendable {
        let weight: Parameter
        let bias: Parameter
    }

    /// Points of the kernel along each axis.
    static let kernel = 5

    private let convolutions: [SensorConvolution]
    private let grid: [Int]
    private let channels: Int
    private let perceptron: MLP
    private let activation: Activation

    /// Points along an axis after one convolution.
    static func shrunk(_ count: Int) -> Int { count < kernel ? 0 : (count - kernel) / 2 + 1 }

    /// - Throws: `OperatorError` when the grid is too small for the convolutions or not a line or a plane.
    init(
        _ channels: Int, numbers: Int = 0, grid: [Int], convolutions widths: [Int], hidden: [Int], output: Int, activation: Activation,
        in scope: ParameterScope
    ) throws {
        self.channels = channels
        self.grid = grid.count == 1 ? [1] + grid : grid
        self.activation = activation
        guard !widths.isEmpty else {
            convolutions = []
            perceptron = MLP([grid.reduce(channels, *) + numbers] + hidden + [output], activation: activation, in: scope)
            return
        }
        guard grid.count <= 2 else {
            throw OperatorError.shapeMismatch(
                layer: "deeponet branch convolutions", found: grid, expected: "a grid of one or two axes; without convolutions any")
        }
        var extents = grid
        var layers: [SensorConvolution] = []
        for (number, width) in widths.enumerated() {
            let next = extents.map(BranchNet.shrunk)
            guard next.allSatisfy({ $0 >= 1 }) else {
                throw OperatorError.invalidSetting(
                    layer: "deeponet branch convolutions.\(number)", setting: "convolutions", found: "\(widths.count) layers",
                    allowed: "at most \(number) on a grid of \(grid.map(String.init).joined(separator: " x "))")
            }
            extents = next
            let input = number == 0 ? channels : widths[number - 1]
            let window = grid.count == 1 ? [1, BranchNet.kernel] : [BranchNet.kernel, BranchNet.kernel]
            let area = window[0] * window[1]
            let part = scope["convolutions"][number]
            layers.append(
                SensorConvolution(
                    weight: part.real("weight", window + [input, width], .glorotNormal(fanIn: area * input, fanOut: area * width)),
                    bias: part.real("bias", [width], .constant(0))))
        }
        convolutions = layers
        perceptron = MLP([extents.reduce(widths.last!, *) + numbers] + hidden + [output], activation: activation, in: scope)
    }

    /// `[b, x..., channel] -> [b, output]`.
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        let batch = input.fields.shape[0]
        var x = input.fields
        if !convolutions.isEmpty {
            x = x.reshaped([batch] + grid + [channels])
            let stride = Convolution.Extent(y: grid[0] == 1 ? 1 : 2, x: 2)
            for layer in convolutions {
                x = activation(x.convolved(x.tape.parameter(layer.weight), bias: x.tape.parameter(layer.bias), stride: stride))
            }
        }
        let sensors = x.reshaped([batch, -1])
        return perceptron(input.parameters.map { .concatenate([sensors, $0], axis: 1) } ?? sensors)
    }
}
