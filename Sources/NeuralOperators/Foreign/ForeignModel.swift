import Autodiff
import Tensors

/// A model written by another program, described in terms of ours: the architecture, and where each of our arrays comes from.
public struct ForeignModel: Sendable {
    /// The same architecture in our words.
    public var configuration: any OperatorConfiguration
    /// What it maps.
    public var interface: OperatorInterface
    /// Where each of our parameters comes from, by path.
    public var arrays: [String: ArraySource]
    /// Foreign arrays that the foreign forward pass never uses.
    public var unused: Set<String>
    /// How the foreign program orders the axes of its input.
    public var inputOrder: FieldOrder
    /// How it orders the axes of its output.
    public var outputOrder: FieldOrder
    /// What its further inputs are.
    public var furtherInputs: FurtherInputs

    /// The meaning of the inputs after the first.
    public enum FurtherInputs: Sendable {
        /// Points at which the output is wanted, `[point, axis]`.
        case queries
        /// The one point of each sample at which its output is wanted, `[batch, axis]`.
        case ownQuery
        /// One scalar parameter of every sample each, `[batch]`.
        case parameters
    }

    /// A description; `unused` is empty unless the foreign model declares arrays that it does not use.
    public init(
        configuration: any OperatorConfiguration, interface: OperatorInterface, arrays: [String: ArraySource], unused: Set<String> = [],
        inputOrder: FieldOrder, outputOrder: FieldOrder, furtherInputs: FurtherInputs = .queries
    ) {
        self.configuration = configuration
        self.interface = interface
        self.arrays = arrays
        self.unused = unused
        self.inputOrder = inputOrder
        self.outputOrder = outputOrder
        self.furtherInputs = furtherInputs
    }
}

/// One of our parameters as a rearrangement of foreign arrays.
///
/// The rearrangement only moves numbers, so it serves gradients as well as weights.
public struct ArraySource: Sendable {
    /// Names of the foreign arrays.
    public let names: [String]
    /// Our array from theirs, in the order of `names`.
    public let rearrange: @Sendable ([Tensor<Double>]) throws -> Tensor<Double>

    /// A rearrangement of several arrays.
    public init(_ names: [String], _ rearrange: @escaping @Sendable ([Tensor<Double>]) throws -> Tensor<Double>) {
        self.names = names
        self.rearrange = rearrange
    }

    /// The same array, perhaps with another shape of equal count.
    public static func same(_ name: String, shape: [Int]? = nil) -> ArraySource {
        ArraySource([name]) { arrays in
            guard let shape else { return arrays[0] }
            try requireCount(arrays[0], shape, name)
            return arrays[0].reshaped(shape)
        }
    }

    /// A linear map stored as `[output, input, 1...]`, ours being `[input, output]`.
    public static func transposed(_ name: String) -> ArraySource {
        ArraySource([name]) { arrays in
            let shape = arrays[0].shape
            guard shape.count >= 2, shape.dropFirst(2).allSatisfy({ $0 == 1 }) else {
                throw ForeignModelError.wrongShape(array: name, found: shape, expected: "[output, input] with trailing ones")
            }
            return arrays[0].reshaped([shape[0], shape[1]]).permuted([1, 0])
        }
    }

    /// A two-dimensional convolution stored as `[output, input, ky, kx]`, ours being `[ky, kx, input, output]`; the adjoint form of
    /// transposed convolutions, `[input, output, ky, kx]` there and `[ky, kx, output, input]` here, is the same rearrangement.
    public static func convolution(_ name: String) -> ArraySource {
        ArraySource([name]) { arrays in
            guard arrays[0].rank == 4 else {
                throw ForeignModelError.wrongShape(array: name, found: arrays[0].shape, expected: "four axes [output, input, ky, kx]")
            }
            return arrays[0].permuted([2, 3, 1, 0])
        }
    }

