import Cases
import Testing

@Suite struct TOMLParserTests {
    /// A text with every construct, whose lines are checked below.
    static let text = """
        # a comment with [brackets] and key = 1
        title = "a # b = [c]"   # trailing

        [operator]
        name = 'fno'
        "quoted key" = 1
        'literal.key' = 2
        "esc\\"ap\\u0065d" = 3
        modes = [12,
           16, # comment, with ] and "
           [7,
            8], ]
        options = { depth = 4, inner = { a = 1, b = "}" } }

        [training.optimizer]  # header comment
        learning-rate = 1e-3
        a.b.c = 5
        text = \"\"\"
        [not a table]
        width = 3 \\\"\"\" \"\"\"
        after = true

        [[list]]
        x = 1
        [[list]]
        x = 2
        [list.sub]
        y = 3
          [ indented . header ]
          z = '''
        multi ''
        '''
          last = 1
        """

    static func node(_ path: [String], in root: SourceNode) -> SourceNode? {
        path.reduce(root as SourceNode?) { node, key in
            switch node?.value {
            case .table(let members)?: members[key]
            case .array(let elements)?: Int(key).map { elements[$0] }
            default: nil
            }
        }
    }

    @Test(
        arguments: [
            (["title"], 2), (["operator"], 4), (["operator", "name"], 5), (["operator", "quoted key"], 6),
            (["operator", "literal.key"], 7),
            (["operator", "esc\"aped"], 8), (["operator", "modes"], 9), (["operator", "modes", "0"], 9), (["operator", "modes", "1"], 10),
            (["operator", "modes", "2"], 11), (["operator", "modes", "2", "1"], 12), (["operator", "options"], 13),
            (["operator", "options", "inner", "b"], 13), (["training", "optimizer"], 15), (["training", "optimizer", "learning-rate"], 16),
            (["training", "optimizer", "a", "b", "c"], 17), (["training", "optimizer", "text"], 18),
            (["training", "optimizer", "after"], 21),
            (["list"], 23), (["list", "0", "x"], 24), (["list", "1"], 25), (["list", "1", "x"], 26), (["list", "1", "sub", "y"], 28),
            (["indented", "header"], 29), (["indented", "header", "last"], 33),
        ] as [([String], Int)])
    func lines(path: [String], line: Int) throws {
        let node = try #require(Self.node(path, in: TOMLParser.parse(Self.text)))
        #expect(node.line == line)
        #expect(node.path == path)
    }

    @Test(
        arguments: [
            ("1", .integer(1)), ("+17", .integer(17)), ("-0", .integer(0)), ("1_000", .integer(1000)),
            ("0xDEAD_beef", .integer(0xDEAD_BEEF)),
            ("0o755", .integer(0o755)), ("0b1101", .integer(13)), ("-9223372036854775808", .integer(.min)), ("1e-10", .number(1e-10)),
            ("6.626e-34", .number(6.626e-34)), ("-0.5", .number(-0.5)), ("1E+06", .number(1e6)), ("9_224.5_1", .number(9224.51)),
            ("inf", .number(.infinity)), ("-inf", .number(-.infinity)), ("true", .boolean(true)), ("false", .boolean(false)),
            ("\"a\\tb\\u00e9\\U0001F600\\\\\\\"\"", .string("a\tb\u{e9}\u{1F600}\\\"")), ("'C:\\new'", .string("C:\\new")),
            ("''", .string("")),
            ("\"\"\"\n\na\\\n   b\"\"\"", .string("\nab")), ("\"\"\"a\"\"b\"\"\"\"\"", .string("a\"\"b\"\"")),
            ("'''\n'x' \\ '''", .string("'x' \\ ")),
            ("1979-05-27", .date("1979-05-27")), ("1979-05-27T07:32:00-07:00", .date("1979-05-27T07:32:00-07:00")),
            ("1979-05-27 07:32:00.5", .date("1979-05-27 07:32:00.5")), ("07:32:00", .date("07:32:00")), ("[]", .array([])),
            ("{}", .table([:])),
        ] as [(String, SourceNode.Value)])
    func values(text: String, value: SourceNode.Value) throws {
        #expect(try Self.node(["x"], in: TOMLParser.parse("x = \(text) # comment"))?.value == value)
    }

    @Test func undefinedNumber() throws {
        guard case .number(let number) = try Self.node(["x"], in: TOMLParser.parse("x = -nan"))?.value else {
            Issue.record("not a number")
            return
        }
        #expect(number.isNaN)
    }

