extension TOMLParser {
    /// A value; `line` is that of its key, which messages name.
    mutating func value(line: Int, depth: Int) throws(TOMLSyntaxError) -> TableBuilder.Member {
        guard depth < Self.largestDepth else { throw fault("more than \(Self.largestDepth) levels of lists and tables") }
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            return .value(.string(startsMultiline ? try multilineString() : try string()), line: line)
        case UInt8(ascii: "["): return try array(line: line, depth: depth)
        case UInt8(ascii: "{"): return try inlineTable(line: line, depth: depth)
        default: return .value(try word(), line: line)
        }
    }

    private mutating func array(line: Int, depth: Int) throws(TOMLSyntaxError) -> TableBuilder.Member {
        advance()
        var elements: [TableBuilder.Member] = []
        while true {
            try skipBlankLines()
            if peek() == UInt8(ascii: "]") { break }
            elements.append(try value(line: self.line, depth: depth + 1))
            try skipBlankLines()
            if peek() == UInt8(ascii: "]") { break }
            guard peek() == UInt8(ascii: ",") else { throw fault("expected \",\" or \"]\" in the list from line \(line), \(foundHere)") }
            advance()
        }
        advance()
        return .array(elements, line: line)
    }

    private mutating func inlineTable(line: Int, depth: Int) throws(TOMLSyntaxError) -> TableBuilder.Member {
        advance()
        let table = TableBuilder(kind: .inline, line: line)
        skipBlanks()
        if peek() == UInt8(ascii: "}") {
            advance()
            return .table(table)
        }
        while true {
            skipBlanks()
            try pair(into: table, depth: depth + 1)
            skipBlanks()
            if peek() == UInt8(ascii: "}") { break }
            guard peek() == UInt8(ascii: ",") else { throw fault("expected \",\" or \"}\", \(foundHere)") }
            advance()
        }
        advance()
        return .table(table)
    }

    // MARK: - Strings

    var startsMultiline: Bool { peek(1) == peek() && peek(2) == peek() }

    /// A string on one line, basic or literal.
    mutating func string() throws(TOMLSyntaxError) -> String {
        let quote = bytes[index]
        advance()
        var content: [UInt8] = []
        while let byte = peek(), byte != UInt8(ascii: "\n"), byte != UInt8(ascii: "\r") {
            if byte == quote {
                advance()
                return String(decoding: content, as: UTF8.self)
            }
            try character(isLiteral: quote == UInt8(ascii: "'"), into: &content)
        }
        throw fault("the string does not end on its line")
    }

    private mutating func multilineString() throws(TOMLSyntaxError) -> String {
        let quote = bytes[index]
        let start = line
        for _ in 0..<3 { advance() }
        if peek() == UInt8(ascii: "\r"), peek(1) == UInt8(ascii: "\n") { advance() }
        if peek() == UInt8(ascii: "\n") { advance() }
        var content: [UInt8] = []
        while let byte = peek() {
            if byte == quote, startsMultiline {
                for _ in 0..<3 { advance() }
                // One or two quotes may stand directly before the three that end the string.
                for _ in 0..<2 where peek() == quote {
                    content.append(quote)
                    advance()
                }
                return String(decoding: content, as: UTF8.self)
            } else if byte == UInt8(ascii: "\n") || (byte == UInt8(ascii: "\r") && peek(1) == UInt8(ascii: "\n")) {
                content.append(byte)
                advance()
            } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), endsLineAfterBackslash {
                advance()
                while let byte = peek(), byte == 32 || byte == 9 || byte == 10 || byte == 13 { advance() }
            } else {
                try character(isLiteral: quote == UInt8(ascii: "'"), into: &content)
            }
        }
        throw fault("the string from line \(start) does not end")
    }

    private var endsLineAfterBackslash: Bool {
        var ahead = 1
        while let byte = peek(ahead), byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { ahead += 1 }
        return peek(ahead) == UInt8(ascii: "\n") || (peek(ahead) == UInt8(ascii: "\r") && peek(ahead + 1) == UInt8(ascii: "\n"))
    }

    /// One byte or escape of a string.
    private mutating func character(isLiteral: Bool, into content: inout [UInt8]) throws(TOMLSyntaxError) {
        let byte = bytes[index]
        if Self.isControl(byte) { throw fault("a control character in a string") }
        guard byte == UInt8(ascii: "\\"), !isLiteral else {
            content.append(byte)
            advance()
            return
        }
        let start = index
        advance()
        guard let escaped = peek() else { throw fault("the string does not end") }
        switch escaped {
        case UInt8(ascii: "b"): content.append(8)
        case UInt8(ascii: "t"): content.append(9)
        case UInt8(ascii: "n"): content.append(10)
        case UInt8(ascii: "f"): content.append(12)
        case UInt8(ascii: "r"): content.append(13)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): content.append(escaped)
        case UInt8(ascii: "u"), UInt8(ascii: "U"):
            let count = escaped == UInt8(ascii: "u") ? 4 : 8
            let digits = bytes[(index + 1)...].prefix(count)
            guard digits.count == count, digits.allSatisfy({ Self.digit($0) < 16 }),
                let scalar = UInt32(String(decoding: digits, as: UTF8.self), radix: 16).flatMap(Unicode.Scalar.init)
            else {
                throw fault(
                    "\"\\\(Character(Unicode.Scalar(escaped)))\" needs \(count) hexadecimal digits of a Unicode character", at: start)
            }
            content += Array(String(Character(scalar)).utf8)
            for _ in 0..<count { advance() }
        default: throw fault("unknown escape in a string; a backslash itself is written \"\\\\\"", at: start)
        }
        advance()
    }

    /// The value of a digit in a base up to 16; 255 when it is none.
    private static func digit(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: 255
        }
    }

    // MARK: - Words: booleans, numbers, dates

    private mutating func word() throws(TOMLSyntaxError) -> SourceNode.Value {
        let start = index
        while let byte = peek(), Self.isBareKey(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
        { advance() }
        guard index > start else { throw fault("expected a value, \(foundHere)") }
        var word = text(from: start)
        switch word {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf": return .number(.infinity)
        case "-inf": return .number(-.infinity)
        case "nan", "+nan", "-nan": return .number(.nan)
        default: break
        }
        if Self.isDate(word) {
            // A blank instead of the T between date and time.
            if word.utf8.count == 10, peek() == UInt8(ascii: " "), let next = peek(1), Self.digit(next) < 10 {
                advance()
                while let byte = peek(),
                    Self.isBareKey(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: ":")
                {
                    advance()
                }
                word = text(from: start)
            }
            return .date(word)
        }
        guard let first = word.utf8.first, Self.digit(first) < 10 || "+-.".utf8.contains(first) else {
            throw fault("\(word) is no value; a string needs quotes: \"\(word)\"", at: start)
        }
        return try number(word, at: start)
    }

    /// `2024-01-31...` or `07:32...`; whether the day exists is not checked, because no key takes dates.
    private static func isDate(_ word: String) -> Bool {
        let bytes = Array(word.utf8)
        func digits(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { digit($0) < 10 } }
        if bytes.count >= 10, digits(0..<4), bytes[4] == UInt8(ascii: "-"), digits(5..<7), bytes[7] == UInt8(ascii: "-"), digits(8..<10) {
            return true
        }
        return bytes.count >= 8 && digits(0..<2) && bytes[2] == UInt8(ascii: ":") && digits(3..<5) && bytes[5] == UInt8(ascii: ":")
            && digits(6..<8)
    }

    private func number(_ word: String, at start: Int) throws(TOMLSyntaxError) -> SourceNode.Value {
        let bytes = Array(word.utf8)
        let base: UInt8 = word.hasPrefix("0x") ? 16 : 10
        for (position, byte) in bytes.enumerated() where byte == UInt8(ascii: "_") {
            guard position > 0, position + 1 < bytes.count, Self.digit(bytes[position - 1]) < base, Self.digit(bytes[position + 1]) < base
            else {
                throw fault("\(word): \"_\" must stand between digits", at: start)
            }
        }
        let plain = word.replacing("_", with: "")
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where plain.hasPrefix(prefix) {
            let digits = plain.dropFirst(2)
            guard let first = digits.utf8.first, Self.digit(first) < 16, digits.utf8.allSatisfy({ Self.digit($0) < radix }) else {
                throw fault("\(word) is no number", at: start)
            }
            guard let integer = Int(digits, radix: radix) else { throw fault("\(word) does not fit into 64 bits", at: start) }
            return .integer(integer)
        }
        let unsigned = plain.hasPrefix("+") || plain.hasPrefix("-") ? plain.dropFirst() : plain[...]
        let mantissaEnd = unsigned.firstIndex { $0 == "e" || $0 == "E" } ?? unsigned.endIndex
        let parts = unsigned[..<mantissaEnd].split(separator: ".", omittingEmptySubsequences: false)
        func isDigits(_ text: some StringProtocol) -> Bool { !text.isEmpty && text.utf8.allSatisfy { Self.digit($0) < 10 } }
        guard parts.count <= 2, parts.allSatisfy({ $0.isEmpty || isDigits($0) }), parts.contains(where: { !$0.isEmpty }) else {
            throw fault("\(word) is no number", at: start)
        }
        guard parts.allSatisfy({ !$0.isEmpty }) else { throw fault("\(word): a number needs digits on both sides of the point", at: start) }
        guard parts[0].count == 1 || parts[0].first != "0" else { throw fault("\(word): a number does not begin with zeros", at: start) }
        if mantissaEnd < unsigned.endIndex {
            let exponent = unsigned[unsigned.index(after: mantissaEnd)...]
            guard isDigits(exponent.hasPrefix("+") || exponent.hasPrefix("-") ? exponent.dropFirst() : exponent) else {
                throw fault("\(word): the exponent needs digits", at: start)
            }
        } else if parts.count == 1 {
            guard let integer = Int(plain) else { throw fault("\(word) does not fit into 64 bits", at: start) }
            return .integer(integer)
        }
        guard let number = Double(plain) else { throw fault("\(word) is no number", at: start) }
        return .number(number)
    }
}
