internal import Base
internal import Marketplace

/// A letter as bytes for the wire and for files (RFC 5322), and back. Lines end in CRLF.
public enum InternetMessage {
    /// Header lines stay below this (RFC 5322, 2.1.1 asks for 78).
    private static let headerCharactersMax = 76
    /// Longest line of a body that travels as it is (RFC 5321, 4.5.3.1.6 ends at 1,000 with CRLF).
    private static let bodyLineBytesMax = 990

    public static func bytes(_ mail: OutgoingMail) -> [UInt8] {
        let body = mail.message.text.split(separator: "\n", omittingEmptySubsequences: false).map { Array($0.utf8.filter { $0 != 0x0d }) }
        let isPlain = body.allSatisfy { line in line.count <= bodyLineBytesMax && line.allSatisfy { $0 >= 0x20 && $0 < 0x7f || $0 == 0x09 } }
        var lines = [
            "Date: " + date(mail.date),
            "From: " + mailbox(mail.from),
            "To: " + mail.message.to.text,
            "Message-ID: <\(mail.id)@\(mail.from.host)>",
            "Subject: " + unstructured(mail.message.subject, after: "Subject: ".count),
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: " + (isPlain ? "7bit" : "quoted-printable"),
            // Nobody's holiday notice should answer (RFC 3834, 5).
            "Auto-Submitted: auto-generated",
            "",
        ]
        lines += body.map { isPlain ? String(decoding: $0, as: UTF8.self) : QuotedPrintable.encode($0) }
        return Array(lines.joined(separator: "\r\n").utf8) + [0x0d, 0x0a]
    }

    /// `Sun, 22 Nov 2026 20:05:07 +0000` (RFC 5322, 3.3).
    static func date(_ instant: Instant) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let date = instant.date
        // 1970-01-01 was a Thursday.
        let weekday = days[Int(((date.daysSinceEpoch % 7) + 7) % 7)]
        let time = instant.description.dropFirst(11).prefix(8)
        return "\(weekday), \(date.day) \(months[date.month - 1]) \(date.year) \(time) +0000"
    }

    private static func mailbox(_ mailbox: Mailbox) -> String {
        guard !mailbox.name.isEmpty else { return mailbox.address.text }
        let isAtom = mailbox.name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x20 || byte == 0x2d
        }
        let isShort = mailbox.name.utf8.count <= 40
        let name = isAtom && isShort ? mailbox.name : EncodedWord.encode(mailbox.name, after: "From: ".count)
        let lineLength = "From: ".count + mailbox.name.utf8.count + mailbox.address.text.utf8.count + 3
        return isAtom && isShort && lineLength <= headerCharactersMax ? "\(name) <\(mailbox.address)>" : "\(name)\r\n <\(mailbox.address)>"
    }

    /// Printable ASCII as it is, folded at spaces; anything else as encoded words. No control character gets through.
    static func unstructured(_ text: String, after used: Int) -> String {
        let isPlain = text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } && !text.contains("=?")
        guard isPlain, !text.isEmpty, !text.hasPrefix(" "), !text.hasSuffix(" "), !text.contains("  ") else {
            return EncodedWord.encode(text, after: used)
        }
        var out = ""
        var column = used
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            guard word.utf8.count < headerCharactersMax else { return EncodedWord.encode(text, after: used) }
            if !out.isEmpty {
                let isFull = column + 1 + word.utf8.count > headerCharactersMax
                out += isFull ? "\r\n " : " "
                column = isFull ? 1 : column + 1
            }
            out += word
            column += word.utf8.count
        }
        return out
    }

    /// What `tradecraft mail` shows of a file that `bytes` made.
    public struct Parsed: Sendable, Hashable {
        public let to: String
        public let subject: String
        /// RFC 5322, as the header says.
        public let date: String
        /// Lines ended by `\n`.
        public let text: String
    }

    /// Reads back what `bytes` made. Nil for anything without its headers.
    public static func parse(_ bytes: [UInt8]) -> Parsed? {
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
            .map { $0.last == 0x0d ? $0.dropLast() : $0 }
        guard let end = lines.firstIndex(where: \.isEmpty) else { return nil }
        var headers: [(name: String, value: String)] = []
        for line in lines[..<end] {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix(" "), let last = headers.popLast() {
                headers.append((last.name, last.value + text))
            } else if let colon = text.firstIndex(of: ":") {
                headers.append((text[..<colon].lowercased(), String(text[text.index(after: colon)...].drop { $0 == " " })))
            } else {
                return nil
            }
        }
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        guard let to = header("to"), let subject = header("subject"), let date = header("date") else { return nil }
        var body = Array(lines[(end + 1)...].joined(separator: [0x0a]))
        if header("content-transfer-encoding") == "quoted-printable" { body = QuotedPrintable.decode(body) }
        var text = String(decoding: body, as: UTF8.self)
        if text.hasSuffix("\n") { text.removeLast() }
        return Parsed(to: to, subject: EncodedWord.decode(subject), date: date, text: text)
    }
}

