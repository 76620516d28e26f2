import Tensors
import Testing

@Suite struct PhiloxTests {
    @Test("known answers of the Random123 distribution")
    func knownAnswers() {
        #expect(Philox.block(counter: SIMD4(0, 0, 0, 0), key: SIMD2(0, 0)) == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        let ones = UInt32.max
        #expect(
            Philox.block(counter: SIMD4(ones, ones, ones, ones), key: SIMD2(ones, ones))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    }

    @Test func normalMomentsAreRight() {
        let values = Philox(seed: 3, stream: 5).normals(100_000)
        let mean = values.reduce(0, +) / 100_000
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100_000
        #expect(abs(mean) < 0.01)
        #expect(abs(variance - 1) < 0.02)
    }

    @Test func permutationHoldsEveryIndexOnce() {
        #expect(Philox(seed: 1, stream: 2).permutation(100).sorted() == Array(0..<100))
    }
}
