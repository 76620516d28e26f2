import Datasets
import Tensors
import Training

/// Samples of a dataset file for training a map between fields: kept in memory when they fit in a small part of it, streamed otherwise.
struct DatasetSource: SampleSource {
    private let file: DatasetFile
    private let task: LearningTask
    private let memory: InMemorySource<Float>?

    var count: Int { file.sampleCount }
    var isSlow: Bool { memory == nil }

    /// Opens `file` for `task`; data of at most `memoryLimit` bytes are read at once.
    init(_ file: DatasetFile, _ task: LearningTask, memoryLimit: Int = MachineInfo.memoryBytes / 8) throws {
        self.file = file
        self.task = task
        let bytes = file.sampleCount * file.grid.count * (task.inputs.count + task.outputs.count) * MemoryLayout<Float>.stride
        memory = bytes <= memoryLimit ? InMemorySource(try DatasetSource.read(file, task, Array(0..<file.sampleCount))) : nil
    }

    func samples(_ indices: [Int]) throws -> Samples<Float> {
        if let memory { return memory.samples(indices) }
        return try DatasetSource.read(file, task, indices)
    }

    /// Input and target fields of some samples.
    static func read(_ file: DatasetFile, _ task: LearningTask, _ indices: [Int]) throws -> Samples<Float> {
        Samples(
            inputs: try file.readInputs(task.inputs, samples: indices),
            targets: try file.read(samples: indices, fields: task.outputs))
    }
}
