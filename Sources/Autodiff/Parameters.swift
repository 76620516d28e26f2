import Tensors

/// Handle of one parameter array of a model: its path, shape and place in the flat vector.
public struct Parameter: Sendable, Equatable {
    /// Name of the array, components joined by dots: `layers.0.spectral.weight`.
    public let path: String
    /// Extents; complex arrays are pairs with a trailing axis of 2.
    public let shape: [Int]
    /// Position among the parameters of the layout.
    public let index: Int
    /// Whether the trailing axis of 2 holds (real, imaginary).
    public let isComplex: Bool

    /// Number of real numbers.
    public var count: Int { shape.reduce(1, *) }
}

/// Law that a parameter is initialised from; random numbers come from `Philox(seed, stream: hash of the path)`.
public enum Initializer: Sendable {
    /// Every entry equal.
    case constant(Double)
    /// Uniform on `[low, high)`.
    case uniform(low: Double, high: Double)
    /// Normal with mean 0.
    case normal(standardDeviation: Double)
    /// Euclidean lengths of the columns of a matrix `[input, output]`, itself a parameter: the magnitudes of its directions.
    case columnLengths(of: Parameter)

    /// PyTorch's default for linear and convolution layers: uniform on `±1 / sqrt(fan in)`, weights and bias alike.
    public static func fanIn(_ fanIn: Int) -> Initializer {
        let bound = 1 / Double(max(fanIn, 1)).squareRoot()
        return .uniform(low: -bound, high: bound)
    }

    /// Glorot and Bengio (2010): normal with variance `2 / (fan in + fan out)`.
    public static func glorotNormal(fanIn: Int, fanOut: Int) -> Initializer {
        .normal(standardDeviation: (2 / Double(fanIn + fanOut)).squareRoot())
    }

    /// Glorot and Bengio (2010): uniform on `±sqrt(6 / (fan in + fan out))`.
    public static func glorotUniform(fanIn: Int, fanOut: Int) -> Initializer {
        let bound = (6 / Double(fanIn + fanOut)).squareRoot()
        return .uniform(low: -bound, high: bound)
    }
}

/// All parameters of a model in the order of their declaration, and where each lies in one flat vector.
///
/// Layers declare what they need through `scope`; windows start at multiples of 64 bytes.
public final class ParameterLayout: @unchecked Sendable, Equatable {
    /// Handles by index.
    public private(set) var entries: [Parameter] = []
    private(set) var offsets: [Int] = []
    private var initializers: [Initializer] = []
    private var byPath: [String: Int] = [:]
    /// Length of the flat vector, padding included.
    public private(set) var flatCount = 0

    /// An empty layout.
    public init() {}

    /// The root scope for declarations; a layout is filled by one thread before it is shared.
    public var root: ParameterScope { ParameterScope(layout: self, prefix: "") }

    /// Number of real numbers in all parameters; a complex number counts as two.
    public var parameterCount: Int { entries.reduce(0) { $0 + $1.count } }

    /// The parameter of a path.
    public subscript(path: String) -> Parameter? { byPath[path].map { entries[$0] } }

    func declare(_ path: String, _ shape: [Int], _ initializer: Initializer, isComplex: Bool) -> Parameter {
        precondition(byPath[path] == nil, "parameter \(path) is declared twice")
        precondition(!isComplex || shape.last == 2, "complex parameter \(path) of shape \(shape) lacks the trailing pair")
        let parameter = Parameter(path: path, shape: shape, index: entries.count, isComplex: isComplex)
        byPath[path] = parameter.index
        entries.append(parameter)
        offsets.append(flatCount)
        initializers.append(initializer)
        flatCount += (parameter.count + 15) / 16 * 16
        return parameter
    }

    /// Values drawn from the declared laws; each parameter has its own stream, so adding a layer changes no other layer.
    public func initialValues<Element: Scalar>(seed: UInt64, as type: Element.Type = Element.self) -> ParameterVector<Element> {
        let values = ParameterVector<Element>(layout: self)
        for parameter in entries {
            let pointer = values.window(parameter.index).kernelPointer
            let value = initialLaw(parameter, seed: seed)
            for index in 0..<parameter.count { pointer[index] = Element(value(index)) }
        }
        return values
    }

