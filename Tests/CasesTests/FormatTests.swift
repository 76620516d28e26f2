import Cases
import Testing

@Suite struct FormatTests {
    @Test(
        arguments: [
            (0, "0"), (0.012345, "0.0123"), (12.345, "12.3"), (1234.5, "1234"), (1.2345e-5, "1.23e-5"), (-0.5, "-0.500"), (9.996, "10.0"),
            (1.5e9, "1.50e9"), (1e-4, "0.000100"), (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
        ] as [(Double, String)])
    func significant(value: Double, text: String) { #expect(Format.significant(value) == text) }

    @Test(
        arguments: [
            (0, "0 us"), (3.2e-6, "3.20 us"), (0.0042, "4.20 ms"), (0.42, "420 ms"), (0.9999, "1.0 s"), (12.34, "12.3 s"),
            (59.96, "1 min 00 s"),
            (200, "3 min 20 s"), (7500, "2 h 05 min"), (86_399, "1 d 0 h"), (97_300, "1 d 3 h"), (.infinity, "unknown"), (-1, "unknown"),
        ] as [(Double, String)])
    func duration(seconds: Double, text: String) { #expect(Format.duration(seconds) == text) }

    @Test(
        arguments: [
            (0, "0 B"), (640, "640 B"), (1024, "1.00 KiB"), (1_468_006, "1.40 MiB"), (1_048_575, "1.00 MiB"), (5 << 40, "5.00 TiB"),
        ])
    func bytes(count: Int, text: String) { #expect(Format.bytes(count) == text) }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (2_368_001, "2,368,001"), (-12_345, "-12,345")])
    func count(value: Int, text: String) { #expect(Format.count(value) == text) }

    @Test func percent() { #expect(Format.percent(0.010812) == "1.08 %") }

    @Test func tableAlignsNumbersOnTheirPoints() {
        var table = TextTable([.init("solver"), .init("error", .decimal), .init("steps", .trailing)])
        table.add(["multigrid", "0.0123", "7"])
        table.add(["fno", "12.3", "1,024"])
        table.add(["x", "1.20e-5", "-"])
        table.add(["y", "-", "3"])
        #expect(
            table.text == """
                solver        error  steps
                ---------  --------  -----
                multigrid   0.0123       7
                fno        12.3      1,024
                x           1.20e-5      -
                y           -            3

                """)
    }

    @Test func literalsAsJSON() {
        let literal = Literal.table([
            .init("b", .array([.integer(1), .number(0.5), .number(.nan), .number(1e-7)])), .init("a", .string("x\"\n\u{1}é")),
            .init("c", .boolean(true)),
        ])
        #expect(literal.json == "{\"b\":[1,0.5,null,1e-7],\"a\":\"x\\\"\\n\\u0001é\",\"c\":true}")
    }
}
