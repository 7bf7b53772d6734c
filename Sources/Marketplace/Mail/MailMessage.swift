internal import Base

/// A letter to one person: plain text, lines ended by `\n`.
public struct MailMessage: Sendable, Hashable {
    public let to: EmailAddress
    /// One line; line breaks and control characters typed by somebody have become spaces.
    public let subject: String
    public let text: String

    public init(to: EmailAddress, subject: String, text: String) {
        self.to = to
        self.subject = MailMessage.oneLine(subject, charactersMax: MailMessage.subjectCharactersMax)
        self.text = text
    }

    public static let subjectCharactersMax = 200

    /// `text` as one line of at most `charactersMax` characters: what stands in a subject or between words of ours.
    public static func oneLine(_ text: String, charactersMax: Int) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
                if line.last != " ", !line.isEmpty { line += " " }
            default: line.unicodeScalars.append(scalar)
            }
        }
        return String(line.prefix(charactersMax))
    }

    /// Addresses in the text that begin with `http://` or `https://`, in their order.
    public static func links(in text: String) -> [String] {
        text.split { $0.isWhitespace || $0 == "<" || $0 == ">" }.map(String.init)
            .filter { $0.hasPrefix("http://") || $0.hasPrefix("https://") }
    }
}

/// What is sealed for the engine: a letter, or nothing where an address has no account. Padded, so that neither the
/// length of the sealed bytes nor the queue tells which.
public enum MailEnvelope: Sendable, Hashable {
    case message(MailMessage)
    /// Nothing is sent.
    case nothing

    /// Sealed letters are multiples of this.
    public static let blockBytes = 4_096
    public static let bytesMax = 64 * 1_024

    /// JSON filled up with spaces to whole blocks.
    public var paddedBytes: [UInt8] {
        var bytes: [UInt8]
        switch self {
        case .message(let message):
            bytes = JSON.object([
                ("subject", .string(message.subject)), ("text", .string(message.text)), ("to", .string(message.to.text)),
            ]).canonicalBytes
        case .nothing: bytes = JSON.object([]).canonicalBytes
        }
        let blocks = (bytes.count + MailEnvelope.blockBytes - 1) / MailEnvelope.blockBytes
        bytes += Array(repeating: UInt8(ascii: " "), count: blocks * MailEnvelope.blockBytes - bytes.count)
        return bytes
    }

    /// Nil for bytes of another shape.
    public init?(paddedBytes bytes: [UInt8]) {
        // What does not parse was not made by us: nil says so.
        guard bytes.count <= MailEnvelope.bytesMax, let json = try? JSON(parsing: bytes), let pairs = json.object else { return nil }
        if pairs.isEmpty {
            self = .nothing
            return
        }
        guard let to = json["to"]?.string.flatMap({ EmailAddress($0) }), let subject = json["subject"]?.string,
              let text = json["text"]?.string else { return nil }
        self = .message(MailMessage(to: to, subject: subject, text: text))
    }
}
