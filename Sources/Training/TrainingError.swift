/// What can go wrong outside the program while weights, checkpoints and run folders are read and written, or while a model is trained.
public enum TrainingError: Error, Equatable {
    /// A file or folder could not be opened, read or listed; `reason` is the system's message.
    case cannotRead(file: String, reason: String)
    /// A file or folder could not be created, written, flushed or renamed; nothing that existed before was changed.
    case cannotWrite(file: String, reason: String)
    /// A file breaks its format: `item` is the tensor or key that is wrong.
    case malformed(file: String, item: String, found: String, allowed: String)
    /// A file is well formed and does not fit the model or the case.
    case mismatch(file: String, item: String, found: String, allowed: String)
    /// Weights with an infinite or undefined value: the first one by tensor and flat index.
    case notFinite(file: String, tensor: String, index: Int, value: String)
    /// The loss or the gradient became infinite or undefined at a step (counted from 1).
    case diverged(step: Int, quantity: String, value: String)
    /// The run folder already holds a training, or is in use by another process.
    case folderInUse(folder: String, reason: String)
    /// The settings or the data do not allow a training to start.
    case invalid(setting: String, found: String, allowed: String)
}

extension TrainingError: CustomStringConvertible {
    /// One or two sentences naming file, item, what was found and what is allowed.
    public var description: String {
        switch self {
        case .cannotRead(let file, let reason): "\(file): cannot be read: \(reason)"
        case .cannotWrite(let file, let reason): "\(file): cannot be written: \(reason)"
        case .malformed(let file, let item, let found, let allowed): "\(file): \(item): found \(found); the format requires \(allowed)"
        case .mismatch(let file, let item, let found, let allowed): "\(file): \(item): found \(found), expected \(allowed)"
        case .notFinite(let file, let tensor, let index, let value):
            "\(file): tensor \(tensor) holds \(value) at index \(index); weights must be finite numbers"
        case .diverged(let step, let quantity, let value):
            "training diverged: \(quantity) is \(value) at step \(step); try a lower learning rate, gradient clipping or normalised data. "
                + "The last checkpoint is intact"
        case .folderInUse(let folder, let reason): "\(folder): \(reason)"
        case .invalid(let setting, let found, let allowed): "\(setting): found \(found), allowed \(allowed)"
        }
    }
}