    /// Faulty texts with line, column and message.
    @Test(
        arguments: [
            ("a", 1, 2, "expected \"=\" after the key \"a\", found the end of the file"),
            ("a = ", 1, 5, "expected a value, found the end of the file"),
            ("a = # 1", 1, 5, "expected a value, found \"#\""),
            ("a = 1 b = 2", 1, 7, "expected the end of the line, found \"b\""),
            ("a = fno", 1, 5, "fno is no value; a string needs quotes: \"fno\""),
            ("a = True", 1, 5, "True is no value; a string needs quotes: \"True\""),
            ("a = .5", 1, 5, ".5: a number needs digits on both sides of the point"),
            ("a = 1.", 1, 5, "1.: a number needs digits on both sides of the point"),
            ("a = 007", 1, 5, "007: a number does not begin with zeros"),
            ("a = 1e", 1, 5, "1e: the exponent needs digits"),
            ("a = 1__0", 1, 5, "1__0: \"_\" must stand between digits"),
            ("a = 9223372036854775808", 1, 5, "9223372036854775808 does not fit into 64 bits"),
            ("a = 1.2.3", 1, 5, "1.2.3 is no number"), ("a = 0xg", 1, 5, "0xg is no number"), ("a = +", 1, 5, "+ is no number"),
            ("a = \"b", 1, 7, "the string does not end on its line"), ("a = 'b\n'", 1, 7, "the string does not end on its line"),
            ("a = \"\"\"b\n", 2, 1, "the string from line 1 does not end"),
            ("a = \"\\q\"", 1, 6, "unknown escape in a string; a backslash itself is written \"\\\\\""),
            ("a = \"\\u12g4\"", 1, 6, "\"\\u\" needs 4 hexadecimal digits of a Unicode character"),
            ("a = \"\\ud800\"", 1, 6, "\"\\u\" needs 4 hexadecimal digits of a Unicode character"),
            ("a = \"\u{1}\"", 1, 6, "a control character in a string"), ("# \u{1}", 1, 3, "a control character in a comment"),
            ("a = 1\na = 2", 2, 1, "\"a\" is defined already, on line 1"),
            ("é = 1", 1, 1, "expected a key of letters, digits, \"-\" or \"_\", found \"é\""),
            ("\"é\" = x", 1, 7, "x is no value; a string needs quotes: \"x\""),
            ("= 1", 1, 1, "expected a key of letters, digits, \"-\" or \"_\", found \"=\""),
            ("\"\"\"a\"\"\" = 1", 1, 1, "a key cannot be a multi-line string"),
            ("[a\nb = 1", 1, 3, "expected \"]\" after the name of the section, found the end of the line"),
            ("[[[a]]]", 1, 3, "expected a key of letters, digits, \"-\" or \"_\", found \"[\""),
            ("[[a]", 1, 5, "expected \"]]\" after the name of the section, found the end of the file"),
            ("[]", 1, 2, "expected a key of letters, digits, \"-\" or \"_\", found \"]\""),
            ("[a]\n[b]\n[a]", 3, 2, "\"a\" is defined already, on line 1"),
            ("a = [1,\n2\n", 3, 1, "expected \",\" or \"]\" in the list from line 1, found the end of the file"),
            ("a = { b = 1", 1, 12, "expected \",\" or \"}\", found the end of the file"),
            ("a = { b = 1, }", 1, 14, "expected a key of letters, digits, \"-\" or \"_\", found \"}\""),
        ] as [(String, Int, Int, String)])
    func faults(text: String, line: Int, column: Int, reason: String) {
        let error = #expect(throws: TOMLSyntaxError.self) { try TOMLParser.parse(text) }
        #expect(error == TOMLSyntaxError(line: line, column: column, reason: reason))
    }

    /// Who may add to a table: the rules of the standard.
    @Test(
        arguments: [
            ("[a.b]\n[a]", true), ("[a]\n[a.b]", true), ("a.b = 1\na.c = 2", true), ("[a]\nb.c = 1\n[a.b.d]", true),
            ("[[a]]\n[a.b]\n[[a]]\n[a.b]", true),
            ("[[a.b]]\n[a]", true), ("a = {}\n[a]", false), ("a = {}\na.b = 1", false), ("a = { b = {} }\n[a.c]", false),
            ("[a]\nb.c = 1\n[a.b]", false),
            ("[a.b.c]\nz = 1\n[a]\nb.c.t = 2", false), ("a = 1\n[a]", false), ("a = 1\na.b = 2", false), ("a = []\n[[a]]", false),
            ("[[a]]\n[a]", false),
            ("[a]\n[[a]]", false), ("a.b = 1\n[a]", false), ("[a]\nb = 1\n[a.b]", false), ("a = { b = 1, b = 2 }", false),
        ])
    func tables(text: String, isValid: Bool) { #expect(((try? TOMLParser.parse(text)) != nil) == isValid) }

    @Test func lineEndsOfBothKinds() throws {
        let root = try TOMLParser.parse("\u{FEFF}a = 1\r\n\r\n# comment\r\nb = [\r\n 2]\r\n")
        #expect(Self.node(["b", "0"], in: root)?.line == 5)
        #expect(throws: TOMLSyntaxError.self) { try TOMLParser.parse("a = 1\rb = 2") }
    }

    @Test func nestingIsLimited() {
        for text in [
            String(repeating: "[", count: 100_000), String(repeating: "{a=", count: 100_000), String(repeating: "a.", count: 100_000) + "a",
        ] {
            #expect(throws: TOMLSyntaxError.self) { try TOMLParser.parse("x = \(text)") }
            #expect(throws: TOMLSyntaxError.self) { try TOMLParser.parse(text) }
        }
    }
}
