import Foundation

/// The folder of a run, held by one process at a time.
///
///     model.safetensors     best model by the validation so far (the one to use)
///     last.safetensors      model at the end, or where training was interrupted
///     metrics.csv           losses and errors in long form
///     events.out.tfevents.* the same for TensorBoard, if wanted
///     run.json              machine, versions, settings and the resolved case
///     checkpoints/step-N/   what a continuation needs: model, optimiser, state
final class RunFolder {
    let path: String
    private let lock: Int32

    /// Creates the folder if need be and claims it.
    ///
    /// - Throws: ``TrainingError/folderInUse(folder:reason:)``, ``TrainingError/cannotWrite(file:reason:)``.
    init(_ path: String) throws {
        self.path = path
        try RunFolder.create(path)
        let name = path + "/.lock"
        lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard lock >= 0 else { throw TrainingError.cannotWrite(file: name, reason: DurableFile.systemMessage()) }
        // The system drops the lock when the process ends in whatever way. Some network file systems have no locks: go on without.
        if flock(lock, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            close(lock)
            throw TrainingError.folderInUse(folder: path, reason: "another process is training here; wait for it or choose another folder")
        }
    }

    deinit { close(lock) }

    var model: String { path + "/model.safetensors" }
    var last: String { path + "/last.safetensors" }
    var metrics: String { path + "/metrics.csv" }
    var record: String { path + "/run.json" }
    var checkpoints: CheckpointStore { CheckpointStore(folder: path + "/checkpoints") }

    /// Creates a folder and its parents.
    static func create(_ path: String) throws {
        if mkdir(path, 0o755) == 0 { return }
        let parent = DurableFile.folder(of: path)
        if errno == ENOENT, !parent.isEmpty, parent != path {
            try create(parent)
            if mkdir(path, 0o755) == 0 { return }
        }
        let code = errno
        var information = stat()
        if code == EEXIST, stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFDIR { return }
        throw TrainingError.cannotWrite(file: path, reason: DurableFile.systemMessage(code))
    }
}
