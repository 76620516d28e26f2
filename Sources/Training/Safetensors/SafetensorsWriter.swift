import Autodiff
import Foundation
import Tensors

/// Collects tensors and text and writes them as one safetensors file.
///
/// The bytes depend on the content alone: tensors lie sorted by decreasing size of their numbers (so that each is aligned), then by name;
/// the header is padded with spaces to a multiple of 8 bytes.
public struct SafetensorsWriter {
    private struct Item {
        let type: SafetensorsType
        let shape: [Int]
        let write: (borrowing FileWriter) throws -> Void
        let byteCount: Int
    }

    /// Free text by key.
    public var metadata: [String: String]
    private var items: [String: Item] = [:]

    /// Nothing but the metadata.
    public init(metadata: [String: String] = [:]) { self.metadata = metadata }

    /// Adds a tensor as F32 or F64; its name must be new.
    public mutating func add<Element: Scalar>(_ name: String, _ tensor: Tensor<Element>) {
        precondition(items[name] == nil, "tensor \(name) is added twice")
        precondition(name != "__metadata__", "__metadata__ is no name for a tensor")
        items[name] = Item(
            type: Element.self == Float.self ? .float32 : .float64, shape: tensor.shape,
            write: { file in
                try file.write(UnsafeRawBufferPointer(start: tensor.basePointer, count: tensor.count * MemoryLayout<Element>.stride))
            }, byteCount: tensor.count * MemoryLayout<Element>.stride)
    }

    /// Adds all parameters of a vector, each under `prefix + path`.
    public mutating func add<Element: Scalar>(_ parameters: ParameterVector<Element>, prefix: String = "") {
        for parameter in parameters.layout.entries { add(prefix + parameter.path, parameters[parameter]) }
    }

    /// Writes the file under a temporary name, flushes it and renames it.
    ///
    /// - Throws: ``TrainingError/cannotWrite(file:reason:)``; what stood at `path` is then unchanged.
    public func write(to path: String) throws {
        let sorted = items.sorted { (-$0.value.type.byteCount, $0.key) < (-$1.value.type.byteCount, $1.key) }
        let header = try encodedHeader(sorted.map { ($0.key, $0.value) })
        try DurableFile.write(to: path) { file in
            try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
            try file.write(header)
            for (_, item) in sorted { try item.write(file) }
        }
    }

    private func encodedHeader(_ sorted: [(name: String, item: Item)]) throws -> [UInt8] {
        var header: [String: HeaderValue] = [:]
        if !metadata.isEmpty { header["__metadata__"] = .text(metadata) }
        var offset = 0
        for (name, item) in sorted {
            header[name] = .tensor(.init(dtype: item.type.rawValue, shape: item.shape, data_offsets: [offset, offset + item.byteCount]))
            offset += item.byteCount
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var bytes = [UInt8](try encoder.encode(header))
        while bytes.count % 8 != 0 { bytes.append(UInt8(ascii: " ")) }
        return bytes
    }

    private enum HeaderValue: Encodable {
        struct Entry: Encodable {
            let dtype: String
            let shape: [Int]
            // swift-format-ignore: AlwaysUseLowerCamelCase
            let data_offsets: [Int]
        }

        case text([String: String])
        case tensor(Entry)

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .text(let text): try text.encode(to: encoder)
            case .tensor(let entry): try entry.encode(to: encoder)
            }
        }
    }
}
