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
        let trajectories = try file.read(samples: indices, fields: task.outputs)
        let constants = task.inputs.isEmpty ? nil : try file.readInputs(task.inputs, samples: indices)
        let size = trajectories.count / max(indices.count, 1)
        let parts = indices.indices.map { row in
            Self.split(
                trajectories.rows(row..<(row + 1)).reshaped([frames, size / (frames * task.outputs.count), task.outputs.count]), window,
                constants: constants?.rows(row..<(row + 1)), grid: file.grid.shape)
        }
        return Samples(inputs: .joined(parts.map(\.inputs)), targets: .joined(parts.map(\.targets)))
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
        return Self.split(fields.reshaped([frames, points, task.outputs.count]), window, constants: constants, grid: grid)
    }

    /// A trajectory `[frame, point, field]` as first window and the frames after it.
    private static func split(_ trajectory: Tensor<Float>, _ window: TimeWindow, constants: Tensor<Float>?, grid: [Int]) -> Samples<Float> {
        let (frames, points, fields) = (trajectory.shape[0], trajectory.shape[1], trajectory.shape[2])
        let others = constants.map { $0.shape[$0.rank - 1] } ?? 0
        let (inputWidth, targetWidth) = (window.inputs * fields + others, (frames - window.inputs) * fields)
        let inputs = Tensor<Float>(uninitialized: [1] + grid + [inputWidth])
        let targets = Tensor<Float>(uninitialized: [1] + grid + [targetWidth])
        let source = trajectory.basePointer
        for point in 0..<points {
            for frame in 0..<frames {
                let values = source + (frame * points + point) * fields
                if frame < window.inputs {
                    (inputs.kernelPointer + point * inputWidth + frame * fields).update(from: values, count: fields)
                } else {
                    (targets.kernelPointer + point * targetWidth + (frame - window.inputs) * fields).update(from: values, count: fields)
                }
            }
            if let constants {
                (inputs.kernelPointer + point * inputWidth + window.inputs * fields)
                    .update(from: constants.basePointer + point * others, count: others)
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
