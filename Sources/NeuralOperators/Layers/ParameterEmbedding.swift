import Autodiff
import Foundation
import Tensors

/// Scalar parameters of a sample as one vector: for each parameter `p` sines and cosines of `p 10000^(-k/K)`, `k < K`, through a
/// perceptron of its own, and the sum over the parameters.
///
/// The embedding of Vaswani et al. (2017) as used for time steps and PDE parameters by Gupta and Brandstetter, "Towards multi-spatiotemporal-scale
/// generalized PDE modeling", arXiv:2209.15616.
public struct ParameterEmbedding: Sendable {
    /// Channels of the result.
    public let channels: Int
    private let harmonics: Int
    private let perceptrons: [(first: Linear, second: Linear)]
    private let activation: Activation

    /// Declares for each of `parameters` a perceptron `harmonics -> 4 harmonics -> 4 harmonics`.
    public init(parameters: Int, harmonics: Int, activation: Activation, in scope: ParameterScope) {
        channels = 4 * harmonics
        self.harmonics = harmonics
        self.activation = activation
        let channels = self.channels
        perceptrons = (0..<parameters).map { number in
            (Linear(harmonics, channels, in: scope[number]["first"]), Linear(channels, channels, in: scope[number]["second"]))
        }
    }

    /// `[batch, parameter] -> [batch, 4 harmonics]`.
    public func callAsFunction<Element: Scalar>(_ parameters: Variable<Element>) -> Variable<Element> {
        precondition(
            parameters.shape.count == 2 && parameters.shape[1] == perceptrons.count,
            "parameters of shape \(parameters.shape) for an embedding of \(perceptrons.count)")
        let half = harmonics / 2
        let frequencies = parameters.tape.constant(
            Tensor([1, half], (0..<half).map { Element(exp(-log(10000) * Double($0) / Double(half))) }))
        var sum: Variable<Element>?
        for (number, perceptron) in perceptrons.enumerated() {
            let angles = parameters.slice(axis: 1, number..<(number + 1)) * frequencies
            let waves = Variable.concatenate([angles.cos(), angles.sin()], axis: 1)
                .padded(axis: 1, before: 0, after: harmonics - 2 * half)
            let embedded = perceptron.second(activation(perceptron.first(waves)))
            sum = sum.map { $0 + embedded } ?? embedded
        }
        return sum!
    }
}

/// How an embedding of scalar parameters acts on hidden fields.
public enum Conditioning: String, Codable, Sendable, CaseIterable {
    /// A shift of every channel.
    case shift
    /// A factor, as one plus what the embedding gives, and a shift of every channel (FiLM; after a normalisation: AdaGN).
    case scaleShift = "scale-shift"
}

/// A linear map of an embedding to shifts, or factors and shifts, of the channels of a field.
struct ConditionedChannels: Sendable {
    private let map: Linear
    private let channels: Int
    private let kind: Conditioning

    init(_ embedding: Int, _ channels: Int, _ kind: Conditioning, in scope: ParameterScope) {
        map = Linear(embedding, kind == .shift ? channels : 2 * channels, in: scope)
        self.channels = channels
        self.kind = kind
    }

    /// `[b, y, x, c]` with the shifts, or factors and shifts, of each sample's embedding `[b, e]`.
    func callAsFunction<Element: Scalar>(_ field: Variable<Element>, _ embedding: Variable<Element>) -> Variable<Element> {
        let values = map(embedding)
        let values4 = values.reshaped([values.shape[0], 1, 1, values.shape[1]])
        guard kind == .scaleShift else { return field + values4 }
        return field * (values4.slice(axis: 3, 0..<channels) + 1) + values4.slice(axis: 3, channels..<(2 * channels))
    }
}
