import Foundation
import Synchronization
import Tensors
import Testing

@Suite struct CacheFileTests {
    @Test func savesMergesAndReadsBack() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-cache-\(UUID().uuidString)/nested")
        defer { try? FileManager.default.removeItem(at: folder.deletingLastPathComponent()) }
        let first = CacheFile(name: "a.txt", in: folder) { onDisk in (onDisk ?? "") + "first\n" }
        #expect(first.read() == nil)
        first.save()
        #expect(first.read() == nil, "an unchanged file is not written")
        first.setNeedsSave()
        first.save()
        #expect(first.read() == "first\n")
        let second = CacheFile(name: "a.txt", in: folder) { onDisk in (onDisk ?? "") + "second\n" }
        try "cut short".write(to: folder.appendingPathComponent("a.txt.1.tmp"), atomically: false, encoding: .utf8)
        second.setNeedsSave()
        second.save()
        #expect(first.read() == "first\nsecond\n", "what another writer left is merged")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.sorted() == [".lock", "a.txt"], "no temporary file stays, not even that of a process that was killed")
    }

    @Test func aFolderThatCannotBeMadeIsNoError() {
        let file = CacheFile(name: "a.txt", in: URL(fileURLWithPath: "/dev/null/eddy")) { _ in "text" }
        file.setNeedsSave()
        file.save()
        #expect(file.read() == nil)
    }

    @Test("the first choice of a key stays, across processes too")
    func choices() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("eddy-choices-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let one = PlanChoices(in: folder)
        let other = PlanChoices(in: folder)
        #expect(one.choice(for: "size 3") == nil)
        one.record("fast", for: "size 3")
        one.record("slow", for: "size 3")
        #expect(one.choice(for: "size 3") == "fast")
        one.save()
        other.record("slow", for: "size 3")
        other.record("slow", for: "size 4")
        other.save()
        let next = PlanChoices(in: folder)
        #expect(next.choice(for: "size 3") == "fast" && next.choice(for: "size 4") == "slow")
        let unstored = PlanChoices(in: nil)
        unstored.record("fast", for: "size 3")
        #expect(unstored.choice(for: "size 3") == "fast")
    }
}
