import Tensors

/// Numbers that people read off a solution, such as the lift of an airfoil: the same law for true and predicted fields.
public protocol QuantitiesOfInterest: Sendable {
    /// Names and meanings of the numbers.
    var quantities: [(name: String, meaning: String)] { get }

    /// Fields of a sample that are known, such as coordinates.
    var knownFields: [String] { get }

    /// Fields of the solution, true or predicted.
    var solutionFields: [String] { get }

    /// What would be needed for numbers that these fields do not give; nil when nothing is missing.
    var missing: String? { get }

    /// The numbers of a sample; nil for what the sample does not have, such as a shock.
    func values(_ fields: [String: Tensor<Double>]) -> [Double?]
}

extension Problem {
    /// No numbers of interest but the fields themselves.
    public var quantitiesOfInterest: (any QuantitiesOfInterest)? { nil }
}
