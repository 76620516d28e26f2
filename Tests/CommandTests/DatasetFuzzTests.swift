import Foundation
import Testing

/// Damaged dataset files: every one is accepted or refused with its name, in a process with limited memory.
///
/// HDF5 itself crashes on some files and searches for ever in some others; the program turns both into a message. They are counted and kept rare.
@Suite struct DatasetFuzzTests {
    private struct Count {
        var accepted = 0
        var refused = 0
        var crashed = 0
        var endless = 0
    }

    /// Random 64-bit numbers by Marsaglia's xorshift, doi:10.18637/jss.v008.i14.
    private struct Xorshift {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state >> 11) % bound
        }
    }

    private static func damaged(_ original: [UInt8], seed: UInt64) -> [UInt8] {
        var random = Xorshift(state: 88_172_645_463_325_252 &+ seed &* 1_000_003)
        for _ in 0..<8 { _ = random.below(2) }
        var bytes = original
        for _ in 0...random.below(4) {
            let at = random.below(bytes.count)
            switch random.below(6) {
            case 0: bytes[at] ^= 1 << UInt8(random.below(8))
            case 1: bytes[at] = UInt8(random.below(256))
            case 2: for index in at..<min(at + 8, bytes.count) { bytes[index] = 0xff }
            case 3: for index in at..<min(at + 8, bytes.count) { bytes[index] = 0 }
            case 4: bytes.removeSubrange(at..<min(at + 1 + random.below(8), bytes.count))
            // Most of a file is at its front: cuts there would hide everything else.
            default: if random.below(8) == 0 { bytes.removeLast(min(bytes.count - 1, 1 + random.below(bytes.count))) }
            }
        }
        return bytes
    }

    private func fuzz(inputs: Int) throws -> Count {
        let workshop = try #require(Workshop.folder)
        let original = Array(try Data(contentsOf: workshop.appendingPathComponent("runs/tiny/data/test.nc")))
        let folder = try TemporaryFolder()
        var count = Count()
        for start in stride(from: 0, to: inputs, by: 100) {
            let names = (start..<min(start + 100, inputs)).map { "f\($0).nc" }
            for (number, name) in names.enumerated() {
                try Data(Self.damaged(original, seed: UInt64(start + number))).write(to: folder.url.appendingPathComponent(name))
            }
            var rest = names[...]
            while !rest.isEmpty { try check(&rest, in: folder.url, &count) }
            for name in names { try FileManager.default.removeItem(at: folder.url.appendingPathComponent(name)) }
        }
        return count
    }

    /// Checks files until one ends the program, and leaves those after it.
    private func check(_ names: inout ArraySlice<String>, in folder: URL, _ count: inout Count) throws {
        let limits = ["-c", "ulimit -v 8388608; exec timeout -s KILL 300 \"$@\"", "sh", Program.path, "check"]
        let result = try Program.run(limits + names, in: folder, program: "/bin/sh")
        #expect(!(result.output + result.errors).contains("NetCDF: "), "a message of the library")
        var left = names
        for name in names {
            let lines = (result.output + result.errors).split(separator: "\n").filter { $0.contains("\(name): ") }
            if lines.isEmpty { break }
            left = left.dropFirst()
            if lines[0].contains("crashed on it") {
                count.crashed += 1
            } else if lines[0].contains("finds no end in it") {
                count.endless += 1
            } else if lines[0].contains("obeys the contract") {
                count.accepted += 1
            } else {
                count.refused += 1
            }
        }
        switch result.status {
        case 0, 2:
            let isEnded = ["crashed on it", "finds no end in it"].contains { result.errors.contains($0) }
            #expect(left.isEmpty || isEnded, "no word about \(left.first ?? "")")
        default:
            Issue.record("status \(result.status) at \(left.first ?? "the end"): \(result.errors.suffix(400))")
            left = left.dropFirst()
        }
        names = left
    }

    private func expect(_ count: Count, of inputs: Int) {
        #expect(count.accepted > 0 && count.refused > inputs / 4, "\(count)")
        #expect(count.crashed <= 2 + inputs / 200 && count.endless <= 1 + inputs / 500, "\(count)")
        #expect(count.accepted + count.refused + count.crashed + count.endless == inputs, "\(count)")
    }

    @Test func someInputs() throws { expect(try fuzz(inputs: 300), of: 300) }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["EDDY_VALIDATE"] != nil)) func manyInputs() throws {
        expect(try fuzz(inputs: 100_000), of: 100_000)
    }
}
