import Foundation
import TestSupport
import Testing
import Training

/// Event files, read by a decoder of the test's own and by TensorBoard.
@Suite struct TensorBoardTests {
    /// The examples of RFC 3720, appendix B.4, and the usual check word.
    @Test func checksums() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
        #expect(CRC32C.checksum(Array(repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(CRC32C.checksum(Array(repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(CRC32C.checksum(Array(0..<32)) == 0x46dd_794e)
        #expect(CRC32C.checksum([]) == 0)
    }

    struct Scalar: Equatable, Comparable {
        var tag: String
        var step: Int
        var value: Float
        static func < (a: Scalar, b: Scalar) -> Bool { (a.step, a.tag) < (b.step, b.tag) }
    }

    /// The checksum bit by bit, after the definition.
    private static func masked(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var value: UInt32 = 0xffff_ffff
        for byte in bytes {
            for bit in 0..<8 {
                let low = (value ^ UInt32(byte >> bit & 1)) & 1
                value = value >> 1 ^ (low == 1 ? 0x82f6_3b78 : 0)
            }
        }
        value = ~value
        return UInt32(truncatingIfNeeded: (UInt64(value) >> 15 | UInt64(value) << 17) & 0xffff_ffff) &+ 0xa282_ead8
    }

    private static func fields(_ bytes: ArraySlice<UInt8>) throws -> [Int: ArraySlice<UInt8>] {
        var (rest, result) = (bytes, [Int: ArraySlice<UInt8>]())
        func variable() throws -> Int {
            let end = try #require(rest.firstIndex { $0 < 0x80 })
            let value = rest[rest.startIndex...end].reversed().reduce(0) { $0 << 7 | Int($1 & 0x7f) }
            rest = rest[(end + 1)...]
            return value
        }
        while !rest.isEmpty {
            let key = try variable()
            let length: Int
            switch key & 7 {
            case 0:
                let start = rest
                _ = try variable()
                result[key >> 3] = start[start.startIndex..<rest.startIndex]
                continue
            case 1: length = 8
            case 2: length = try variable()
            case 5: length = 4
            default: throw CocoaError(.fileReadCorruptFile)
            }
            try #require(rest.count >= length)
            result[key >> 3] = rest.prefix(length)
            rest = rest.dropFirst(length)
        }
        return result
    }

    private static func number<Value: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, as type: Value.Type) -> Value {
        bytes.reversed().reduce(Value(0)) { $0 << 8 | Value($1) }
    }

    /// All scalars of a file; the first event is the version.
    static func read(_ path: String) throws -> [Scalar] {
        var rest = try fileBytes(path)[...]
        var scalars: [Scalar] = []
        var isFirst = true
        while !rest.isEmpty {
            try #require(rest.count >= 16)
            let length = Int(number(rest.prefix(8), as: UInt64.self))
            try #require(number(rest.dropFirst(8).prefix(4), as: UInt32.self) == masked(rest.prefix(8)))
            let event = rest.dropFirst(12).prefix(length)
            try #require(number(rest.dropFirst(12 + length).prefix(4), as: UInt32.self) == masked(event))
            rest = rest.dropFirst(16 + length)
            let fields = try fields(event)
            let time = Double(bitPattern: number(try #require(fields[1]), as: UInt64.self))
            #expect(abs(time - Date().timeIntervalSince1970) < 600)
            if isFirst { #expect(fields[3].map { String(decoding: $0, as: UTF8.self) } == "brain.Event:2") }
            isFirst = false
            guard let summary = fields[5] else { continue }
            let value = try Self.fields(try #require(try Self.fields(summary)[1]))
            let step = try #require(fields[2]).reversed().reduce(0) { $0 << 7 | Int($1 & 0x7f) }
            scalars.append(
                Scalar(
                    tag: String(decoding: try #require(value[1]), as: UTF8.self), step: step,
                    value: Float(bitPattern: number(try #require(value[2]), as: UInt32.self))))
        }
        return scalars
    }

    /// What `metrics.csv` has. (By way of Double: the mean of two numbers is often half-way between two of Float.)
    private static func metrics(_ folder: String) throws -> [Scalar] {
        try String(contentsOfFile: folder + "/metrics.csv", encoding: .utf8).split(separator: "\n").dropFirst().map { line in
            let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            let field = cells[5] == "all" ? "" : cells[5] + "/"
            let lead = cells[6] == "0.0" ? "" : " at \(cells[6])"
            return Scalar(tag: "\(cells[2])/\(field)\(cells[7])\(lead)", step: Int(cells[4])!, value: Float(Double(cells[8])!))
        }
    }

    private static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("events.out.tfevents.") }.sorted()
            .map { folder + "/" + $0 }
    }

    private static func run() -> ToyRun {
        var run = ToyRun()
        run.writesTensorBoard = true
        return run
    }

    @Test func theFileHasTheMetrics() throws {
        let folder = try TemporaryFolder()
        try Self.run().train(folder("run"))
        let files = try Self.files(folder("run"))
        #expect(files.count == 1)
        let scalars = try Self.read(files[0])
        #expect(scalars == (try Self.metrics(folder("run"))) && scalars.count == 36)
        #expect(scalars.contains { $0.tag == "valid/u/max at 0.5" } && scalars.contains { $0.tag == "train/loss" })
        // Nothing of the kind unless it is wanted.
        try ToyRun().train(folder("plain"))
        #expect(try Self.files(folder("plain")).isEmpty)
    }

    /// Work after the last checkpoint, the end of a torn write and garbage go; each step is there once.
    @Test func continuedRunsHaveEachStepOnce() throws {
        let folder = try TemporaryFolder()
        let path = folder("run")
        var run = Self.run()
        run.checkpointSteps = 12
        // Ended from outside at the end of the epoch of step 17: three steps after the checkpoint and more are lost.
        let failing = try run.trainer(path).trainer
        failing.onProgress = { if $0.step == 17 { try? FileManager.default.removeItem(atPath: path + "/metrics.csv") } }
        #expect(throws: TrainingError.self) { try failing.train() }
        let first = try Self.files(path)[0]
        #expect(try Self.read(first).map(\.step).max() == 15)
        for tail in [[1, 2, 3], Array(repeating: UInt8(0), count: 40), Array(try fileBytes(first).suffix(9))] as [[UInt8]] {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: first))
            try handle.seekToEnd()
            try handle.write(contentsOf: tail)
            try handle.close()
            try run.train(path, resume: true, until: 13)
            #expect(try Self.read(first).map(\.step).max() == 10)
        }
        try run.train(path, resume: true)
        let all = try Self.files(path).flatMap(Self.read).sorted()
        let wanted = try { () throws -> [Scalar] in
            try run.train(folder("whole"))
            return try Self.metrics(folder("whole")).sorted()
        }()
        #expect(all.map(\.tag) == wanted.map(\.tag) && all.map(\.step) == wanted.map(\.step))
        for (a, b) in zip(all, wanted) where a.tag != "train/wall-seconds" { #expect(a == b) }
    }

    @Test(.enabled(if: PythonScript.interpreter != nil)) func tensorBoardReadsIt() throws {
        let folder = try TemporaryFolder()
        try Self.run().train(folder("run"), until: 12)
        try Self.run().train(folder("run"), resume: true)
        let (status, said) = try PythonScript("check_tensorboard.py").run([folder("run")])
        #expect(status == 0 && said.contains("36 scalars agree"), "\(said)")
    }
}
