import Datasets

/// The measured error of a dataset in words.
public enum DataErrorText {
    /// One line for the data in a folder; nil when no file says.
    public static func text(_ folder: String) -> String? {
        ["train", "test", "valid"].lazy.compactMap { try? DatasetFile("\(folder)/\($0).nc") }.first.flatMap(text)
    }

    /// One line for a file; nil when it does not say.
    static func text(_ file: DatasetFile) -> String? {
        let errors = file.fields.compactMap { file.dataError(of: $0.name) }
        guard let first = errors.first else { return nil }
        let parts = errors.map { error in
            let last = error.relative.last ?? 0
            guard error.relative.count > 1 else { return "\(error.field) \(Format.percent(last, 2))" }
            return "\(error.field) \(Format.percent(last, 2)) at the last frame"
        }
        return "error of the data: " + parts.joined(separator: ", ") + " (\(first.samples) samples, against \(first.reference))"
    }
}
