public import Base

/// A tree head (C2SP tlog-checkpoint): the log's name, its size, its root, and one extension line with the moment,
/// `time 2026-01-31T12:00:00Z`.
public struct LogCheckpoint: Sendable, Hashable {
    /// The log's name, which is also the name of its key: no white space, no plus.
    public let origin: String
    /// Leaves.
    public let size: Int64
    public let root: Digest
    /// When the head was signed, to the second.
    public let time: Instant

    private static let timePrefix = "time "

    /// Nil for a negative size or a name that a key cannot have. `time` is cut to the second.
    public init?(origin: String, size: Int64, root: Digest, time: Instant) {
        guard size >= 0, LogVerificationKey.isName(origin) else { return nil }
        self.origin = origin
        self.size = size
        self.root = root
        let rest = time.milliseconds % 1_000
        self.time = Instant(milliseconds: time.milliseconds - (rest < 0 ? rest + 1_000 : rest))
    }

    /// What is signed.
    public var text: String {
        "\(origin)\n\(size)\n\(Base64.encode(root.bytes))\n\(Self.timePrefix)\(time)\n"
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

    /// Reads the text of a checkpoint of ours: exactly these four lines, in the one way each can be written.
    /// Nil otherwise. No signature is looked at.
    public init?(parsing text: String) {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String(String.UnicodeScalarView($0)) }
        guard lines.count == 5, lines[4].isEmpty, let size = Int64(lines[1]), let bytes = Base64.decode(lines[2]),
              let root = Digest(bytes: bytes), lines[3].hasPrefix(Self.timePrefix),
              let time = Instant(lines[3].dropFirst(Self.timePrefix.count)) else { return nil }
        self.init(origin: lines[0], size: size, root: root, time: time)
        guard self.text == text else { return nil }
    }
}