    /// The values of a parameter by their number.
    private func initialLaw(_ parameter: Parameter, seed: UInt64) -> (Int) -> Double {
        let generator = Philox(seed: seed, stream: stableHash(parameter.path))
        switch initializers[parameter.index] {
        case .constant(let value): return { _ in value }
        case .uniform(let low, let high): return { low + (high - low) * generator.uniform(at: $0) }
        case .normal(let deviation): return { deviation * generator.normal(at: $0) }
        case .columnLengths(let matrix):
            let entry = initialLaw(matrix, seed: seed)
            return { column in
                (0..<matrix.shape[0]).reduce(0) { sum, row in
                    let value = entry(row * matrix.shape[1] + column)
                    return sum + value * value
                }.squareRoot()
            }
        }
    }

    /// Layouts are equal when they declare the same parameters in the same order.
    public static func == (left: ParameterLayout, right: ParameterLayout) -> Bool { left === right || left.entries == right.entries }

    /// FNV-1a, 64 bits: the same number on every machine and in every version.
    private func stableHash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

/// Where a layer declares its parameters: a layout and a path prefix.
public struct ParameterScope {
    let layout: ParameterLayout
    let prefix: String

    /// The scope of a named part.
    public subscript(name: String) -> ParameterScope { ParameterScope(layout: layout, prefix: prefix + name + ".") }

    /// The scope of a numbered part.
    public subscript(index: Int) -> ParameterScope { self["\(index)"] }

    /// Declares a real parameter.
    public func real(_ name: String, _ shape: [Int], _ initializer: Initializer) -> Parameter {
        layout.declare(prefix + name, shape, initializer, isComplex: false)
    }

    /// Declares a complex parameter; `shape` lacks the trailing axis of pairs.
    public func complex(_ name: String, _ shape: [Int], _ initializer: Initializer) -> Parameter {
        layout.declare(prefix + name, shape + [2], initializer, isComplex: true)
    }
}

/// Values (or gradients, or moments) of all parameters of a layout in one flat vector; a reference, shared by the shards of a step.
///
/// Invariant: written by one thread at a time, never while another reads.
public final class ParameterVector<Element: Scalar>: @unchecked Sendable {
    /// What lies where.
    public let layout: ParameterLayout
    private let storage: Storage<Element>

    /// Zeros.
    public init(layout: ParameterLayout) {
        self.layout = layout
        self.storage = Storage(count: max(layout.flatCount, 1))
        Kernels.fill(storage.count, 0, storage.pointer)
    }

    /// How often the values have been replaced since the vector was made: what follows from them is then made again.
    package private(set) var changes = 0

    /// To be called by who has written values through a pointer.
    package func noteChange() { changes += 1 }

    /// Length including padding.
    public var count: Int { layout.flatCount }

    /// The flat values, padding included.
    package var pointer: UnsafeMutablePointer<Element> { storage.pointer }

    /// One parameter, sharing this storage.
    public subscript(parameter: Parameter) -> Tensor<Element> { window(parameter.index) }

    package func window(_ index: Int) -> Tensor<Element> {
        Tensor(layout.entries[index].shape, sharing: storage, offset: layout.offsets[index])
    }

    /// Replaces the values of one parameter.
    public func set(_ parameter: Parameter, to value: Tensor<Element>) {
        precondition(value.shape == parameter.shape, "value of shape \(value.shape) for \(parameter.path) of shape \(parameter.shape)")
        window(parameter.index).kernelPointer.update(from: value.basePointer, count: value.count)
        noteChange()
    }

    /// Copies all values from another vector of the same layout.
    public func copy(from other: ParameterVector) {
        precondition(other.layout == layout, "copy between different layouts")
        storage.pointer.update(from: other.storage.pointer, count: count)
        noteChange()
    }

    /// The same values in another precision.
    public func cast<Target: Scalar>(to type: Target.Type = Target.self) -> ParameterVector<Target> {
        let result = ParameterVector<Target>(layout: layout)
        if let same = self as? ParameterVector<Target> { result.copy(from: same) } else { Kernels.convert(count, pointer, result.pointer) }
        return result
    }
}
