import Cases
import Foundation
import Testing

@Suite struct CaseReferenceTests {
    @Test func describesForeignChoices() throws {
        let reference = CaseReference(.withForeignChoices)
        let entry = try reference.topic("operators").entry("test-linear")
        #expect(
            entry.text == """
                test-linear: one matrix
                  key    default  takes                      meaning
                  -----  -------  -------------------------  -----------------------------
                  width  32       an integer from 1 to 4096  channels of the hidden fields
                  bias   true     true or false              adds a constant
                  label  -        a string, not empty        anything

                """)
        #expect(
            entry.json(kind: "operator").hasPrefix(
                "{\"kind\":\"operator\",\"name\":\"test-linear\",\"summary\":\"one matrix\",\"keys\":[{\"name\":\"width\",\"takes\":"
                    + "\"an integer from 1 to 4096\",\"required\":false,\"default\":\"32\",\"summary\":\"channels of the hidden fields\"}"))
        #expect(reference.overview.contains("operators: [operator] name = \"...\"\n"))
        #expect(reference.overview.contains("  test-linear"))
    }

    @Test func unknownTopicsAndEntries() {
        #expect {
            try CaseReference(.withForeignChoices).topic("operatrs")
        } throws: {
            "\($0)".hasPrefix("there is no topic \"operatrs\"; did you mean \"operators\"? allowed: sections, equations, ")
        }
        #expect(throws: ReferenceError(kind: "optimizer", found: "adams", allowed: Registries.standard.optimizers.names)) {
            try CaseReference().topic("optimizer").entry("adams")
        }
    }

    @Test func requiredKeysAreMarked() throws {
        let keys = try CaseReference().topic("sections").entry("case").keys
        #expect(keys.map(\.name) == ["title", "seed"])
        #expect(keys[0].isRequired && !keys[1].isRequired)
    }

    /// `make reference` has been run since the last change of a key.
    @Test func keyReferenceOfTheCasesIsUpToDate() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../cases/README.md")
        let text = try String(contentsOf: file, encoding: .utf8)
        let marker = try #require(text.range(of: "<!-- reference -->\n"))
        #expect(String(text[marker.upperBound...]) == CaseReference().markdown, "run `make reference`")
    }
}
