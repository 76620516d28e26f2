import Foundation

/// The text of a case file and its values with their lines.
struct CaseSource {
    /// The largest case file that is read; a text this long is no case.
    static let largestSize = 1 << 20

    /// The file as the user named it.
    let file: String
    let text: String
    let root: SourceNode

    /// Reads and parses `file`.
    ///
    /// - Throws: `CaseError.unreadable`, `CaseError.syntax`.
    init(contentsOf file: String) throws(CaseError) {
        let url = URL(fileURLWithPath: file)
        var isDirectory: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isDirectory) else {
            throw .unreadable(file: file, reason: "no such file")
        }
        if isDirectory.boolValue { throw .unreadable(file: file, reason: "it is a directory") }
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: url)
            defer { try? handle.close() }
            data = try handle.read(upToCount: Self.largestSize + 1) ?? Data()
        } catch {
            throw .unreadable(file: file, reason: (error as NSError).localizedDescription)
        }
        guard data.count <= Self.largestSize else {
            throw .unreadable(file: file, reason: "it is larger than \(Self.largestSize >> 20) MiB, which no case is")
        }
        guard let text = String(validating: data, as: UTF8.self) else { throw .unreadable(file: file, reason: "it is not UTF-8 text") }
        try self.init(text: text, file: file)
    }

    /// Parses `text`; `file` stands in messages.
    init(text: String, file: String) throws(CaseError) {
        self.file = file
        self.text = text
        do throws(TOMLSyntaxError) {
            root = try TOMLParser.parse(text)
        } catch {
            throw .syntax(at: CaseLocation(file: file, line: error.line, path: []), column: error.column, reason: error.reason)
        }
    }
}
