import Foundation

/// Number format of a tensor in a safetensors file.
public enum SafetensorsType: String, Sendable, CaseIterable {
    case float64 = "F64"
    case float32 = "F32"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case int64 = "I64"
    case int32 = "I32"
    case int16 = "I16"
    case int8 = "I8"
    case uint64 = "U64"
    case uint32 = "U32"
    case uint16 = "U16"
    case uint8 = "U8"
    case bool = "BOOL"

    /// Bytes of one number.
    public var byteCount: Int {
        switch self {
        case .float64, .int64, .uint64: 8
        case .float32, .int32, .uint32: 4
        case .float16, .bfloat16, .int16, .uint16: 2
        case .int8, .uint8, .bool: 1
        }
    }

    /// Whether values can be read as real numbers; integers hold indices and counters, never weights.
    public var isFloatingPoint: Bool {
        switch self {
        case .float64, .float32, .float16, .bfloat16: true
        default: false
        }
    }
}

/// The checked header of a safetensors file: which tensors there are and where their bytes lie.
///
/// The format: a little-endian `u64` length of the header, the header as a JSON object `name -> {dtype, shape, data_offsets}`, then the
/// data. Offsets count from the start of the data, row-major, little-endian. `__metadata__` maps strings to strings. Tensors must cover
/// the data section exactly: no overlap, no hole.
/// (https://github.com/huggingface/safetensors, README "Format".)
public struct SafetensorsHeader: Sendable, Equatable {
    /// One tensor.
    public struct Entry: Sendable, Equatable {
        /// Its name.
        public let name: String
        /// Number format.
        public let type: SafetensorsType
        /// Extents; empty for a single number.
        public let shape: [Int]
        /// Bytes within the data section.
        public let byteRange: Range<Int>

        /// Product of the extents.
        public var count: Int { byteRange.count / type.byteCount }
    }

    /// Longest header accepted, the limit of the reference implementation.
    public static let maximumByteCount = 100_000_000

    /// Free text by key.
    public let metadata: [String: String]
    /// Tensors in the order of their bytes.
    public let entries: [Entry]

    /// Parses and checks a header; `file` is named in errors, `dataByteCount` is the size of what follows the header.
    ///
    /// Uses memory in proportion to `bytes`, whatever they say.
    /// - Throws: ``TrainingError/malformed(file:item:found:allowed:)``.
    public init(_ bytes: some Collection<UInt8>, dataByteCount: Int, file: String) throws(TrainingError) {
        func malformed(_ item: String, _ found: String, _ allowed: String) -> TrainingError {
            .malformed(file: file, item: item, found: found, allowed: allowed)
        }
        guard bytes.first == UInt8(ascii: "{") else { throw malformed("header", "no '{' at its start", "a JSON object") }
        // A raw zero is illegal in JSON and would let the decoder guess another encoding than UTF-8.
        guard !bytes.contains(0) else { throw malformed("header", "a zero byte", "UTF-8 text") }
        let raw: RawHeader
        do {
            raw = try JSONDecoder().decode(RawHeader.self, from: Data(bytes))
        } catch {
            throw malformed("header", RawHeader.explain(error), "JSON of the form {name: {dtype, shape, data_offsets}}")
        }
        metadata = raw.metadata
        var entries: [Entry] = []
        entries.reserveCapacity(raw.entries.count)
        for (name, entry) in raw.entries {
            let item = "tensor \(name)"
            guard let type = SafetensorsType(rawValue: entry.dtype) else {
                let known = SafetensorsType.allCases.map(\.rawValue).joined(separator: ", ")
                throw malformed(item, "dtype \(entry.dtype)", "one of \(known)")
            }
            var byteCount = type.byteCount
            for extent in entry.shape {
                let (product, overflow) = byteCount.multipliedReportingOverflow(by: extent)
                guard extent >= 0, !overflow else { throw malformed(item, "shape \(entry.shape)", "extents from 0 whose product fits") }
                byteCount = product
            }
            guard entry.data_offsets.count == 2 else {
                throw malformed(item, "\(entry.data_offsets.count) data_offsets", "two, the start and the end")
            }
            let (start, end) = (entry.data_offsets[0], entry.data_offsets[1])
            guard start >= 0, start <= end, end <= dataByteCount else {
                throw malformed(item, "bytes \(start) to \(end)", "offsets inside the \(dataByteCount) bytes of data")
            }
            guard end - start == byteCount else {
                throw malformed(
                    item, "\(end - start) bytes for shape \(entry.shape) of \(type.rawValue)", "\(byteCount) bytes for that shape and dtype"
                )
            }
            entries.append(Entry(name: name, type: type, shape: entry.shape, byteRange: start..<end))
        }
        entries.sort {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound, $0.name) < ($1.byteRange.lowerBound, $1.byteRange.upperBound, $1.name)
        }
        var position = 0
        for entry in entries {
            guard entry.byteRange.lowerBound == position else {
                let problem = entry.byteRange.lowerBound < position ? "overlaps the tensor before it" : "leaves a hole before it"
                throw malformed(
                    "tensor \(entry.name)", "start \(entry.byteRange.lowerBound), which \(problem)", "start \(position)")
            }
            position = entry.byteRange.upperBound
        }
        guard position == dataByteCount else {
            throw malformed("data", "\(dataByteCount) bytes, of which tensors cover \(position)", "tensors that cover all bytes")
        }
        self.entries = entries
    }
}

/// The header as it stands in JSON.
private struct RawHeader: Decodable {
    struct Entry: Codable {
        let dtype: String
        let shape: [Int]
        // The name of the format, so that no key table is needed.
        // swift-format-ignore: AlwaysUseLowerCamelCase
        let data_offsets: [Int]
    }

    struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    var metadata: [String: String] = [:]
    var entries: [(name: String, entry: Entry)] = []

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        for key in container.allKeys {
            if key.stringValue == "__metadata__" {
                metadata = try container.decode([String: String].self, forKey: key)
            } else {
                entries.append((key.stringValue, try container.decode(Entry.self, forKey: key)))
            }
        }
    }

    /// A short reason out of a decoding error.
    static func explain(_ error: any Error) -> String {
        func place(_ context: DecodingError.Context) -> String {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "" : " at \(path)"
        }
        return switch error {
        case DecodingError.typeMismatch(let type, let context): "no \(type)\(place(context))"
        case DecodingError.valueNotFound(let type, let context): "no \(type)\(place(context))"
        case DecodingError.keyNotFound(let key, let context): "no \(key.stringValue)\(place(context))"
        case DecodingError.dataCorrupted(let context): "text that is not JSON, or a number that is no 64-bit integer\(place(context))"
        default: "text that is not JSON"
        }
    }
}
