internal import Base

/// A signed note (C2SP signed-note): text that ends in a line break, an empty line, and signature lines
/// `— NAME base64(key id ‖ signature)`.
public struct SignedNote: Sendable, Hashable {
    /// Ends in a line break.
    public let text: String
    /// In the order of the note.
    public let signatures: [Signature]

    public struct Signature: Sendable, Hashable {
        public let name: String
        /// Four bytes.
        public let keyID: [UInt8]
        public let bytes: [UInt8]
    }

    /// Longest note that is read, and most signatures in it.
    static let byteCountMax = 65_536
    static let signaturesMax = 100

    /// Signs `text`, which ends in a line break and holds no other control character, under a key's name.
    public init?(text: String, name: String, key: LogSigningKey) {
        guard Self.isText(text), LogVerificationKey.isName(name) else { return nil }
        self.text = text
        signatures = [Signature(name: name, keyID: key.verification.noteKeyID(name: name), bytes: key.sign(Array(text.utf8)))]
    }

    /// Reads a note; nil when malformed. Nothing is verified yet.
    public init?(parsing note: String) {
        guard note.utf8.count <= Self.byteCountMax, note.utf8.last == UInt8(ascii: "\n") else { return nil }
        // The text may hold empty lines itself: the signatures begin after the last one.
        let lines = note.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String(String.UnicodeScalarView($0)) }.dropLast()
        guard let empty = lines.lastIndex(of: ""), empty > 0, empty + 1 < lines.count else { return nil }
        text = lines[..<empty].map { $0 + "\n" }.joined()
        guard Self.isText(text), lines.count - empty - 1 <= Self.signaturesMax else { return nil }
        var signatures: [Signature] = []
        for line in lines[(empty + 1)...] {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "—", LogVerificationKey.isName(String(parts[1])),
                  let bytes = Base64.decode(parts[2]), bytes.count > 4 else { return nil }
            signatures.append(Signature(name: String(parts[1]), keyID: Array(bytes[..<4]), bytes: Array(bytes[4...])))
        }
        self.signatures = signatures
    }

    /// The whole note as it is published.
    public var note: String {
        text + "\n" + signatures.map { "— \($0.name) \(Base64.encode($0.keyID + $0.bytes))\n" }.joined()
    }

    /// True when there is a signature of this key under this name and every such signature is valid. Signatures of
    /// other keys are ignored, as the format asks.
    public func isSigned(by key: LogVerificationKey, name: String) -> Bool {
        let ours = signatures.filter { $0.name == name && $0.keyID == key.noteKeyID(name: name) }
        return !ours.isEmpty && ours.allSatisfy { key.isValid($0.bytes, for: Array(text.utf8)) }
    }

    private static func isText(_ text: String) -> Bool {
        text.utf8.last == UInt8(ascii: "\n") && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\n") }
    }
}
