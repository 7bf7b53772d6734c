import Base
import Foundation
import Security
import Testing

@Suite struct KeyTests {
    private static let every = ["log.key", "log.pub", "mail.key", "mail.pub", "seal.key"]

    @Test func createsWhatIsMissingAndNothingElse() throws {
        let folder = ScratchFolder()
        #expect(try KeyFolder(folder.path).create().sorted() == Self.every)
        #expect(folder.names == Self.every)
        for name in Self.every { #expect(folder.mode(name) == (name.hasSuffix(".pub") ? 0o644 : 0o600), "\(name)") }
        let web = try WebKeys(folder: folder.path)
        #expect(try KeyFolder(folder.path).create() == [])
        try folder.remove("log.pub")
        #expect(try KeyFolder(folder.path).create() == ["log.pub"])
        let again = try WebKeys(folder: folder.path)
        #expect(again.log.publicBytes == web.log.publicBytes)
        #expect(again.seal.keyIDs == web.seal.keyIDs)
        #expect(again.mail.keyID == web.mail.keyID)
    }

    @Test func manyAtOnceMakeOneSetOfKeys() throws {
        let folder = ScratchFolder()
        let path = folder.path
        let results = try parallel(16) { _ -> String in
            do {
                let made = try KeyFolder(path).create()
                let web = try WebKeys(folder: path)
                _ = try EngineKeys(folder: path)
                return "\(made.count) \(web.seal.keyIDs) \(web.mail.keyID) \(hex(web.log.publicBytes))"
            } catch { return "\(error)" }
        }
        #expect(Set(results.map { $0.drop { $0 != " " } }).count == 1, "\(results)")
        #expect(results.compactMap { Int($0.prefix(1)) }.reduce(0, +) == 5, "\(results)")
        #expect(folder.names == Self.every)
    }

    @Test func unusableFilesAreRefusedWithTheirName() throws {
        let folder = ScratchFolder()
        _ = try KeyFolder(folder.path).create()
        func problem(_ name: String, _ text: String, mode: Int = 0o600) -> String {
            do {
                try folder.write(text, to: name, mode: mode)
                _ = try WebKeys(folder: folder.path)
                _ = try EngineKeys(folder: folder.path)
                return "none"
            } catch { return "\(error)" }
        }
        let good = Base64.encode([UInt8](repeating: 7, count: 32))
        #expect(problem("seal.key", good) == "none")
        #expect(problem("seal.key", String(repeating: "k", count: 32)) == "none")
        #expect(problem("seal.key", good, mode: 0o640).contains("chmod 600"))
        #expect(problem("seal.key", good, mode: 0o604).contains("seal.key"))
        for bad in ["", "\n", "short", good + good, String(good.dropLast()), good.replacing("B", with: "-"), String(repeating: "k", count: 4_000)] {
            let text = problem("seal.key", bad)
            #expect(text.contains("seal.key"), "\(bad) gave \(text)")
            #expect(bad.count < 5 || !text.contains(bad))
        }
        #expect(problem("seal.key", good) == "none")
        let stranger = Base64.encode(EngineOpening().sealing.publicBytes)
        #expect(problem("mail.pub", stranger, mode: 0o644).contains("does not belong"))
        try folder.remove("log.key")
        try folder.remove("mail.pub")
        #expect(throws: KeyError.self) { try EngineKeys(folder: folder.path) }
    }

    @Test func linksAreNotFollowed() throws {
        let folder = ScratchFolder()
        _ = try KeyFolder(folder.path).create()
        try FileManager.default.moveItem(atPath: "\(folder.path)/seal.key", toPath: "\(folder.path)/elsewhere")
        try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/seal.key", withDestinationPath: "elsewhere")
        #expect(throws: KeyError.self) { try WebKeys(folder: folder.path) }
    }

    @Test func sealedBytesOpenInTheirContextAlone() throws {
        let key = SealingKey()
        for count in [0, 1, 20, 5_000] {
            let bytes = RandomBytes.make(count)
            let sealed = key.seal(bytes, context: "totp:1")
            #expect(sealed.count == count + SealingKey.overheadByteCount)
            #expect(try key.open(sealed, context: "totp:1") == bytes)
            #expect(throws: SealError.self) { try key.open(sealed, context: "totp:2") }
            #expect(throws: SealError.self) { try SealingKey().open(sealed, context: "totp:1") }
            #expect(key.seal(bytes, context: "totp:1") != sealed)
        }
        let sealed = key.seal(Array("a secret".utf8), context: "c")
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: SealError.self, "byte \(index)") { try key.open(changed, context: "c") }
            #expect(throws: SealError.self, "first \(index)") { try key.open(Array(sealed[..<index]), context: "c") }
        }
        #expect(throws: SealError.self) { try key.open(sealed + [0], context: "c") }
    }

    @Test func aNewKeyInFrontSealsAndTheOldOneStillOpens() throws {
        let folder = ScratchFolder()
        _ = try KeyFolder(folder.path).create()
        let old = Base64.encode([UInt8](repeating: 1, count: 32))
        let new = Base64.encode([UInt8](repeating: 2, count: 32))
        try folder.write(old + "\n", to: "seal.key")
        let before = try SealingKey(file: "\(folder.path)/seal.key")
        let sealed = before.seal([1, 2, 3], context: "c")
        try folder.write(new + "\n" + old + "\n", to: "seal.key")
        let after = try SealingKey(file: "\(folder.path)/seal.key")
        #expect(try after.open(sealed, context: "c") == [1, 2, 3])
        #expect(after.keyIDs == [after.keyIDs[0]] + before.keyIDs)
        #expect(throws: SealError.self) { try before.open(after.seal([1], context: "c"), context: "c") }
    }

    @Test func onlyTheEngineOpensWhatTheWebSealed() throws {
        let engine = EngineKeys()
        let web = WebKeys(engine: engine)
        let message = Array("to@example.com\nReset your password".utf8)
        let sealed = try web.mail.seal(message, context: "mail")
        #expect(sealed.count == message.count + EngineSealing.overheadByteCount)
        #expect(try engine.mail.open(sealed, context: "mail") == message)
        #expect(throws: SealError.self) { try engine.mail.open(sealed, context: "model") }
        #expect(throws: SealError.self) { try EngineOpening().open(sealed, context: "mail") }
        #expect(try web.mail.seal(message, context: "mail") != sealed)
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 0x10
            #expect(throws: SealError.self, "byte \(index)") { try engine.mail.open(changed, context: "mail") }
            #expect(throws: SealError.self, "first \(index)") { try engine.mail.open(Array(sealed[..<index]), context: "mail") }
        }
    }

    /// RFC 8032, 7.1, test 2.
    @Test func ed25519Vector() throws {
        let seed = try #require(Digest(hex: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")).bytes
        let key = try #require(LogSigningKey(seed: seed))
        #expect(hex(key.verification.publicBytes) == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        #expect(hex(key.sign([0x72])) == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        #expect(key.verification.isValid(key.sign([0x72]), for: [0x72]))
        #expect(!key.verification.isValid(key.sign([0x72]), for: [0x73]))
        #expect(!LogSigningKey().verification.isValid(key.sign([0x72]), for: [0x72]))
    }

    /// The key of the Go checksum database, as its clients carry it.
    @Test func noteKeysHaveTheirNumbers() throws {
        let text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
        let (name, key) = try #require(LogVerificationKey.parse(note: text))
        #expect(name == "sum.golang.org")
        #expect(hex(key.noteKeyID(name: name)) == "033de0ae")
        #expect(key.noteText(name: name) == text)
        for bad in ["", "a+b", text.replacing("033de0ae", with: "033de0af"), text.replacing("sum", with: "sun"), text + "A", " " + text] {
            #expect(LogVerificationKey.parse(note: bad) == nil, "\(bad)")
        }
    }
}
