import Foundation

/// Scalars of a run as an event file for TensorBoard: `events.out.tfevents.SECONDS.HOST.NUMBER` in the run's folder.
///
/// A file is a sequence of TFRecords: length as a 64-bit number, its masked CRC-32C, the bytes of an `Event` in the encoding of protocol
/// buffers, their masked CRC-32C; numbers are little-endian. Every process writes a file of its own, as TensorBoard's writers do; what
/// earlier files say of steps after the checkpoint that a training continues from is cut off, so that each step is there once.
struct TensorBoardFile {
    let path: String

    /// Starts a file in `folder` for a training at `step`.
    init(folder: String, step: Int, time: Double = Date().timeIntervalSince1970) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where name.hasPrefix("events.out.tfevents.") {
            try TensorBoardFile.removeSteps(after: step, from: folder + "/" + name)
        }
        var number = 0
        var path: String
        repeat {
            let seconds = String(format: "%010.0f", time.rounded(.down))
            path = "\(folder)/events.out.tfevents.\(seconds).\(ProcessInfo.processInfo.hostName).\(number)"
            number += 1
        } while FileManager.default.fileExists(atPath: path)
        self.path = path
        try DurableFile.write(to: path) { try $0.write(TensorBoardFile.record(Event.version(time))) }
    }

    /// Adds one number for each row, tagged `split/metric`, `split/field/metric` and with ` at LEAD` where there is a lead time.
    func append(_ rows: [MetricsFile.Row], time: Double = Date().timeIntervalSince1970) throws {
        let bytes = rows.flatMap { row in
            let field = row.column.field == "all" ? "" : row.column.field + "/"
            let lead = row.column.lead == 0 ? "" : " at \(row.column.lead)"
            return TensorBoardFile.record(
                Event.scalar("\(row.split)/\(field)\(row.column.metric)\(lead)", row.value, step: row.step, time: time))
        }
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw TrainingError.cannotWrite(file: path, reason: DurableFile.systemMessageDuringRun()) }
        let writer = FileWriter(adopting: descriptor, reportedAs: path)
        try writer.write(bytes)
        try writer.synchronize()
    }

    // MARK: - Records

    /// The record around the bytes of an event.
    private static func record(_ event: [UInt8]) -> [UInt8] {
        let length = littleEndian(UInt64(event.count))
        return length + littleEndian(CRC32C.masked(length)) + event + littleEndian(CRC32C.masked(event))
    }

    /// Cuts a file before its first event of a later step, and before anything that is no whole record.
    private static func removeSteps(after step: Int, from path: String) throws {
        let file = try FileReader(path: path)
        let bytes = try file.bytes(at: 0, count: file.byteCount)
        var position = 0
        while position + 16 <= bytes.count {
            let header = Array(bytes[position..<(position + 8)])
            let length = header.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            guard littleEndian(CRC32C.masked(header)) == Array(bytes[(position + 8)..<(position + 12)]),
                length <= UInt64(bytes.count - position - 16)
            else { break }
            let end = position + 12 + Int(length)
            let event = Array(bytes[(position + 12)..<end])
            guard littleEndian(CRC32C.masked(event)) == Array(bytes[end..<(end + 4)]), Event.step(of: event) ?? 0 <= step else { break }
            position = end + 4
        }
        guard position < bytes.count else { return }
        guard truncate(path, off_t(position)) == 0 else {
            throw TrainingError.cannotWrite(file: path, reason: DurableFile.systemMessage())
        }
    }

    private static func littleEndian<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}

/// The two kinds of `Event` (tensorflow/core/util/event.proto) that are written, in the encoding of protocol buffers.
private enum Event {
    /// `wall_time` (1), `file_version` (3).
    static func version(_ time: Double) -> [UInt8] { double(1, time) + bytes(3, Array("brain.Event:2".utf8)) }

    /// `wall_time` (1), `step` (2), `summary` (5) with one `value` (1) of `tag` (1) and `simple_value` (2).
    static func scalar(_ tag: String, _ value: Double, step: Int, time: Double) -> [UInt8] {
        let single = [tagged(2, wire: 5)] + withUnsafeBytes(of: Float(value).bitPattern.littleEndian) { Array($0) }
        return double(1, time) + [tagged(2, wire: 0)] + variable(UInt64(step)) + bytes(5, bytes(1, bytes(1, Array(tag.utf8)) + single))
    }

    /// The `step` of an event; nil where there is none.
    static func step(of event: [UInt8]) -> Int? {
        var position = 0
        func number() -> UInt64? {
            var (value, shift) = (UInt64(0), UInt64(0))
            while position < event.count, shift < 64 {
                let byte = event[position]
                position += 1
                value |= UInt64(byte & 0x7f) << shift
                if byte & 0x80 == 0 { return value }
                shift += 7
            }
            return nil
        }
        while position < event.count {
            guard let key = number() else { return nil }
            switch key & 7 {
            case 0:
                guard let value = number() else { return nil }
                if key >> 3 == 2 { return Int(exactly: value) }
            case 1: position += 8
            case 2:
                guard let length = number(), length <= UInt64(event.count - position) else { return nil }
                position += Int(length)
            case 5: position += 4
            default: return nil
            }
        }
        return nil
    }

    private static func tagged(_ field: UInt8, wire: UInt8) -> UInt8 { field << 3 | wire }

    private static func double(_ field: UInt8, _ value: Double) -> [UInt8] {
        [tagged(field, wire: 1)] + withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
    }

    private static func bytes(_ field: UInt8, _ content: [UInt8]) -> [UInt8] {
        [tagged(field, wire: 2)] + variable(UInt64(content.count)) + content
    }

    private static func variable(_ value: UInt64) -> [UInt8] {
        var (rest, result) = (value, [UInt8]())
        while rest >= 0x80 {
            result.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        return result + [UInt8(rest)]
    }
}

/// CRC-32C (Castagnoli; RFC 3720, appendix B.4) and the masking of TFRecords.
package enum CRC32C {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 0 ? value >> 1 : value >> 1 ^ 0x82f6_3b78 }
    }

    /// The checksum of bytes.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }

    /// Rotated by 15 bits and shifted by a constant, so that the checksum of data with checksums in them stays telling.
    static func masked(_ bytes: [UInt8]) -> UInt32 {
        let value = checksum(bytes)
        return (value >> 15 | value << 17) &+ 0xa282_ead8
    }
}
