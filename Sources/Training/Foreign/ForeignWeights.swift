import Autodiff
import Foundation
import Grids
import NeuralOperators
import Tensors

/// Weights of another program read from a safetensors file and its JSON configuration.
///
/// Names may carry the prefix `weight.`; the file may also hold `input` (or `input.0`, `input.1`), `output_f64` and `grad_f64.*` of
/// `mean(output^2)`, computed by the program in Float64, against which `check` compares.
public struct ForeignWeights: Sendable {
    /// The architecture and where each array comes from.
    public let model: ForeignModel
    /// The operator.
    public let neuralOperator: any NeuralOperator
    /// Our parameters.
    public let layout: ParameterLayout
    /// Their values, exactly as stored.
    public let parameters: ParameterVector<Double>
    private let file: SafetensorsFile
    private let prefix: String

    /// Reads weights in a layout.
    ///
    /// - Throws: `TrainingError` for an unreadable file, `ForeignModelError` when arrays or configuration do not fit the layout,
    ///   `OperatorError` when the architecture cannot be built.
    public init(path: String, layout foreign: any ForeignLayout.Type, configurationPath: String) throws {
        let file = try SafetensorsFile(path: path)
        let prefix = file.names.contains { $0.hasPrefix("weight.") } ? "weight." : ""
        guard let json = FileManager.default.contents(atPath: configurationPath) else {
            throw ForeignModelError.invalidConfiguration(
                key: configurationPath, found: "no readable file", allowed: "the JSON configuration of the weights")
        }
        let reserved = ["input", "output", "loss", "grad", "output_f64", "grad_f64"]
        let names = file.names.filter { name in
            prefix.isEmpty ? !reserved.contains(name) && !reserved.contains { name.hasPrefix($0 + ".") } : name.hasPrefix(prefix)
        }
        let shapes = Dictionary(uniqueKeysWithValues: names.map { (String($0.dropFirst(prefix.count)), file[$0]!.shape) })
        let inputs = Self.inputNames(of: file).map { file[$0]!.shape }
        let model = try foreign.model(try ForeignConfiguration(json: json, shapes: shapes, inputs: inputs))
        let used = Set(model.arrays.values.flatMap(\.names)).union(model.unused)
        let unexpected = shapes.keys.filter { !used.contains($0) }
        guard unexpected.isEmpty else { throw ForeignModelError.unexpectedArrays(Array(unexpected)) }

        let layout = ParameterLayout()
        neuralOperator = try model.configuration.makeOperator(model.interface, in: layout.root)
        let parameters = ParameterVector<Double>(layout: layout)
        (self.file, self.prefix, self.model, self.layout, self.parameters) = (file, prefix, model, layout, parameters)
        for parameter in layout.entries {
            guard let source = model.arrays[parameter.path] else {
                preconditionFailure("layout \(foreign.name) does not say where \(parameter.path) comes from")
            }
            let array = try source.rearrange(try source.names.map { try tensor(prefix + $0) })
            guard array.shape == parameter.shape else {
                throw ForeignModelError.wrongShape(
                    array: source.names.joined(separator: ", "), found: array.shape,
                    expected: "\(parameter.shape) after rearrangement, for \(parameter.path)")
            }
            parameters.set(parameter, to: array)
        }
    }

    /// The stored inputs: `input`, or `input.0`, `input.1` and so on.
    private static func inputNames(of file: SafetensorsFile) -> [String] {
        if file["input"] != nil { return ["input"] }
        var names: [String] = []
        while file["input.\(names.count)"] != nil { names.append("input.\(names.count)") }
        return names
    }

    private func tensor(_ name: String) throws -> Tensor<Double> {
        guard file[name] != nil else { throw ForeignModelError.missingArray(name, present: file.names) }
        return try file.tensor(name, as: Double.self)
    }

    // MARK: - Check

    /// How far this implementation is from the numbers stored beside the weights.
    public struct Agreement: Sendable, Equatable {
        /// Relative L2 distance of the output in Float32.
        public var output: Double
        /// Largest error of a gradient entry over the largest entry of its array, in Float32.
        public var worstGradient: Double
        /// Where that is.
        public var worstArray: String
        /// The same two in Float64.
        public var outputDouble: Double
        /// The largest gradient error in Float64.
        public var worstGradientDouble: Double

        /// Whether output and every gradient agree: 1e-5 and 1e-4 in Float32, 1e-10 in Float64.
        public var passed: Bool { output <= 1e-5 && worstGradient <= 1e-4 && outputDouble <= 1e-10 && worstGradientDouble <= 1e-10 }
    }

    /// Evaluates the stored input and compares output and gradients with the stored ones.
    ///
    /// - Throws: `ForeignModelError.missingArray` when the file holds no input or reference.
    public func check() throws -> Agreement {
        let names = Self.inputNames(of: file)
        guard !names.isEmpty else { throw ForeignModelError.missingArray("input", present: file.names) }
        let inputs = try names.map(tensor)
        let expected = model.outputOrder.fields(try tensor("output_f64"))
        let single = try compare(inputs, expected, as: Float.self)
        let double = try compare(inputs, expected, as: Double.self)
        return Agreement(
            output: single.output, worstGradient: single.gradient, worstArray: single.array, outputDouble: double.output,
            worstGradientDouble: double.gradient)
    }

