/// What text from authors may hold, so that it survives storage, hashing and being read by others.
enum TextRules {
    /// UTF-8 without a byte order mark, lines ended by LF alone. Nil when the bytes are not UTF-8.
    static func normalised(_ bytes: [UInt8]) -> String? {
        var bytes = bytes
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
        guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
        return normalised(text)
    }

    /// Lines ended by LF alone.
    static func normalised(_ text: String) -> String {
        guard text.utf8.contains(0x0d) else { return text }
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count)
        var previous: UInt8 = 0
        for byte in text.utf8 {
            if byte == 0x0d {
                out.append(0x0a)
            } else if byte != 0x0a || previous != 0x0d {
                out.append(byte)
            }
            previous = byte
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// False for control characters and for the marks that reorder text on the screen: with these a reader sees
    /// other code than the one that runs ("Trojan Source", CVE-2021-42574).
    static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7f..<0xa0, 0x2028, 0x2029, 0x202a...0x202e, 0x2066...0x2069, 0xfeff, 0xfffe, 0xffff: false
        default: true
        }
    }

    /// The first character that a text of many lines may not hold, with its line and column from 1.
    static func firstForbidden(in text: String) -> (line: Int, column: Int, scalar: Unicode.Scalar)? {
        var line = 1
        var column = 1
        for scalar in text.unicodeScalars {
            if scalar == "\n" {
                line += 1
                column = 1
                continue
            }
            if scalar != "\t", !isPrintable(scalar) { return (line, column, scalar) }
            column += 1
        }
        return nil
    }

    /// `U+202E`, as messages name a character that cannot be shown.
    static func name(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Without the spaces, tabs and line ends around it.
    static func trimmed(_ text: some StringProtocol) -> String {
        let isSpace = { (scalar: Unicode.Scalar) in scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" }
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
              let last = scalars.lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(String.UnicodeScalarView(scalars[first...last]))
    }

    /// Without the blank lines before it and the white space after it; the first line keeps its indentation.
    static func body(_ text: some StringProtocol) -> String {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        while let first = lines.first, trimmed(first).isEmpty { lines = lines.dropFirst() }
        var result = lines.joined(separator: "\n")
        while let last = result.unicodeScalars.last, last == " " || last == "\t" || last == "\n" {
            result.unicodeScalars.removeLast()
        }
        return result
    }
}

/// The rule of a skill's name in URLs.
public enum Slug {
    public static let charactersMin = 2
    public static let charactersMax = 50

    /// 2 to 50 of `a`–`z`, `0`–`9` and `-`, not starting or ending with `-`.
    public static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard (charactersMin...charactersMax).contains(bytes.count), bytes.first != UInt8(ascii: "-"),
              bytes.last != UInt8(ascii: "-") else { return false }
        return bytes.allSatisfy { isLowerCase($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    /// A slug made from a name: `Nightly Drift!` becomes `nightly-drift`. Nil when too little is left.
    public static func suggestion(for name: String) -> String? {
        var out: [UInt8] = []
        for byte in name.lowercased().utf8 {
            if isLowerCase(byte) || isDigit(byte) {
                out.append(byte)
            } else if !out.isEmpty, out.last != UInt8(ascii: "-") {
                out.append(UInt8(ascii: "-"))
            }
        }
        out = Array(out.prefix(charactersMax))
        while out.last == UInt8(ascii: "-") { out.removeLast() }
        let slug = String(decoding: out, as: UTF8.self)
        return isValid(slug) ? slug : nil
    }
}

func isLowerCase(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) }
func isUpperCase(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
