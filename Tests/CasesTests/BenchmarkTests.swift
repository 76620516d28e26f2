import Cases
import Testing

/// Timed training problems and their variations.
@Suite struct BenchmarkTests {
    @Test("grid, batch and settings of a benchmark can be others") func variation() throws {
        let benchmark = try #require(OperatorBenchmark.named("fno2d-darcy"))
            .varied(grid: Resolution(axes: [12, 8]), batch: 3, settings: [("width", "4"), ("modes", "[3, 2]")])
        let measured = try benchmark.run(threads: 2, repeats: 1)
        #expect(measured.grid == [12, 8] && measured.batch == 3 && measured.threads == 2 && measured.steps == 1)
        #expect(measured.params < 5000 && measured.gflop > 0 && measured.stepMilliseconds > 0)
    }

    @Test("a setting that the operator does not have is refused") func unknown() throws {
        let benchmark = try #require(OperatorBenchmark.named("mgno-darcy64"))
        #expect(throws: CaseError.self) { try benchmark.varied(settings: [("width", "4")]) }
        #expect(throws: CaseError.self) { try benchmark.varied(settings: [("channels", "many")]) }
    }

    @Test("every ceiling has a rate", arguments: CeilingBenchmark.all.filter { !$0.name.hasPrefix("copy") })
    func ceilings(benchmark: CeilingBenchmark) throws {
        let measured = try benchmark.run(threads: 2, repeats: 1)
        #expect(measured.name == benchmark.name && measured.rate > 0 && measured.shortest <= measured.milliseconds)
        #expect(CeilingBenchmark.cells(measured).count == CeilingBenchmark.columns.count)
    }

    @Test("names are unique") func names() {
        func names<Kind: Benchmark>(_ kind: Kind.Type) -> [String] { kind.all.map(\.name) }
        let all = benchmarkKinds.flatMap { names($0) }
        #expect(Set(all).count == all.count && all.count > 20)
    }
}