/// Text beyond ASCII in headers: `=?utf-8?B?…?=` (RFC 2047).
enum EncodedWord {
    private static let opening = "=?utf-8?B?"
    /// 75 characters (RFC 2047, 2) leave room for 45 bytes of text in base64.
    private static let bytesMax = 45

    /// Words of whole characters, one a line. `used` characters stand before the first.
    static func encode(_ text: String, after used: Int) -> String {
        var words: [[UInt8]] = [[]]
        // What stands before shortens the first line alone.
        var room = max(9, bytesMax - used)
        for scalar in text.unicodeScalars {
            let isControl = scalar.value < 0x20 || scalar.value == 0x7f
            let bytes = Array(String(isControl ? " " : Character(scalar)).utf8)
            if words[words.count - 1].count + bytes.count > room {
                words.append([])
                room = bytesMax
            }
            words[words.count - 1] += bytes
        }
        return words.map { opening + Base64Text.encode($0) + "?=" }.joined(separator: "\r\n ")
    }

    /// Text as it was before `encode`; other text stays.
    static func decode(_ text: String) -> String {
        guard text.hasPrefix(opening) else { return text }
        var bytes: [UInt8] = []
        for word in text.split(separator: " ") {
            guard word.hasPrefix(opening), word.hasSuffix("?="),
                  let part = Base64Text.decode(word.dropFirst(opening.count).dropLast(2)) else { return text }
            bytes += part
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Text beyond ASCII in bodies (RFC 2045, 6.7).
enum QuotedPrintable {
    private static let lineCharactersMax = 75
    private static let digits = Array("0123456789ABCDEF".utf8)

    /// One line, broken softly.
    static func encode(_ line: [UInt8]) -> String {
        var out: [UInt8] = []
        var column = 0
        for (index, byte) in line.enumerated() {
            // A space at the end of a line may be lost on the way.
            let isLastSpace = (byte == 0x20 || byte == 0x09) && index == line.count - 1
            let isPlain = (byte >= 0x20 && byte < 0x7f || byte == 0x09) && byte != UInt8(ascii: "=") && !isLastSpace
            let piece = isPlain ? [byte] : [UInt8(ascii: "="), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            if column + piece.count > lineCharactersMax {
                out += Array("=\r\n".utf8)
                column = 0
            }
            out += piece
            column += piece.count
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Whole body with lines ended by LF.
    static func decode(_ body: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var index = 0
        while index < body.count {
            guard body[index] == UInt8(ascii: "=") else {
                out.append(body[index])
                index += 1
                continue
            }
            if index + 1 < body.count, body[index + 1] == 0x0a {
                index += 2
            } else if index + 2 < body.count, let high = digits.firstIndex(of: body[index + 1]),
                      let low = digits.firstIndex(of: body[index + 2]) {
                out.append(UInt8(high << 4 | low))
                index += 3
            } else {
                out.append(body[index])
                index += 1
            }
        }
        return out
    }
}
