import Foundation

/// `metrics.csv` in long form: one number a line, flushed after every epoch.
///
/// Columns `run,seed,split,epoch,step,field,lead,metric,value`; epoch and step are those completed. Values are written with as many digits as
/// give the number back exactly.
struct MetricsFile {
    /// One number.
    struct Row: Equatable {
        var split: String
        var epoch: Int
        var step: Int
        var column: MetricColumn
        var value: Double
    }

    static let header = "run,seed,split,epoch,step,field,lead,metric,value\n"

    let path: String
    let run: String
    let seed: UInt64

    /// Starts the file with its header.
    func create() throws { try DurableFile.write(MetricsFile.header, to: path) }

    /// Removes everything after the first `byteCount` bytes: what was written after the checkpoint that a training continues from.
    ///
    /// Returns false, and starts the file anew, if it is missing or shorter.
    func truncate(to byteCount: Int) throws -> Bool {
        guard let present = try? FileReader(path: path), present.byteCount >= byteCount else {
            try create()
            return false
        }
        guard Foundation.truncate(path, off_t(byteCount)) == 0 else {
            throw TrainingError.cannotWrite(file: path, reason: DurableFile.systemMessage())
        }
        return true
    }

    /// Adds rows at the end and waits until they are on the disk; returns the length of the file.
    ///
    /// - Throws: ``TrainingError/cannotWrite(file:reason:)``, also if the file has been removed meanwhile.
    func append(_ rows: [Row]) throws -> Int {
        let text = rows.map { row in
            let fields = [
                run, "\(seed)", row.split, "\(row.epoch)", "\(row.step)", row.column.field, "\(row.column.lead)", row.column.metric,
                "\(row.value)",
            ]
            return fields.map(MetricsFile.quoted).joined(separator: ",") + "\n"
        }.joined()
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
        guard descriptor >= 0 else { throw TrainingError.cannotWrite(file: path, reason: DurableFile.systemMessageDuringRun()) }
        let writer = FileWriter(adopting: descriptor, reportedAs: path)
        try writer.write(Array(text.utf8))
        try writer.synchronize()
        return try FileReader(path: path).byteCount
    }

    /// Length of the file.
    func byteCount() throws -> Int { try FileReader(path: path).byteCount }

    /// A field with quotes where the format needs them.
    private static func quoted(_ field: String) -> String {
        guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
        return "\"" + field.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
