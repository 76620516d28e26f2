import Cases
import Testing

/// Timed training problems and their variations.
@Suite struct BenchmarkTests {
    @Test("grid, batch and settings of a benchmark can be others") func variation() throws {
        let benchmark = try #require(OperatorBenchmark.named("fno2d-darcy"))
            .varied(grid: Resolution(axes: [12, 8]), batch: 3, settings: [("width", "4"), ("modes", "[3, 2]")])
        let measured = try benchmark.run(threads: 2, steps: 1)
        #expect(measured.grid == [12, 8] && measured.batch == 3 && measured.threads == 2 && measured.steps == 1)
        #expect(measured.params < 5000 && measured.gflop > 0 && measured.stepMilliseconds > 0)
    }

    @Test("a setting that the operator does not have is refused") func unknown() throws {
        let benchmark = try #require(OperatorBenchmark.named("mgno-darcy64"))
        #expect(throws: CaseError.self) { try benchmark.varied(settings: [("width", "4")]) }
        #expect(throws: CaseError.self) { try benchmark.varied(settings: [("channels", "many")]) }
    }
}
