/// The frames that an operator for a problem in time reads and predicts: the last `inputs` frames in, the next `outputs` frames out.
///
/// Channels of a window are ordered by frame, then by field: `[frame 0: field 0, field 1, ...; frame 1: ...]`.
public struct TimeWindow: Sendable, Equatable, Codable {
    /// Frames that the operator reads.
    public var inputs: Int
    /// Frames that it predicts at once.
    public var outputs: Int

    /// A window of at least one frame each way.
    public init(inputs: Int, outputs: Int) {
        precondition(inputs > 0 && outputs > 0, "a window of \(inputs) frames in and \(outputs) out")
        self.inputs = inputs
        self.outputs = outputs
    }

    /// Applications of the operator that predict `frames` frames, the last of which may give more than are asked for.
    public func steps(for frames: Int) -> Int { (frames + outputs - 1) / outputs }
}

extension ModelDescription {
    /// The window of an operator for a problem in time; nil for a map between fields.
    public var window: TimeWindow? {
        let frames = outputs.compactMap(\.frame)
        guard let last = frames.max(), let first = inputs.compactMap(\.frame).min() else { return nil }
        return TimeWindow(inputs: -first, outputs: last + 1)
    }

    /// Names of the fields that evolve, in the order of their channels; the output fields of a map.
    public var stateFields: [String] { outputs.filter { ($0.frame ?? 0) == 0 }.map(\.field) }

    /// Names of the input fields that do not belong to the window: coefficients, forcings, parameters.
    public var constantInputs: [String] { inputs.filter { $0.frame == nil }.map(\.field) }

    /// The channels of a problem in time: the frames of the state, then the inputs that stay the same.
    ///
    /// - Parameters:
    ///   - state: channels of one frame.
    ///   - constants: channels that do not depend on time.
    public static func channels(_ window: TimeWindow, state: [Channel], constants: [Channel]) -> (inputs: [Channel], outputs: [Channel]) {
        func frames(_ range: Range<Int>) -> [Channel] {
            range.flatMap { frame in
                state.map { Channel(field: $0.field, longName: $0.longName, units: $0.units, frame: frame) }
            }
        }
        return (frames(-window.inputs..<0) + constants, frames(0..<window.outputs))
    }
}
