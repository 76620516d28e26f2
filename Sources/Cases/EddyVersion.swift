import Foundation

/// The version of the program, written into every file it makes.
public enum EddyVersion {
    /// Semantic version.
    public static let number = "0.1.0"
    /// Program and version, as the `source` attribute of files.
    public static let source = "eddy \(number)"
    /// Commit that the program was built from, where the build told it (`EDDY_COMMIT` in the environment), else empty.
    public static let commit = ProcessInfo.processInfo.environment["EDDY_COMMIT"] ?? ""
}
