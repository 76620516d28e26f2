import Grids
import NeuralOperators
import Training

extension Inspection {
    static func model(_ path: String, _ registries: Registries) throws -> (text: String, json: String) {
        let model = try Model(path: path, architectures: registries.architectures)
        var table = TextTable([.init("weights"), .init("shape"), .init("numbers", .trailing)])
        for parameter in model.parameters.layout.entries {
            let shape = parameter.shape.map(String.init).joined(separator: " x ")
            table.add([parameter.path, shape + (parameter.isComplex ? " (complex)" : ""), Format.count(parameter.count)])
        }
        let json = Literal.table(
            [.init("type", .string("model")), .init("file", .string(path))] + members(of: model) + [
                .init(
                    "weights",
                    .array(
                        model.parameters.layout.entries.map { parameter in
                            .table([
                                .init("path", .string(parameter.path)), .init("shape", .array(parameter.shape.map { .integer($0) })),
                                .init("complex", .boolean(parameter.isComplex)),
                            ])
                        }))
            ])
        return (lines([("model", "\(path), \(size(path))")] + pairs(of: model)) + "\n" + table.text, json.json)
    }

    /// What a model is about, for people.
    static func pairs(of model: Model) -> [(String, String)] {
        let description = model.description
        func channel(_ channel: ModelDescription.Channel) -> String {
            "\(channel.field) [\(channel.units)]\(channel.frame.map { " at frame \($0)" } ?? ""), \(channel.longName)"
        }
        var pairs = [
            ("title", description.title),
            ("architecture", "\(description.architecture), \(Format.count(model.parameters.layout.parameterCount)) numbers in its weights"),
        ]
        for input in description.inputs { pairs.append(("input", channel(input))) }
        for output in description.outputs { pairs.append(("output", channel(output))) }
        pairs += [
            ("trained on", "\(description.grid)"),
            ("normalisers", "\(model.inputNormaliser.kind.rawValue) in, \(model.outputNormaliser.kind.rawValue) out"),
            ("training data", description.trainingData), ("made by", description.source),
        ]
        return pairs.filter { !$0.1.isEmpty }
    }

    /// What a model is about, for JSON.
    static func members(of model: Model) -> [Literal.Member] {
        let description = model.description
        func channels(_ channels: [ModelDescription.Channel]) -> Literal {
            .array(channels.map { .table([.init("field", .string($0.field)), .init("units", .string($0.units))]) })
        }
        return [
            .init("title", .string(description.title)), .init("architecture", .string(description.architecture)),
            .init("parameters", .integer(model.parameters.layout.parameterCount)), .init("inputs", channels(description.inputs)),
            .init("outputs", channels(description.outputs)), .init("grid", .array(description.grid.shape.map { .integer($0) })),
            .init("training_data", .string(description.trainingData)), .init("source", .string(description.source)),
        ]
    }
}
