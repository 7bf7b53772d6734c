internal import Base

/// What an authenticator signs (WebAuthn, 6.1): every length is checked before it is used, every byte is read.
struct AuthenticatorData {
    struct Credential {
        let aaguid: [UInt8]
        let id: [UInt8]
        let key: PasskeyKey
        /// The COSE key as the authenticator wrote it.
        let keyBytes: [UInt8]
    }

    let relyingPartyHash: [UInt8]
    let isUserPresent: Bool
    let isUserVerified: Bool
    let isBackupEligible: Bool
    let isBackedUp: Bool
    let signCount: UInt32
    /// There in registrations alone.
    let credential: Credential?

    private static let fixedByteCount = 37
    static let credentialBytesMax = 1_023

    init(_ bytes: [UInt8]) throws(PasskeyRefusal) {
        guard bytes.count >= Self.fixedByteCount else { throw .malformed }
        let flags = bytes[32]
        relyingPartyHash = Array(bytes[0..<32])
        isUserPresent = flags & 0x01 != 0
        isUserVerified = flags & 0x04 != 0
        isBackupEligible = flags & 0x08 != 0
        isBackedUp = flags & 0x10 != 0
        signCount = bytes[33..<37].reduce(0) { $0 << 8 | UInt32($1) }
        var end = Self.fixedByteCount
        if flags & 0x40 != 0 { credential = try Self.credential(bytes, &end) } else { credential = nil }
        if flags & 0x80 != 0 {
            var reader = CBORReader(bytes, from: end)
            do {
                guard case .map = try reader.value() else { throw CBORReader.Malformed() }
            } catch { throw .malformed }
            end = reader.index
        }
        guard end == bytes.count else { throw .malformed }
    }

    private static func credential(_ bytes: [UInt8], _ end: inout Int) throws(PasskeyRefusal) -> Credential {
        guard bytes.count >= end + 18 else { throw .malformed }
        let aaguid = Array(bytes[end..<(end + 16)])
        let idByteCount = Int(bytes[end + 16]) << 8 | Int(bytes[end + 17])
        end += 18
        guard (1...credentialBytesMax).contains(idByteCount), bytes.count - end >= idByteCount else { throw .malformed }
        let id = Array(bytes[end..<(end + idByteCount)])
        end += idByteCount
        var reader = CBORReader(bytes, from: end)
        let key: CBOR
        do { key = try reader.value() } catch { throw .malformed }
        defer { end = reader.index }
        return Credential(aaguid: aaguid, id: id, key: try PasskeyKey(key), keyBytes: Array(bytes[end..<reader.index]))
    }

    /// What both ceremonies ask for: the right site, a person who was there and proved it, sensible backup flags.
    func check(_ relyingParty: RelyingParty) throws(PasskeyRefusal) {
        guard relyingPartyHash == Digest.of(relyingParty.id).bytes else { throw .wrongRelyingParty }
        guard isUserPresent else { throw .userNotPresent }
        guard isUserVerified else { throw .userNotVerified }
        guard isBackupEligible || !isBackedUp else { throw .backupFlags }
    }
}
