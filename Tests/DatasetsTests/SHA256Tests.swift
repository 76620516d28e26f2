import Datasets
import Testing

@Suite struct SHA256Tests {
    private func hash(_ bytes: [UInt8], pieces: Int = .max) -> String {
        var hash = SHA256()
        var rest = bytes[...]
        while !rest.isEmpty {
            rest.prefix(pieces).withUnsafeBytes { hash.update($0) }
            rest = rest.dropFirst(pieces)
        }
        return hash.hexadecimal()
    }

    @Test("known answers of FIPS 180-4")
    func knownAnswers() {
        #expect(hash([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(hash(Array("abc".utf8)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(
            hash(Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8))
                == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
        #expect(
            hash([UInt8](repeating: 0x61, count: 1_000_000)) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test(arguments: [1, 3, 63, 64, 65, 127, 1000]) func piecesDoNotMatter(pieces: Int) {
        for count in [0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000] {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
            #expect(hash(bytes, pieces: pieces) == hash(bytes))
        }
    }
}
