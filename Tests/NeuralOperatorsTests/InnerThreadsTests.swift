import NeuralOperators
import Testing

/// Threads that share the operations of one sample change no bit of a value or gradient.
@Suite struct InnerThreadsTests {
    @Test(arguments: CheckpointTests.subjects, [2, 3])
    func sameBits(_ subject: CheckpointTests.Subject, threads: Int) throws {
        let alone = try CheckpointTests.gradients(subject, checkpoints: false, applications: 1)
        let shared = try CheckpointTests.gradients(subject, checkpoints: false, applications: 1, threads: threads)
        #expect(shared.loss == alone.loss)
        #expect(shared.gradient == alone.gradient)
    }
}
