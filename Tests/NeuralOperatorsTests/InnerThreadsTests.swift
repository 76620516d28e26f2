import NeuralOperators
import Testing

/// Threads that share the operations of one sample change no bit of a value or gradient.
@Suite struct InnerThreadsTests {
    /// Fields that are large enough for several threads in every operation.
    static let large = [
        CheckpointTests.Subject(
            configuration: MgNOConfiguration(layers: 2, channels: 24, levels: [1, 1].map { .init(pre: $0) }), grid: [64, 64]),
        CheckpointTests.Subject(
            configuration: MgNOConfiguration(
                layers: 1, channels: 16, levels: [1, 1].map { .init(pre: $0) }, boundary: .circular, bypass: false, bias: true,
                normalisation: true, residual: true), grid: [64, 64]),
        CheckpointTests.Subject(configuration: GFNOConfiguration(width: 6, layers: 2), grid: [64, 64]),
        CheckpointTests.Subject(configuration: ClassicUNetConfiguration(width: 16, levels: 1), grid: [64, 64]),
        CheckpointTests.Subject(configuration: UNetConfiguration(width: 16, multipliers: [1, 2], blocks: 1), grid: [64, 64]),
    ]

    @Test(arguments: CheckpointTests.subjects + large, [2, 3])
    func sameBits(_ subject: CheckpointTests.Subject, threads: Int) throws {
        let alone = try CheckpointTests.gradients(subject, checkpoints: false, applications: 1)
        let shared = try CheckpointTests.gradients(subject, checkpoints: false, applications: 1, threads: threads)
        #expect(shared.loss == alone.loss)
        #expect(shared.gradient == alone.gradient)
    }
}
