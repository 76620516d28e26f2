import Cases
import Testing

@Suite struct RegistryTests {
    /// Every entry of every standard registry: kind, name, summary, keys.
    static var entries: [(kind: String, name: String, summary: String, keys: [KeyDescription])] {
        func list<Product>(_ registry: Registry<Product>) -> [(String, String, String, [KeyDescription])] {
            registry.entries.map { (registry.kind, $0.name, $0.summary, $0.keys) }
        }
        let all = Registries.standard
        return list(all.equations) + list(all.samplers) + list(all.solvers) + list(all.operators) + list(all.optimizers)
            + list(all.schedules)
            + list(all.losses) + list(all.metrics)
    }

    @Test func namesAreUniqueAndEverythingIsDocumented() {
        #expect(!Self.entries.isEmpty)
        for kind in Set(Self.entries.map(\.kind)) {
            let names = Self.entries.filter { $0.kind == kind }.map(\.name)
            #expect(Set(names).count == names.count, "\(kind)")
        }
        for entry in Self.entries {
            #expect(!entry.name.isEmpty && !entry.summary.isEmpty && !entry.summary.hasSuffix("."), "\(entry.kind) \(entry.name)")
            #expect(Set(entry.keys.map(\.name)).count == entry.keys.count)
            for key in entry.keys {
                #expect(!key.name.isEmpty && !key.summary.isEmpty && !key.expected.isEmpty, "\(entry.name) \(key.name)")
                #expect(key.name != "name", "\(entry.name): name is the choice itself")
            }
        }
    }

    @Test func equationsNameSamplersAndSolversThatExist() throws {
        let all = Registries.withForeignChoices
        for entry in all.equations.entries {
            let equation = try #require(
                try Case(text: "title = \"x\"\n[equation]\nname = \"\(entry.name)\"", file: "t", registries: all).equation)
            let (samplers, solvers) = (type(of: equation).samplers, type(of: equation).solvers)
            #expect(!samplers.isEmpty && samplers.allSatisfy { all.samplers[$0] != nil }, "\(entry.name)")
            #expect(!solvers.isEmpty && solvers.allSatisfy { all.solvers[$0] != nil }, "\(entry.name)")
        }
    }
}
