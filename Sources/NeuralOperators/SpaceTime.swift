import Autodiff
import Tensors

/// An operator on space and time as a step from a window to several later frames at once.
///
/// The input fields are repeated along a last axis of time that has one point for each predicted frame, as the three-dimensional FNO of the original
/// paper does; time is not periodic.
struct SpaceTime: NeuralOperator {
    private let inner: any NeuralOperator
    private let frames: Int

    func validate(grid: [Int]) throws { try inner.validate(grid: grid + [frames]) }

    /// `[b, x..., input] -> [b, x..., frame * field]`.
    func callAsFunction<Element: Scalar>(_ input: OperatorInput<Element>) -> Variable<Element> {
        let shape = input.fields.shape
        let (lead, channels) = (Array(shape.dropLast()), shape[shape.count - 1])
        let repeated = input.fields.reshaped(lead + [1, channels]).broadcast(to: lead + [frames, channels])
        return inner(OperatorInput(repeated, parameters: input.parameters)).reshaped(lead + [-1])
    }

    init(_ inner: any NeuralOperator, frames: Int) {
        self.inner = inner
        self.frames = frames
    }
}

extension OperatorInterface {
    /// The same map with time as a last axis of the grid.
    private var inSpaceTime: OperatorInterface {
        OperatorInterface(
            inputChannels: inputChannels, outputChannels: outputChannels / outputFrames, grid: grid + [outputFrames],
            periodic: periodic + [false], scalarParameters: scalarParameters, locations: locations + [.nodes],
            boundary: boundary + [.init(lower: .open, upper: .open)], coordinateChannels: coordinateChannels)
    }

    /// The operator that `make` builds for an interface: this one, or the one in space and time when the operator has one axis more than the grid and
    /// predicts several frames.
    func makeOperator(axes: Int, _ make: (OperatorInterface) throws -> any NeuralOperator) rethrows -> any NeuralOperator {
        guard axes == dimensions + 1, outputFrames > 1 else { return try make(self) }
        return SpaceTime(try make(inSpaceTime), frames: outputFrames)
    }

    /// How many numbers a setting with one for each axis has, in words.
    var axisCounts: String {
        "\(dimensions) numbers, one for each axis" + (outputFrames > 1 ? ", or \(dimensions + 1), the last for time" : "")
    }
}
