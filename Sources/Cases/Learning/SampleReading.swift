import Datasets
import Tensors
import Training

/// Inputs and truth of a model from whatever holds solutions: dataset files and solved samples.
///
/// For an operator that steps in time the input is the first window and the truth all frames after it, `[sample, x..., frame * field]`.
struct SampleReading {
    private let description: ModelDescription
    private let task: LearningTask

    /// Reading for a model.
    init(_ description: ModelDescription) {
        self.description = description
        task = LearningTask(description)
    }

    /// Samples of a file.
    ///
    /// - Throws: `DatasetsError` when the file lacks a field or has too few frames.
    func samples(of file: DatasetFile, _ indices: [Int]) throws -> Samples<Float> {
        guard let window = description.window else { return try DatasetSource.read(file, task, indices) }
        let frames = file.schema.frameCount
        guard frames > window.inputs else {
            throw DatasetsError.otherDefinition(
                path: file.path, item: "frames", found: "\(frames)", expected: "more than the \(window.inputs) that the operator reads")
        }
        return try samples(of: file, indices, frames: 0..<frames, window)
    }

    /// The input of the operator: the first window of the trajectories, or the input fields of a map.
    ///
    /// - Throws: `DatasetsError` when the file lacks a field.
    func inputs(of file: DatasetFile, _ indices: [Int]) throws -> Tensor<Float> {
        guard let window = description.window else { return try file.readInputs(task.inputs, samples: indices) }
        return try samples(of: file, indices, frames: 0..<window.inputs, window).inputs
    }

    private func samples(of file: DatasetFile, _ indices: [Int], frames: Range<Int>, _ window: TimeWindow) throws -> Samples<Float> {
        let trajectories = try file.read(samples: indices, fields: task.outputs, frames: frames)
        let constants = task.inputs.isEmpty ? nil : try file.readInputs(task.inputs, samples: indices)
        return Self.split(
            trajectories.reshaped([indices.count, frames.count, file.grid.count, task.outputs.count]), window, constants: constants,
            grid: file.grid.shape)
    }

    /// One solved sample.
    func samples(of solved: SolvedSample) -> Samples<Float> {
        guard let window = description.window else {
            return Samples(
                inputs: .channels(task.inputs.map { solved.fields[$0]! }), targets: .channels(task.outputs.map { solved.fields[$0]! }))
        }
        let first = solved.fields[task.outputs[0]]!
        let grid = Array(first.shape.dropFirst())
        let (frames, points) = (first.shape[0], grid.reduce(1, *))
        let fields: Tensor<Float> = .channels(task.outputs.map { solved.fields[$0]!.reshaped([frames, points]) })
        let constants: Tensor<Float>? =
            task.inputs.isEmpty
            ? nil
            : .channels(
                task.inputs.map { name in
                    let values = solved.fields[name]!
                    return values.rank == 0 ? Tensor(grid, repeating: values.item) : values
                })
        return Self.split(fields.reshaped([1, frames, points, task.outputs.count]), window, constants: constants, grid: grid)
    }

    /// Trajectories `[sample, frame, point, field]` as first windows and the frames after them.
    private static func split(_ trajectories: Tensor<Float>, _ window: TimeWindow, constants: Tensor<Float>?, grid: [Int]) -> Samples<Float>
    {
        let (samples, frames) = (trajectories.shape[0], trajectories.shape[1])
        let (points, fields) = (trajectories.shape[2], trajectories.shape[3])
        let others = constants.map { $0.shape[$0.rank - 1] } ?? 0
        let later = frames - window.inputs
        let (inputWidth, targetWidth) = (window.inputs * fields + others, later * fields)
        let inputs = Tensor<Float>(uninitialized: [samples] + grid + [inputWidth])
        let targets = Tensor<Float>(uninitialized: [samples] + grid + [targetWidth])
        for sample in 0..<samples {
            let source = trajectories.basePointer + sample * frames * points * fields
            let input = inputs.kernelPointer + sample * points * inputWidth
            TimeWindow.interleave(source, frames: window.inputs, points: points, fields: fields, into: input, width: inputWidth)
            TimeWindow.interleave(
                source + window.inputs * points * fields, frames: later, points: points, fields: fields,
                into: targets.kernelPointer + sample * points * targetWidth, width: targetWidth)
            if let constants {
                TimeWindow.interleave(
                    constants.basePointer + sample * points * others, frames: 1, points: points, fields: others,
                    into: input + window.inputs * fields, width: inputWidth)
            }
        }
        return Samples(inputs: inputs, targets: targets)
    }
}

extension Model {
    /// The prediction that belongs to the targets of `SampleReading`: of a map the output, of a step in time the rollout to the last frame.
    func forecast(_ samples: Samples<Float>, workers: Workers) throws -> Tensor<Float> {
        guard description.window != nil else { return try predict(samples.inputs, workers: workers) }
        let frames = samples.targets.shape[samples.targets.rank - 1] / description.stateFields.count
        return try rollout(samples.inputs, frames: frames, workers: workers)
    }
}

extension Tensor {
    /// Tensors of equal shape but for the first axis, one after another.
    static func joined(_ parts: [Tensor]) -> Tensor {
        if parts.count == 1 { return parts[0] }
        let rows = parts.reduce(0) { $0 + $1.shape[0] }
        var result = Tensor(uninitialized: [rows] + parts[0].shape.dropFirst())
        result.withUnsafeMutablePointer { target in
            var position = 0
            for part in parts {
                (target + position).update(from: part.basePointer, count: part.count)
                position += part.count
            }
        }
        return result
    }

    /// One field of one sample of `[sample, x..., channel]`.
    func field(sample: Int, channel: Int) -> Tensor {
        let channels = shape[rank - 1]
        let points = count / (Swift.max(shape[0], 1) * channels)
        var result = Tensor(uninitialized: Array(shape[1..<(rank - 1)]))
        result.withUnsafeMutablePointer { target in
            let source = basePointer + sample * points * channels + channel
            for point in 0..<points { target[point] = source[point * channels] }
        }
        return result
    }

    /// Fields `[x...]` as one sample with a channel each, `[1, x..., channel]`.
    static func channels<Source: Scalar>(_ fields: [Tensor<Source>]) -> Tensor {
        var result = Tensor(uninitialized: [1] + fields[0].shape + [fields.count])
        result.withUnsafeMutablePointer { target in
            for (channel, field) in fields.enumerated() {
                for point in 0..<field.count { target[point * fields.count + channel] = Element(field.basePointer[point]) }
            }
        }
        return result
    }
}
