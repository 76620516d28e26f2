import Cases
import Foundation
import Tensors
import Testing

/// Damaged case files give an error or a case, never a crash; what decodes, decodes again from its resolved text.
@Suite struct CaseFuzzTests {
    static func fuzz(_ inputs: Int, seed: UInt64) {
        let original = Array(CaseTests.text.utf8)
        let pieces = [
            "[", "]", "{", "}", "\"", "'", "=", ".", ",", "#", "\n", "\\", "\"\"\"", "inf", "-1", "1e999", "[[", "\u{7f}", "\u{FEFF}", "é",
        ]
        for input in 0..<inputs {
            let random = Philox(seed: seed, stream: UInt64(input))
            var counter: UInt64 = 0
            func next(_ bound: Int) -> Int {
                counter += 1
                return Int(random.words(at: counter).x % UInt32(bound))
            }
            var bytes = original
            for _ in 0...next(6) {
                let at = next(bytes.count)
                switch next(5) {
                case 0: bytes.remove(at: at)
                case 1: bytes[at] = UInt8(next(256))
                case 2: bytes.insert(contentsOf: pieces[next(pieces.count)].utf8, at: at)
                case 3: bytes.removeSubrange(at..<min(bytes.count, at + next(40)))
                default: bytes.insert(contentsOf: bytes[at..<min(bytes.count, at + next(60))], at: next(bytes.count))
                }
                if bytes.isEmpty { bytes = original }
            }
            do {
                let resolved = try CaseTests.decode(String(decoding: bytes, as: UTF8.self)).resolvedText
                #expect((try? CaseTests.decode(resolved).resolvedText) == resolved, "\(resolved)")
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
    }

    @Test func someInputs() { Self.fuzz(2_000, seed: 1) }

    @Test(.enabled(if: ProcessInfo.processInfo.environment["EDDY_VALIDATE"] != nil)) func manyInputs() { Self.fuzz(120_000, seed: 2) }
}
