import Tensors

/// Some samples of a dataset: fields in, fields out, numbers of whole samples.
public struct Samples<Element: Scalar>: Sendable {
    /// Input fields, `[sample, x..., channel]`.
    public var inputs: Tensor<Element>
    /// Target fields, `[sample, ...]`.
    public var targets: Tensor<Element>
    /// Scalar parameters of each sample, `[sample, parameter]`, where there are any.
    public var parameters: Tensor<Element>?

    /// Samples whose tensors agree in their first axis.
    public init(inputs: Tensor<Element>, targets: Tensor<Element>, parameters: Tensor<Element>? = nil) {
        precondition(
            inputs.rank >= 1 && targets.rank >= 1 && inputs.shape[0] == targets.shape[0]
                && (parameters == nil || parameters!.rank == 2 && parameters!.shape[0] == inputs.shape[0]),
            "inputs \(inputs.shape), targets \(targets.shape), parameters \(parameters?.shape ?? []) of different numbers of samples")
        self.inputs = inputs
        self.targets = targets
        self.parameters = parameters
    }

    /// Number of samples.
    public var count: Int { inputs.shape[0] }

    /// Some of the samples, sharing memory.
    public func rows(_ range: Range<Int>) -> Samples {
        Samples(inputs: inputs.rows(range), targets: targets.rows(range), parameters: parameters?.rows(range))
    }
}

/// Where samples come from; called from several threads at once.
public protocol SampleSource<Element>: Sendable {
    /// Number type of the fields.
    associatedtype Element: Scalar

    /// Number of samples.
    var count: Int { get }

    /// Whether reading takes long enough to be done ahead on another thread.
    var isSlow: Bool { get }

    /// The samples of the given numbers, in that order.
    func samples(_ indices: [Int]) throws -> Samples<Element>
}

/// Samples that are in memory as a whole.
public struct InMemorySource<Element: Scalar>: SampleSource {
    private let all: Samples<Element>

    /// A source of these samples.
    public init(_ samples: Samples<Element>) { all = samples }

    /// Number of samples.
    public var count: Int { all.count }

    /// Copying is fast: nothing is read ahead.
    public var isSlow: Bool { false }

    /// Copies samples together.
    public func samples(_ indices: [Int]) -> Samples<Element> {
        Samples(
            inputs: all.inputs.gathered(indices), targets: all.targets.gathered(indices), parameters: all.parameters?.gathered(indices))
    }
}

extension Tensor {
    /// Rows `indices` of the first axis in a fresh tensor.
    fileprivate func gathered(_ indices: [Int]) -> Tensor {
        let result = Tensor(uninitialized: [indices.count] + shape.dropFirst())
        let size = shape.dropFirst().reduce(1, *)
        for (row, index) in indices.enumerated() {
            precondition(index >= 0 && index < shape[0], "sample \(index) of \(shape[0])")
            (result.kernelPointer + row * size).update(from: basePointer + index * size, count: size)
        }
        return result
    }
}
