import Datasets
import Grids
import Tensors
import Training

/// Windows of the trajectories of a dataset file: some frames in, the frames after them out.
///
/// Trajectories are kept in memory when they fit in a small part of it; otherwise each window is read when it is needed.
struct WindowSource: SampleSource {
    private let file: DatasetFile
    private let task: LearningTask
    private let window: TimeWindow
    /// Frames after the input frames that a sample has.
    private let targetFrames: Int
    /// Windows of a trajectory.
    private let starts: Int
    private let memory: (trajectories: Tensor<Float>, constants: Tensor<Float>?)?

    var count: Int { file.sampleCount * starts }
    var isSlow: Bool { memory == nil }

    /// Windows with targets for `steps` applications of the operator.
    ///
    /// - Throws: `DatasetsError.otherDefinition` when the trajectories have too few frames.
    init(
        _ file: DatasetFile, _ task: LearningTask, window: TimeWindow, steps: Int, every: Bool,
        memoryLimit: Int = MachineInfo.memoryBytes / 8
    ) throws {
        self.file = file
        self.task = task
        self.window = window
        targetFrames = steps * window.outputs
        let frames = file.schema.frameCount
        guard frames >= window.inputs + targetFrames else {
            throw DatasetsError.otherDefinition(
                path: file.path, item: "frames", found: "\(frames)",
                expected: "\(window.inputs + targetFrames) or more: \(window.inputs) in and \(targetFrames) out")
        }
        starts = every ? frames - window.inputs - targetFrames + 1 : 1
        let bytes = file.sampleCount * file.grid.count * (frames * task.outputs.count + task.inputs.count) * MemoryLayout<Float>.stride
        if bytes <= memoryLimit {
            let all = Array(0..<file.sampleCount)
            memory = (
                try file.read(samples: all, fields: task.outputs),
                task.inputs.isEmpty ? nil : try file.readInputs(task.inputs, samples: all)
            )
        } else {
            memory = nil
        }
    }

    func samples(_ indices: [Int]) throws -> Samples<Float> {
        let (points, fields, constants) = (file.grid.count, task.outputs.count, task.inputs.count)
        let (inputChannels, outputChannels) = (window.inputs * fields + constants, targetFrames * fields)
        let shape = [indices.count] + file.grid.shape
        let inputs = Tensor<Float>(uninitialized: shape + [inputChannels])
        let targets = Tensor<Float>(uninitialized: shape + [outputChannels])
        for (row, index) in indices.enumerated() {
            let (trajectory, start) = index.quotientAndRemainder(dividingBy: starts)
            let all = window.inputs + targetFrames
            // Frames `[frame, x..., field]` of the window.
            let frames =
                try memory.map { $0.trajectories.rows(trajectory..<(trajectory + 1)) }
                ?? file.read(samples: [trajectory], fields: task.outputs, frames: start..<(start + all))
            let source = frames.basePointer + (memory == nil ? 0 : start * points * fields)
            TimeWindow.interleave(
                source, frames: window.inputs, points: points, fields: fields,
                into: inputs.kernelPointer + row * points * inputChannels, width: inputChannels)
            TimeWindow.interleave(
                source + window.inputs * points * fields, frames: targetFrames, points: points, fields: fields,
                into: targets.kernelPointer + row * points * outputChannels, width: outputChannels)
            guard constants > 0 else { continue }
            let values =
                try memory.map { $0.constants!.rows(trajectory..<(trajectory + 1)) }
                ?? file.readInputs(task.inputs, samples: [trajectory])
            TimeWindow.interleave(
                values.basePointer, frames: 1, points: points, fields: constants,
                into: inputs.kernelPointer + row * points * inputChannels + window.inputs * fields, width: inputChannels)
        }
        return Samples(inputs: inputs, targets: targets)
    }
}

extension TimeWindow {
    /// Frames `[frame, point, field]` as channels: `target[point * width + frame * fields + field]`.
    static func interleave(
        _ source: UnsafePointer<Float>, frames: Int, points: Int, fields: Int, into target: UnsafeMutablePointer<Float>, width: Int
    ) {
        for frame in 0..<frames {
            let (from, to) = (source + frame * points * fields, target + frame * fields)
            for point in 0..<points {
                for field in 0..<fields { to[point * width + field] = from[point * fields + field] }
            }
        }
    }
}
