import Autodiff
import Foundation
import Tensors

/// A safetensors file open for reading: the header is checked at once, tensors are read when asked for.
///
/// Safe on damaged and hostile files: nothing is allocated from a length that the file merely claims.
public struct SafetensorsFile: Sendable {
    /// Path as given.
    public let path: String
    /// What the file holds.
    public let header: SafetensorsHeader
    private let reader: FileReader
    private let dataStart: Int
    private let positions: [String: Int]

    /// Opens a file and checks its header.
    ///
    /// - Throws: ``TrainingError/cannotRead(file:reason:)``, ``TrainingError/malformed(file:item:found:allowed:)``.
    public init(path: String) throws(TrainingError) {
        self.path = path
        reader = try FileReader(path: path)
        guard reader.byteCount >= 8 else {
            throw .malformed(file: path, item: "file", found: "\(reader.byteCount) bytes", allowed: "at least 8 bytes")
        }
        let length = try reader.bytes(at: 0, count: 8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
        let most = min(reader.byteCount - 8, SafetensorsHeader.maximumByteCount)
        guard length <= UInt64(most) else {
            throw .malformed(
                file: path, item: "header length", found: "\(length)",
                allowed: "at most \(most) in a file of \(reader.byteCount) bytes (is this a safetensors file?)")
        }
        let bytes = try reader.bytes(at: 8, count: Int(length))
        dataStart = 8 + Int(length)
        header = try SafetensorsHeader(bytes, dataByteCount: reader.byteCount - dataStart, file: path)
        positions = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
    }

    /// Free text by key.
    public var metadata: [String: String] { header.metadata }

    /// Names of all tensors, sorted.
    public var names: [String] { header.entries.map(\.name).sorted() }

    /// Description of one tensor.
    public subscript(name: String) -> SafetensorsHeader.Entry? { positions[name].map { header.entries[$0] } }

    /// Reads one tensor; floating-point formats are converted to `Element`.
    ///
    /// - Throws: ``TrainingError/mismatch(file:item:found:allowed:)`` if there is no such tensor, its format holds no real numbers, or
    ///   its shape is not `shape` (when given).
    public func tensor<Element: Scalar>(
        _ name: String, shape: [Int]? = nil, as type: Element.Type = Element.self
    ) throws(TrainingError) -> Tensor<Element> {
        let entry = try checkedEntry(name, shape: shape)
        let result = Tensor<Element>(uninitialized: entry.shape)
        try read(entry, into: result.kernelPointer)
        return result
    }

    /// Reads the parameters of a layout: each must be there under `prefix + path` with its shape, and hold finite numbers.
    ///
    /// - Throws: ``TrainingError/mismatch(file:item:found:allowed:)``, ``TrainingError/notFinite(file:tensor:index:value:)``.
    public func read<Element: Scalar>(into parameters: ParameterVector<Element>, prefix: String = "") throws(TrainingError) {
        defer { parameters.noteChange() }
        for parameter in parameters.layout.entries {
            let entry = try checkedEntry(prefix + parameter.path, shape: parameter.shape)
            let window = parameters[parameter]
            try read(entry, into: window.kernelPointer)
            if let index = Kernels.firstNonFinite(window.count, window.basePointer) {
                throw .notFinite(file: path, tensor: entry.name, index: index, value: "\(window.basePointer[index])")
            }
        }
    }

    private func checkedEntry(_ name: String, shape: [Int]?) throws(TrainingError) -> SafetensorsHeader.Entry {
        guard let entry = self[name] else {
            let shown = names.prefix(8).joined(separator: ", ")
            throw .mismatch(
                file: path, item: "tensor \(name)", found: "no such tensor (there are \(header.entries.count): \(shown)...)",
                allowed: "a tensor of this name\(shape.map { " and shape \($0)" } ?? "")")
        }
        guard entry.type.isFloatingPoint else {
            throw .mismatch(file: path, item: "tensor \(name)", found: "dtype \(entry.type.rawValue)", allowed: "F64, F32, F16 or BF16")
        }
        if let shape, entry.shape != shape {
            throw .mismatch(file: path, item: "tensor \(name)", found: "shape \(entry.shape)", allowed: "shape \(shape)")
        }
        return entry
    }

    /// Reads and converts in pieces that stay in the cache.
    private func read<Element: Scalar>(_ entry: SafetensorsHeader.Entry, into target: UnsafeMutablePointer<Element>) throws(TrainingError) {
        let start = dataStart + entry.byteRange.lowerBound
        if entry.type == (Element.self == Float.self ? .float32 : .float64) {
            try reader.read(at: start, into: UnsafeMutableRawBufferPointer(start: target, count: entry.byteRange.count))
            #if _endian(big)
                #error("tensors are read as they lie in the file, in little-endian order")
            #endif
            return
        }
        let piece = 16384
        let size = entry.type.byteCount
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: piece * size, alignment: 64)
        defer { buffer.deallocate() }
        for first in stride(from: 0, to: entry.count, by: piece) {
            let count = min(piece, entry.count - first)
            try reader.read(at: start + first * size, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<(count * size)]))
            for index in 0..<count { target[first + index] = entry.type.number(buffer, at: index) }
        }
    }
}

extension SafetensorsType {
    /// Number `index` of a packed array, converted.
    fileprivate func number<Element: Scalar>(_ bytes: UnsafeMutableRawBufferPointer, at index: Int) -> Element {
        switch self {
        case .float64: Element(bytes.load(fromByteOffset: 8 * index, as: Double.self))
        case .float32: Element(bytes.load(fromByteOffset: 4 * index, as: Float.self))
        case .float16: Element(SafetensorsType.half(bytes.load(fromByteOffset: 2 * index, as: UInt16.self)))
        case .bfloat16: Element(Float(bitPattern: UInt32(bytes.load(fromByteOffset: 2 * index, as: UInt16.self)) << 16))
        default: preconditionFailure("\(rawValue) holds no real numbers")
        }
    }

    /// An IEEE 754 binary16 number; Swift's own type is missing on Intel Macs.
    static func half(_ bits: UInt16) -> Float {
        let sign = UInt32(bits >> 15) << 31
        let exponent = UInt32(bits >> 10) & 31
        let fraction = UInt32(bits) & 1023
        switch exponent {
        case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            return sign == 0 ? magnitude : -magnitude
        default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
