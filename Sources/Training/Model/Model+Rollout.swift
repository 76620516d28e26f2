import Autodiff
import NeuralOperators
import Tensors

extension Model {
    /// The next window of a rollout: the oldest frames leave, predicted ones enter, everything else stays.
    ///
    /// - Parameters:
    ///   - input: `[batch, x..., input channel]`, the window and then the constant inputs.
    ///   - prediction: `[batch, x..., output channel]`.
    public func advanced<Element: Scalar>(_ input: Variable<Element>, by prediction: Variable<Element>) -> Variable<Element> {
        let window = requireWindow()
        let axis = input.shape.count - 1
        let fields = description.stateFields.count
        let windowChannels = window.inputs * fields
        var parts: [Variable<Element>] = []
        if window.outputs < window.inputs { parts.append(input.slice(axis: axis, (window.outputs * fields)..<windowChannels)) }
        let new = min(window.outputs, window.inputs) * fields
        parts.append(prediction.slice(axis: axis, (window.outputs * fields - new)..<(window.outputs * fields)))
        if windowChannels < input.shape[axis] { parts.append(input.slice(axis: axis, windowChannels..<input.shape[axis])) }
        return parts.count == 1 ? parts[0] : .concatenate(parts, axis: axis)
    }

    /// Predicts `frames` frames from a first window by applying the operator to its own predictions.
    ///
    /// - Parameter input: `[batch, x..., input channel]` in physical units.
    /// - Returns: `[batch, x..., frame * field]` in physical units, ordered by frame.
    /// - Throws: `OperatorError` when the operator cannot be applied on the grid.
    public func rollout(_ input: Tensor<Float>, frames: Int, workers: Workers = Workers(threads: 1)) throws -> Tensor<Float> {
        let window = requireWindow()
        precondition(frames > 0, "a rollout of \(frames) frames")
        let grid = Array(input.shape[1..<(input.rank - 1)])
        try validate(grid: grid, channels: input.shape[input.rank - 1])
        let fields = description.stateFields.count
        let points = grid.reduce(1, *)
        let width = frames * fields
        let result = Tensor<Float>(uninitialized: [input.shape[0]] + grid + [width])
        try workers.runEach(input.shape[0]) { sample, workers in
            let tape = Tape(inferenceWith: parameters, sharing: derived, workers: workers)
            defer { withExtendedLifetime(tape) {} }
            let target = result.kernelPointer + sample * points * width
            var current = input.rows(sample..<(sample + 1))
            for step in 0..<window.steps(for: frames) {
                let variable = tape.constant(current)
                let prediction = self(variable)
                let start = step * window.outputs * fields
                let kept = min(window.outputs * fields, width - start)
                let source = prediction.value.basePointer
                for point in 0..<points {
                    (target + point * width + start).update(from: source + point * window.outputs * fields, count: kept)
                }
                if start + kept < width { current = advanced(variable, by: prediction).value.copied() }
            }
        }
        return result
    }

    private func requireWindow() -> TimeWindow {
        guard let window = description.window else { preconditionFailure("a rollout of an operator that does not step in time") }
        return window
    }
}
