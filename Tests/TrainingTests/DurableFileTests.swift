import Testing
import Training

/// Paths of files and folders.
@Suite struct DurableFileTests {
    @Test(arguments: [
        ("a", ""), ("ab", ""), ("", ""), ("a/b", "a"), ("a/b/", "a"), ("a/b/c", "a/b"), ("a//b", "a"), ("./a", "."), ("/a", "/"),
        ("/", "/"), ("//a", "/"), ("a/", ""),
    ])
    func folders(path: String, folder: String) { #expect(DurableFile.folder(of: path) == folder) }
}
