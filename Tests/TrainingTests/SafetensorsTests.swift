import Autodiff
import Foundation
import Tensors
import TestSupport
import Testing
import Training

/// A file built by hand: length, header text, data.
private func file(header: String, data: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
}

private func write(_ bytes: [UInt8], _ path: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

@Suite struct SafetensorsTests {
    @Test func valuesShapesAndTextComeBack() throws {
        let folder = try TemporaryFolder()
        let path = folder("model.safetensors")
        let weight = randomTensor([3, 4, 2], seed: 1, as: Float.self)
        let precise = randomTensor([5], seed: 2, as: Double.self)
        let empty = Tensor<Float>([0, 7])
        let text = ["format": "eddy", "case": "title = \"Darcy \u{1F30A}\"\n\tx = 'a\\b'\u{0007}", "empty": ""]
        var writer = SafetensorsWriter(metadata: text)
        writer.add("layers.0.weight", weight)
        writer.add("a \"quoted\" näme", precise)
        writer.add("nothing", empty)
        writer.add("number", Tensor<Float>(3.5))
        try writer.write(to: path)

        let read = try SafetensorsFile(path: path)
        #expect(read.metadata == text)
        #expect(read.names == ["a \"quoted\" näme", "layers.0.weight", "nothing", "number"].sorted())
        #expect(try read.tensor("layers.0.weight", as: Float.self) == weight)
        #expect(try read.tensor("a \"quoted\" näme", as: Double.self) == precise)
        #expect(try read.tensor("nothing", as: Float.self) == empty)
        #expect(try read.tensor("number", shape: [], as: Float.self).item == 3.5)
        #expect(try read.tensor("layers.0.weight", as: Double.self) == weight.cast(to: Double.self))
        #expect(try read.tensor("a \"quoted\" näme", as: Float.self) == precise.cast(to: Float.self))
        #expect(folder.contents == ["model.safetensors"])

        let bytes = try fileBytes(path)
        let headerLength = Int(bytes[0]) | Int(bytes[1]) << 8
        #expect(bytes[8] == UInt8(ascii: "{"))
        #expect((8 + headerLength) % 8 == 0)
        for entry in read.header.entries { #expect(entry.byteRange.lowerBound % entry.type.byteCount == 0) }
    }

    @Test func bytesDependOnContentAlone() throws {
        let folder = try TemporaryFolder()
        for (path, names) in [("a", ["x", "y", "z"]), ("b", ["z", "x", "y"])] {
            var writer = SafetensorsWriter(metadata: path == "a" ? ["p": "1", "q": "2"] : ["q": "2", "p": "1"])
            for name in names { writer.add(name, Tensor<Float>([2], [Float(name.count), Float(name.utf8.first!)])) }
            try writer.write(to: folder(path))
        }
        #expect(try fileBytes(folder("a")) == fileBytes(folder("b")))
    }

    /// The bytes that the format prescribes, written out by hand.
    @Test func layoutOfBytes() throws {
        let folder = try TemporaryFolder()
        var writer = SafetensorsWriter()
        writer.add("t", Tensor<Float>([2], [1, -2]))
        try writer.write(to: folder("t"))
        let header = #"{"t":{"data_offsets":[0,8],"dtype":"F32","shape":[2]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        #expect(try fileBytes(folder("t")) == file(header: padded, data: [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0]))
    }

    @Test func halfPrecisionIsConverted() throws {
        let folder = try TemporaryFolder()
        let header = #"{"h":{"dtype":"F16","shape":[6],"data_offsets":[0,12]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[12,16]}}"#
        // 1, -2, smallest subnormal, largest finite, 0.333251953125, infinity; then 1 and -3.140625 in bfloat16.
        let words: [UInt16] = [0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555, 0x7c00, 0x3f80, 0xc049]
        try write(file(header: header, data: words.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }), folder("h"))
        let read = try SafetensorsFile(path: folder("h"))
        #expect(try read.tensor("h", as: Double.self).scalars == [1, -2, 0x1p-24, 65504, 0.333251953125, .infinity])
        #expect(try read.tensor("b", as: Float.self).scalars == [1, -3.140625])
    }

    @Test func manyValuesOfAnotherPrecision() throws {
        let folder = try TemporaryFolder()
        let values = randomTensor([40_000], seed: 5, as: Double.self)
        var writer = SafetensorsWriter()
        writer.add("v", values)
        try writer.write(to: folder("v"))
        #expect(try SafetensorsFile(path: folder("v")).tensor("v", as: Float.self) == values.cast(to: Float.self))
    }

    struct Damage: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: [UInt8]
        let item: String
        let found: String

        init(_ description: String, _ header: String, data: Int = 8, item: String, found: String) {
            (testDescription, self.item, self.found) = (description, item, found)
            bytes = file(header: header, data: Array(repeating: 0, count: data))
        }

        init(_ description: String, bytes: [UInt8], item: String, found: String) {
            (testDescription, self.bytes, self.item, self.found) = (description, bytes, item, found)
        }
    }

    static let damages: [Damage] = [
        Damage("empty file", bytes: [], item: "file", found: "0 bytes"),
        Damage("seven bytes", bytes: Array(repeating: 0, count: 7), item: "file", found: "7 bytes"),
        Damage("huge header length", bytes: Array(repeating: 0xff, count: 64), item: "header length", found: "18446744073709551615"),
        Damage("header longer than the file", bytes: [100, 0, 0, 0, 0, 0, 0, 0, 0x7b], item: "header length", found: "100"),
        Damage("empty header", bytes: Array(repeating: 0, count: 8), item: "header", found: "no '{' at its start"),
        Damage("not JSON", "{]", item: "header", found: "text that is not JSON"),
        Damage("an array", "[1]", item: "header", found: "no '{' at its start"),
        Damage("a zero byte", "{\"a\u{0}\":{}}", item: "header", found: "a zero byte"),
        Damage("offsets are missing", #"{"t":{"dtype":"F32","shape":[2]}}"#, item: "header", found: "no data_offsets at t"),
        Damage(
            "a fractional extent", #"{"t":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}"#, item: "header",
            found: "a number that is no 64-bit integer"),
        Damage("metadata is no text", #"{"__metadata__":{"a":1}}"#, data: 0, item: "header", found: "no String at __metadata__.a"),
        Damage("unknown dtype", #"{"t":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}"#, item: "tensor t", found: "dtype C64"),
        Damage(
            "negative extent", #"{"t":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, item: "tensor t", found: "shape [-2]"),
        Damage(
            "overflowing shape", #"{"t":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,8]}}"#,
            item: "tensor t", found: "shape [4294967296, 4294967296, 4294967296]"),
        Damage(
            "overflow hidden behind a zero", #"{"t":{"dtype":"F32","shape":[9223372036854775807,4,0],"data_offsets":[0,0]}}"#, data: 0,
            item: "tensor t", found: "shape [9223372036854775807, 4, 0]"),
        Damage("one offset", #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, item: "tensor t", found: "1 data_offsets"),
        Damage("offsets reversed", #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, item: "tensor t", found: "bytes 8 to 0"),
        Damage("offsets outside", #"{"t":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, item: "tensor t", found: "bytes 0 to 16"),
        Damage("negative offset", #"{"t":{"dtype":"F32","shape":[4],"data_offsets":[-8,8]}}"#, item: "tensor t", found: "bytes -8 to 8"),
        Damage(
            "size and shape disagree", #"{"t":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, item: "tensor t",
            found: "8 bytes for shape [3] of F32"),
        Damage(
            "overlap", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
            item: "tensor b", found: "start 4, which overlaps the tensor before it"),
        Damage(
            "a hole", #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, item: "tensor t", found: "start 4, which leaves a hole"),
        Damage(
            "bytes after the last tensor", #"{"t":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, item: "data",
            found: "8 bytes, of which tensors cover 4"),
        Damage("deep nesting", "{\"a\":" + String(repeating: "[", count: 100_000), item: "header", found: "text that is not JSON"),
    ]

    @Test("damaged and hostile files give an error that names what is wrong", arguments: damages)
    func damaged(_ damage: Damage) throws {
        let folder = try TemporaryFolder()
        try write(damage.bytes, folder("d"))
        let error = try #require(throws: TrainingError.self) { try SafetensorsFile(path: folder("d")) }
        guard case .malformed(let path, let item, let found, _) = error else {
            Issue.record("unexpected error \(error)")
            return
        }
        #expect(path == folder("d"))
        #expect(item == damage.item)
        #expect(found.contains(damage.found))
    }

    @Test func truncatedAtEveryByte() throws {
        let folder = try TemporaryFolder()
        var writer = SafetensorsWriter(metadata: ["k": "v"])
        writer.add("t", Tensor<Float>([3], [1, 2, 3]))
        try writer.write(to: folder("t"))
        let bytes = try fileBytes(folder("t"))
        for length in 0..<bytes.count {
            try write(Array(bytes[..<length]), folder("cut"))
            #expect(throws: TrainingError.self) { try SafetensorsFile(path: folder("cut")) }
        }
    }

    @Test func fileShortenedWhileOpen() throws {
        let folder = try TemporaryFolder()
        var writer = SafetensorsWriter()
        writer.add("t", Tensor<Float>([3], [1, 2, 3]))
        try writer.write(to: folder("t"))
        let open = try SafetensorsFile(path: folder("t"))
        #expect(truncate(folder("t"), off_t(try fileBytes(folder("t")).count - 4)) == 0)
        #expect(throws: TrainingError.cannotRead(file: folder("t"), reason: "the file became shorter while it was read")) {
            try open.tensor("t", as: Float.self)
        }
    }

    @Test func parametersAreCheckedAgainstTheModel() throws {
        let folder = try TemporaryFolder()
        let layout = ParameterLayout()
        let weight = layout.root["head"].complex("weight", [3, 2], .normal(standardDeviation: 1))
        _ = layout.root["head"].real("bias", [3], .normal(standardDeviation: 1))
        let values = layout.initialValues(seed: 3, as: Float.self)
        var writer = SafetensorsWriter()
        writer.add(values, prefix: "model.")
        try writer.write(to: folder("m"))
        let loaded = ParameterVector<Float>(layout: layout)
        try SafetensorsFile(path: folder("m")).read(into: loaded, prefix: "model.")
        #expect(loaded[weight] == values[weight])

        let other = ParameterLayout()
        _ = other.root["head"].real("bias", [4], .constant(0))
        _ = other.root["head"].real("weights", [1], .constant(0))
        #expect(
            throws: TrainingError.mismatch(file: folder("m"), item: "tensor model.head.bias", found: "shape [3]", allowed: "shape [4]")
        ) {
            try SafetensorsFile(path: folder("m")).read(into: ParameterVector<Float>(layout: other), prefix: "model.")
        }
        #expect(throws: TrainingError.self) {
            try SafetensorsFile(path: folder("m")).read(into: ParameterVector<Float>(layout: layout))
        }

        for bad in [Float.nan, .infinity] {
            values.set(weight, to: Tensor([3, 2, 2], (0..<12).map { $0 == 7 ? bad : Float($0) }))
            var writer = SafetensorsWriter()
            writer.add(values)
            try writer.write(to: folder("bad"))
            #expect(throws: TrainingError.notFinite(file: folder("bad"), tensor: "head.weight", index: 7, value: "\(bad)")) {
                try SafetensorsFile(path: folder("bad")).read(into: loaded)
            }
        }
    }

    @Test func integersAreNoWeights() throws {
        let folder = try TemporaryFolder()
        try write(
            file(header: #"{"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, data: Array(repeating: 1, count: 8)), folder("i"))
        let read = try SafetensorsFile(path: folder("i"))
        #expect(throws: TrainingError.mismatch(file: folder("i"), item: "tensor i", found: "dtype I64", allowed: "F64, F32, F16 or BF16")) {
            try read.tensor("i", as: Float.self)
        }
        #expect(throws: TrainingError.self) { try read.tensor("j", as: Float.self) }
    }

    @Test func missingFilesAndFolders() throws {
        let folder = try TemporaryFolder()
        #expect(throws: TrainingError.cannotRead(file: folder("none"), reason: "No such file or directory")) {
            try SafetensorsFile(path: folder("none"))
        }
        #expect(throws: TrainingError.cannotRead(file: folder.path, reason: "not a regular file")) {
            try SafetensorsFile(path: folder.path)
        }
        #expect(throws: TrainingError.cannotWrite(file: folder("none/m"), reason: "No such file or directory")) {
            try SafetensorsWriter().write(to: folder("none/m"))
        }
    }

    /// Headers of a real file with bytes flipped, cut, doubled and replaced by telling fragments: each is read or refused, never a crash,
    /// and what is read covers the data exactly.
    @Test func mutatedHeaders() throws {
        let seeds = [
            #"{"__metadata__":{"format":"eddy","case":"x = 1\n"},"a.weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"#
                + #""b":{"dtype":"F64","shape":[1],"data_offsets":[24,32]},"c":{"dtype":"BF16","shape":[],"data_offsets":[32,34]}}"#,
            #"{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  "#,
        ].map { Array($0.utf8) }
        let fragments = [
            "-1", "18446744073709551616", "9223372036854775807", "1e400", "1e3", "0.5", "null", "true", "[", "]", "{", "}", ",", ":", "\"",
            "\\u0000", "\\ud800", "\"__metadata__\"", "\"shape\":[0]", "\"dtype\":\"I8\"", "\u{FEFF}", "[0,8]", "F16", "{\"t\":",
        ].map { Array($0.utf8) }
        let runs = isValidation ? 400_000 : 20_000
        let accepted = try Workers().count(runs) { run in
            var random = Mutations(seed: 20_240_601, stream: UInt64(run))
            let seed = random.below(seeds.count)
            var bytes = seeds[seed]
            for _ in 0..<(1 + random.below(3)) { random.mutate(&bytes, fragments) }
            let size = random.below(10) == 0 ? [0, 8, 34, 1 << 40][random.below(4)] : [34, 8][seed]
            do {
                let header = try SafetensorsHeader(bytes, dataByteCount: size, file: "fuzz")
                var position = 0
                for entry in header.entries {
                    try #require(entry.byteRange.lowerBound == position)
                    try #require(entry.shape.reduce(entry.type.byteCount, *) == entry.byteRange.count)
                    position = entry.byteRange.upperBound
                }
                try #require(position == size)
                return true
            } catch is TrainingError {
                return false
            }
        }
        // Most mutations are refused and some are harmless; anything else means that the test does not test.
        #expect(accepted > runs / 100 && accepted < runs / 2)
    }
}

/// Reproducible random damage to bytes.
struct Mutations {
    private let generator: Philox
    private var index = 0

    init(seed: UInt64, stream: UInt64) { generator = Philox(seed: seed, stream: stream) }

    mutating func below(_ bound: Int) -> Int {
        index += 1
        return min(Int(generator.uniform(at: index) * Double(bound)), bound - 1)
    }

    mutating func mutate(_ bytes: inout [UInt8], _ fragments: [[UInt8]]) {
        guard !bytes.isEmpty else { return }
        let place = below(bytes.count)
        switch below(6) {
        case 0: bytes[place] ^= 1 << UInt8(below(8))
        case 1: bytes[place] = UInt8(below(256))
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + below(8)))
        case 3: bytes.insert(contentsOf: fragments[below(fragments.count)], at: place)
        case 4:
            let fragment = fragments[below(fragments.count)]
            bytes.replaceSubrange(place..<min(bytes.count, place + fragment.count), with: fragment)
        default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 1 + below(40))], at: below(bytes.count))
        }
    }
}

extension Workers {
    /// For how many of `0..<count` the condition holds.
    func count(_ count: Int, _ condition: @Sendable (Int) throws -> Bool) throws -> Int {
        let blocks = 64
        let sums = UnsafeMutablePointer<Int>.allocate(capacity: blocks)
        defer { sums.deallocate() }
        nonisolated(unsafe) let target = sums
        try run(blocks) { block in
            target[block] = try (block * count / blocks..<(block + 1) * count / blocks).reduce(0) { try $0 + (condition($1) ? 1 : 0) }
        }
        return (0..<blocks).reduce(0) { $0 + sums[$1] }
    }
}
