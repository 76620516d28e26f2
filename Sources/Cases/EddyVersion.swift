/// The version of the program, written into every file it makes.
public enum EddyVersion {
    /// Semantic version.
    public static let number = "0.1.0"
    /// Program and version, as the `source` attribute of files.
    public static let source = "eddy \(number)"
}