    /// Spectral weights stored as corner blocks `[input, output, m1, ..., md, 2]`, ours being `[mode, input, output, 2]` with the leading
    /// wavenumbers `0..<m, -m..<0`; blocks come in the order (+), (-) in 2-D and (+,+), (-,+), (+,-), (-,-) in 3-D.
    public static func cornerBlocks(_ names: [String], modes: [Int]) -> ArraySource {
        ArraySource(names) { blocks in
            let dimensions = modes.count
            guard blocks.count == 1 << (dimensions - 1) else {
                throw ForeignModelError.invalidConfiguration(key: "modes", found: "\(modes)", allowed: "\(blocks.count) corner blocks")
            }
            let (input, output) = (blocks[0].shape[0], blocks[0].shape[1])
            for (name, block) in zip(names, blocks) where block.shape != [input, output] + modes + [2] {
                throw ForeignModelError.wrongShape(array: name, found: block.shape, expected: "\([input, output] + modes + [2])")
            }
            // Each block as [m1, ..., md, input, output, 2]; then joined along the leading axes, first axis innermost in the block order.
            var parts = blocks.map { $0.permuted(Array(2..<(2 + dimensions)) + [0, 1, 2 + dimensions]) }
            for axis in 0..<(dimensions - 1) {
                parts = stride(from: 0, to: parts.count, by: 2).map { Tensor.concatenated([parts[$0], parts[$0 + 1]], axis: axis) }
            }
            return parts[0].reshaped([-1, input, output, 2])
        }
    }

    /// Spectral weights stored as `[input, output, k1, ..., kd, 2]` in one array, ours being `[mode, input, output, 2]` in the same order of modes.
    public static func spectral(_ name: String, dimensions: Int) -> ArraySource {
        ArraySource([name]) { arrays in
            let shape = arrays[0].shape
            guard shape.count == dimensions + 3, shape.last == 2 else {
                throw ForeignModelError.wrongShape(
                    array: name, found: shape, expected: "[input, output, \(dimensions) axes of wavenumbers, 2]")
            }
            return arrays[0].permuted(Array(2..<(2 + dimensions)) + [0, 1, 2 + dimensions]).reshaped([-1, shape[0], shape[1], 2])
        }
    }

    private static func requireCount(_ array: Tensor<Double>, _ shape: [Int], _ name: String) throws {
        guard array.count == shape.reduce(1, *) else {
            throw ForeignModelError.wrongShape(array: name, found: array.shape, expected: "\(shape)")
        }
    }
}

/// Why a foreign model cannot be read.
public enum ForeignModelError: Error, Equatable, CustomStringConvertible {
    /// The configuration lacks a key or has a value that the architecture does not allow.
    case invalidConfiguration(key: String, found: String, allowed: String)
    /// An array is absent.
    case missingArray(String, present: [String])
    /// Arrays that nothing in the architecture uses.
    case unexpectedArrays([String])
    /// An array has another shape than the architecture needs.
    case wrongShape(array: String, found: [Int], expected: String)

    /// What was found and what is allowed.
    public var description: String {
        switch self {
        case .invalidConfiguration(let key, let found, let allowed): "configuration key \"\(key)\" is \(found); allowed: \(allowed)"
        case .missingArray(let name, let present):
            "array \"\(name)\" is missing; present: \(present.sorted().prefix(8).joined(separator: ", "))\(present.count > 8 ? ", ..." : "")"
        case .unexpectedArrays(let names): "arrays that this layout does not use: \(names.sorted().joined(separator: ", "))"
        case .wrongShape(let name, let found, let expected): "array \"\(name)\" has shape \(found); expected \(expected)"
        }
    }
}

extension Tensor {
    /// Transposes axes: axis `k` of the result is axis `order[k]` of this.
    package func permuted(_ order: [Int]) -> Tensor {
        let result = Tensor(uninitialized: order.map { shape[$0] })
        Kernels.permute(shape, order: order, basePointer, result.kernelPointer)
        return result
    }

    /// Joins along one axis.
    package static func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
        let tape = Tape<Element>()
        return Variable.concatenate(parts.map(tape.constant), axis: axis).value
    }
}
