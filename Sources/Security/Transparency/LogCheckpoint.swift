public import Base

/// A tree head (C2SP tlog-checkpoint): the log's name, its size, its root, and two extension lines: which one it is,
/// `checkpoint 17`, so that none can go missing unseen, and the moment, `time 2026-01-31T12:00:00.250Z`.
public struct LogCheckpoint: Sendable, Hashable {
    /// The log's name, which is also the name of its key: no white space, no plus.
    public let origin: String
    /// Leaves.
    public let size: Int64
    public let root: Digest
    /// The checkpoints of a log are numbered from 0 without gaps.
    public let number: Int64
    /// When the head was signed.
    public let time: Instant

    private static let numberPrefix = "checkpoint "
    private static let timePrefix = "time "

    /// Nil for a negative size or number, or a name that a key cannot have.
    public init?(origin: String, size: Int64, root: Digest, number: Int64, time: Instant) {
        guard size >= 0, number >= 0, LogVerificationKey.isName(origin) else { return nil }
        self.origin = origin
        self.size = size
        self.root = root
        self.number = number
        self.time = time
    }

    /// What is signed.
    public var text: String {
        "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n\(Self.numberPrefix)\(number)\n\(Self.timePrefix)\(time)\n"
    }

    /// The signed note under the log's own name.
    public func sign(_ key: LogSigningKey) -> String {
        guard let note = SignedNote(text: text, name: origin, key: key) else {
            preconditionFailure("Invariant: a checkpoint's text and name are those of a note.")
        }
        return note.note
    }

    /// The checkpoint in a note, when this key signed it as `origin`; nil otherwise.
    public static func verify(_ note: String, origin: String, key: LogVerificationKey) -> LogCheckpoint? {
        guard let signed = SignedNote(parsing: note), signed.isSigned(by: key, name: origin),
              let checkpoint = LogCheckpoint(parsing: signed.text), checkpoint.origin == origin else { return nil }
        return checkpoint
    }

    /// Reads the text of a checkpoint of ours: exactly these five lines, in the one way each can be written.
    /// Nil otherwise. No signature is looked at.
    public init?(parsing text: String) {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String(String.UnicodeScalarView($0)) }
        guard lines.count == 6, lines[5].isEmpty, let size = Int64(lines[1]), let bytes = Base64.decode(lines[2]),
              let root = Digest(bytes: bytes), lines[3].hasPrefix(Self.numberPrefix),
              let number = Int64(lines[3].dropFirst(Self.numberPrefix.count)), lines[4].hasPrefix(Self.timePrefix),
              let time = Instant(lines[4].dropFirst(Self.timePrefix.count)) else { return nil }
        self.init(origin: lines[0], size: size, root: root, number: number, time: time)
        guard self.text == text else { return nil }
    }
}
