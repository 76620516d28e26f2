/// Why and where a text is not TOML.
package struct TOMLSyntaxError: Error, Equatable {
    /// Line, from 1.
    package let line: Int
    /// Column in characters, from 1.
    package let column: Int
    /// What was found and what is expected there.
    package let reason: String

    package init(line: Int, column: Int, reason: String) {
        self.line = line
        self.column = column
        self.reason = reason
    }
}
