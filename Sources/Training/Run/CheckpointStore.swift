import Foundation

/// Checkpoints of a run: folders `step-N`, each a consistent set of files.
///
/// A set is written into `step-N.tmp`, flushed and renamed; only then is the set before it removed. A process killed at any moment therefore
/// leaves at least one whole set once there has been one, and the set with the highest number is whole.
struct CheckpointStore {
    let folder: String

    /// Writes the set of `step` with `body`, which gets the path of a fresh folder, and removes older sets.
    func save(step: Int, _ body: (String) throws -> Void) throws {
        let path = folder + "/step-\(step)"
        let temporary = path + ".tmp"
        try? FileManager.default.removeItem(atPath: temporary)
        // Only the last folder is made: if the run has been removed meanwhile, that is an error and not a new run.
        guard mkdir(temporary, 0o755) == 0 else {
            throw TrainingError.cannotWrite(file: temporary, reason: DurableFile.systemMessageDuringRun())
        }
        do {
            try body(temporary)
            try DurableFile.synchronizeFolder(temporary)
            try DurableFile.rename(temporary, to: path)
        } catch {
            try? FileManager.default.removeItem(atPath: temporary)
            throw error
        }
        removeLeftovers(keeping: step)
    }

    /// The whole set with the highest step.
    func latest() -> (step: Int, path: String)? {
        steps().max().map { ($0, folder + "/step-\($0)") }
    }

    /// Removes all sets but one, and what a killed process left behind.
    ///
    /// A set is renamed before its files are removed, so that a set under its real name is never incomplete. Failures do no harm.
    func removeLeftovers(keeping step: Int) {
        for old in steps() where old != step {
            rename(folder + "/step-\(old)", folder + "/step-\(old).old")
        }
        for name in names() where name.hasSuffix(".tmp") || name.hasSuffix(".old") {
            try? FileManager.default.removeItem(atPath: folder + "/" + name)
        }
    }

    private func names() -> [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] }

    private func steps() -> [Int] {
        names().compactMap { name in
            guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), "step-\(step)" == name else { return nil }
            return step
        }
    }
}