    private func compare<Element: Scalar>(
        _ inputs: [Tensor<Double>], _ expected: Tensor<Double>, as type: Element.Type
    ) throws -> (output: Double, gradient: Double, array: String) {
        let tape = Tape<Element>(parameters: parameters.cast())
        let fields = model.inputOrder.fields(inputs[0]).cast(to: Element.self)
        var input = OperatorInput(tape.constant(fields))
        switch model.furtherInputs {
        case .queries: input.queries = inputs.count > 1 ? tape.constant(inputs[1].cast()) : nil
        case .ownQuery:
            guard inputs.count == 2, inputs[1].rank == 2, inputs[1].shape[0] == fields.shape[0] else {
                throw ForeignModelError.wrongShape(
                    array: "input.1", found: inputs.dropFirst().first?.shape ?? [], expected: "[\(fields.shape[0]), coordinates]")
            }
            input.queries = tape.constant(inputs[1].reshaped([fields.shape[0], 1, inputs[1].shape[1]]).cast())
        case .parameters:
            let batch = fields.shape[0]
            guard inputs.count == 1 + model.interface.scalarParameters, inputs.dropFirst().allSatisfy({ $0.count == batch }) else {
                throw ForeignModelError.wrongShape(
                    array: "input.1...", found: inputs.dropFirst().map(\.count),
                    expected: "\(model.interface.scalarParameters) arrays of \(batch) numbers")
            }
            if inputs.count > 1 {
                let columns = inputs.dropFirst().map { $0.reshaped([batch, 1]) }
                input.parameters = tape.constant(Tensor.concatenated(columns, axis: 1).cast())
            }
        }
        let output = neuralOperator(input)
        guard output.shape == expected.shape else {
            throw ForeignModelError.wrongShape(array: "output_f64", found: expected.shape, expected: "\(output.shape)")
        }
        let gradients = ParameterVector<Element>(layout: layout)
        tape.accumulateParameterGradients(of: output.square().mean(), into: gradients)
        // Gradients that vanish exactly (a constant before a normalisation) are round-off on both sides; they are measured against the largest of all.
        let largest = file.names.filter { $0.hasPrefix("grad_f64.") }.compactMap { try? tensor($0).scalars.map(abs).max() }.max() ?? 1
        var worst = (value: 0.0, array: "")
        for parameter in layout.entries {
            let source = model.arrays[parameter.path]!
            let references = try source.names.map { try tensor("grad_f64." + $0) }
            let reference = try source.rearrange(references)
            // The largest entry of each foreign array, carried to where its entries go.
            let scale = try source.rearrange(references.map { array in Tensor(array.shape, repeating: array.scalars.map(abs).max() ?? 0) })
            for ((found, wanted), size) in zip(zip(gradients[parameter].scalars, reference.scalars), scale.scalars) {
                let difference = abs(Double(found) - wanted)
                let error = difference / (size > 1e-12 ? size : largest)
                if !(error <= worst.value) { worst = (error, parameter.path) }
            }
        }
        return (Self.distance(output.value, expected), worst.value, worst.array)
    }

    private static func distance<Element: Scalar>(_ found: Tensor<Element>, _ wanted: Tensor<Double>) -> Double {
        var (difference, norm) = (0.0, 0.0)
        for (a, b) in zip(found.scalars, wanted.scalars) {
            difference += (Double(a) - b) * (Double(a) - b)
            norm += b * b
        }
        return (difference / norm).squareRoot()
    }
}

extension ForeignWeights {
    /// A model of these weights in Float32 that takes and gives raw channels: foreign files say nothing about units or normalisation.
    public func model(title: String, source: String) throws -> Model {
        func channels(_ count: Int, _ name: String) -> [ModelDescription.Channel] {
            (0..<count).map { .init(field: count == 1 ? name : "\(name)\($0)", longName: "\(name) channel \($0)", units: "1") }
        }
        let interface = model.interface
        let inputs = channels(interface.inputChannels, "input") + channels(interface.scalarParameters, "parameter")
        let grid = Grid(shape: interface.grid.count <= 3 ? interface.grid : [1], location: .nodes)
        let description = ModelDescription(
            title: title, architecture: type(of: model.configuration).name, interface: interface,
            inputs: inputs, outputs: channels(interface.outputChannels, "output"), grid: grid,
            boundary: Boundary(.open, on: grid), trainingData: "", source: source, caseText: "")
        return try Model(
            model.configuration, description: description, inputNormaliser: .identity(channels: inputs.count),
            outputNormaliser: .identity(channels: interface.outputChannels), seed: 0
        ).with(parameters: parameters.cast())
    }
}
