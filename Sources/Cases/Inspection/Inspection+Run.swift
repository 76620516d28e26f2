import Foundation
import Training

extension Inspection {
    static func run(_ path: String, _ registries: Registries) throws -> (text: String, json: String) {
        let folder = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        let manager = FileManager.default
        let record = manager.fileExists(atPath: folder + "/run.json") ? try RunRecord(contentsOf: folder + "/run.json") : nil
        let modelFile = folder + "/model.safetensors"
        let model = manager.fileExists(atPath: modelFile) ? try Model(path: modelFile, architectures: registries.architectures) : nil
        let history = TrainingHistory(folder)

        var pairs = [("run", folder)]
        if let model { pairs += Self.pairs(of: model) } else { pairs.append(("model", "none yet: no validation has been made")) }
        var members: [Literal.Member] = [.init("type", .string("run")), .init("folder", .string(folder))]
        if let model { members += Self.members(of: model) }
        if let history, let last = history.training.last {
            let epochs = record.map { " of \(Format.count($0.settings.epochs))" } ?? ""
            pairs.append(("epochs done", "\(whole(last.epoch))\(epochs), training loss \(Format.significant(last.value))"))
            members += [.init("epochs", .number(last.epoch)), .init("training_loss", .number(last.value))]
            if let best = history.validation.min(by: { $0.value < $1.value }) {
                pairs.append(
                    ("best validation", "\(Format.percent(best.value)) relative L2 after epoch \(whole(best.epoch))"))
                members += [.init("best_validation", .number(best.value)), .init("best_epoch", .number(best.epoch))]
            }
            pairs.append(("training time", Format.duration(history.seconds)))
            members.append(.init("seconds", .number(history.seconds)))
        }
        for start in record?.starts ?? [] {
            pairs.append(
                (
                    "started",
                    "\(start.time) at step \(Format.count(start.step)), \(start.ranks.map { "\($0) x " } ?? "")\(start.threads) threads of \(start.machine.processor), eddy \(start.version)"
                ))
        }
        if let record {
            members.append(
                .init(
                    "starts",
                    .array(
                        record.starts.map { start in
                            .table([
                                .init("time", .string(start.time)), .init("step", .integer(start.step)),
                                .init("threads", .integer(start.threads)), .init("ranks", .integer(start.ranks ?? 1)),
                                .init("processor", .string(start.machine.processor)), .init("version", .string(start.version)),
                            ])
                        })))
        }
        var table = TextTable([.init("file"), .init("size", .trailing)])
        for name in try manager.contentsOfDirectory(atPath: folder).sorted() where !name.hasPrefix(".") {
            var isDirectory: ObjCBool = false
            _ = manager.fileExists(atPath: folder + "/" + name, isDirectory: &isDirectory)
            table.add(isDirectory.boolValue ? [name + "/", ""] : [name, size(folder + "/" + name)])
        }
        return (lines(pairs) + "\n" + table.text, Literal.table(members).json)
    }
}
