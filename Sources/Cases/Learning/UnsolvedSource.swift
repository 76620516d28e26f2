import Grids
import Tensors
import Training

/// Samples of a file, and after them inputs that are drawn and have no solution; the targets of those are zeros.
struct UnsolvedSource: SampleSource {
    private let solved: (any SampleSource<Float>)?
    private let unsolved: Int
    private let grid: [Int]
    private let channels: (inputs: Int, targets: Int)
    private let draw: @Sendable (Int) -> Tensor<Float>
    private let memory: Tensor<Float>?

    var count: Int { (solved?.count ?? 0) + unsolved }
    var isSlow: Bool { memory == nil || solved?.isSlow == true }

    /// - Parameters:
    ///   - solved: samples of a file; nil for none.
    ///   - unsolved: number of inputs to draw.
    ///   - draw: input `[x..., channel]` by number.
    init(
        _ solved: (any SampleSource<Float>)?, unsolved: Int, grid: [Int], channels: (inputs: Int, targets: Int), workers: Workers,
        memoryLimit: Int = MachineInfo.memoryBytes / 8, draw: @escaping @Sendable (Int) -> Tensor<Float>
    ) {
        self.solved = solved
        self.unsolved = unsolved
        self.grid = grid
        self.channels = channels
        self.draw = draw
        let size = grid.reduce(1, *) * channels.inputs
        guard unsolved * size * MemoryLayout<Float>.stride <= memoryLimit else {
            memory = nil
            return
        }
        let all = Tensor<Float>(uninitialized: [unsolved] + grid + [channels.inputs])
        workers.run(unsolved) { (all.kernelPointer + $0 * size).update(from: draw($0).basePointer, count: size) }
        memory = all
    }

    func samples(_ indices: [Int]) throws -> Samples<Float> {
        let first = solved?.count ?? 0
        let known = indices.filter { $0 < first }
        let read = known.isEmpty ? nil : try solved!.samples(known)
        let points = grid.reduce(1, *)
        let inputs = Tensor<Float>(uninitialized: [indices.count] + grid + [channels.inputs])
        let targets = Tensor<Float>([indices.count] + grid + [channels.targets], repeating: 0)
        let (inputSize, targetSize) = (points * channels.inputs, points * channels.targets)
        var place = 0
        for (row, index) in indices.enumerated() {
            let target = inputs.kernelPointer + row * inputSize
            if index < first {
                target.update(from: read!.inputs.basePointer + place * inputSize, count: inputSize)
                (targets.kernelPointer + row * targetSize).update(from: read!.targets.basePointer + place * targetSize, count: targetSize)
                place += 1
            } else if let memory {
                target.update(from: memory.basePointer + (index - first) * inputSize, count: inputSize)
            } else {
                target.update(from: draw(index - first).basePointer, count: inputSize)
            }
        }
        return Samples(inputs: inputs, targets: targets)
    }
}

extension Tensor where Element == Float {
    /// Drawn fields by name as the input of an operator, `[x..., channel]`; a number is a field of one value.
    init(drawn fields: [String: Tensor<Double>], channels: [ModelDescription.Channel], grid: [Int]) {
        self = .channels(
            channels.map { channel in
                let values = fields[channel.field]!
                return values.rank == 0 ? Tensor<Double>(grid, repeating: values.item) : values
            }
        ).reshaped(grid + [channels.count])
    }
}
