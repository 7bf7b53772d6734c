import Base
import CArgon2
import Foundation
@testable import Security
import Synchronization
import Testing
import TestSupport

@Suite struct PasswordHashTests {
    @Test func aHashHoldsForItsPasswordAlone() throws {
        let stored = try PasswordHash.make(Secret("correct horse 7"))
        #expect(stored.hasPrefix("$argon2id$v=19$m=19456,t=2,p=1$"))
        #expect(try PasswordHash.verify(Secret("correct horse 7"), against: stored))
        #expect(try !PasswordHash.verify(Secret("correct horse 8"), against: stored))
        #expect(try !PasswordHash.verify(Secret(""), against: stored))
        #expect(try PasswordHash.make(Secret("correct horse 7")) != stored)
    }

    /// RFC 9106, 5.3, straight to the library: the figures of the standard include a key and associated data, which
    /// password hashes have none of.
    @Test func argon2idVectorOfTheStandard() {
        var password = [UInt8](repeating: 1, count: 32), salt = [UInt8](repeating: 2, count: 16)
        var secret = [UInt8](repeating: 3, count: 8), data = [UInt8](repeating: 4, count: 12)
        var tag = [UInt8](repeating: 0, count: 32)
        let code = unsafe tag.withUnsafeMutableBufferPointer { tag in
            unsafe password.withUnsafeMutableBufferPointer { password in
                unsafe salt.withUnsafeMutableBufferPointer { salt in
                    unsafe secret.withUnsafeMutableBufferPointer { secret in
                        unsafe data.withUnsafeMutableBufferPointer { data in
                            var context = unsafe argon2_context()
                            unsafe context.out = tag.baseAddress
                            unsafe context.outlen = 32
                            unsafe context.pwd = password.baseAddress
                            unsafe context.pwdlen = 32
                            unsafe context.salt = salt.baseAddress
                            unsafe context.saltlen = 16
                            unsafe context.secret = secret.baseAddress
                            unsafe context.secretlen = 8
                            unsafe context.ad = data.baseAddress
                            unsafe context.adlen = 12
                            unsafe context.t_cost = 3
                            unsafe context.m_cost = 32
                            unsafe context.lanes = 4
                            unsafe context.threads = 4
                            unsafe context.version = 0x13
                            return unsafe argon2id_ctx(&context)
                        }
                    }
                }
            }
        }
        #expect(code == 0)
        #expect(hex(tag) == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")
    }

    /// PHC strings made by argon2-cffi.
    @Test(arguments: [
        ("correct horse battery staple", "m=19456,t=2,p=1$AAECAwQFBgcICQoLDA0ODw$gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU"),
        ("correct horse battery staple", "m=47104,t=1,p=1$AAECAwQFBgcICQoLDA0ODw$/coCT64XsUMXXk5yW5NB+70Xaq931514xE0oAH17Eac"),
        ("correct horse battery staple", "m=12288,t=3,p=1$AAECAwQFBgcICQoLDA0ODw$zCibVAF529as+ScNsZ6sL/H9D4iI00ajMEqLvRaQY2E"),
        ("correct horse battery staple", "m=65536,t=3,p=4$AAECAwQFBgcICQoLDA0ODw$hTsnKkTbFCHAKWJmmlXrCZTzyrOF7RxMeSU+7hm6tJ4"),
        ("p\u{e4}ssw\u{f6}rd\u{2713}", "m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$Ga0VdRdcYQYhRm5TPRmSVD8kVRS/eUI0txDqktP1VUo"),
        ("", "m=64,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$r1k759dbG3ViGjfC4LjxCQ"),
    ])
    func hashesOfOthersVerify(password: String, rest: String) throws {
        let stored = "$argon2id$v=19$" + rest
        #expect(try PasswordHash.verify(Secret(password), against: stored))
        #expect(try !PasswordHash.verify(Secret(password + "x"), against: stored))
        #expect(StoredHash(stored)?.text == stored)
    }

    @Test(arguments: [
        ("m=19456,t=2,p=1", 16, 32, false), ("m=65536,t=3,p=4", 16, 32, false), ("m=19456,t=2,p=2", 16, 32, false),
        ("m=19455,t=2,p=1", 16, 32, true), ("m=47104,t=1,p=1", 16, 32, true), ("m=19456,t=2,p=1", 15, 32, true),
        ("m=19456,t=2,p=1", 16, 31, true),
    ])
    func weakerHashesAreMadeAnew(costs: String, salt: Int, hash: Int, isNeeded: Bool) {
        func base64(_ count: Int) -> String { Base64.encode([UInt8](repeating: 9, count: count), isPadded: false) }
        #expect(PasswordHash.needsRehash("$argon2id$v=19$\(costs)$\(base64(salt))$\(base64(hash))") == isNeeded)
    }

    @Test func freshHashesNeedNoOther() throws {
        #expect(PasswordHash.needsRehash("x"))
        #expect(!PasswordHash.needsRehash(PasswordHash.ofNobody))
    }

    /// Refused before any work: the costly ones would take minutes or more memory than there is.
    @Test func hostileHashesAreRefusedAtOnce() {
        let salt = "AAECAwQFBgcICQoLDA0ODw", hash = "gYJZtjEAJqjg26xdLmknq8/bB7MiWPrE9hsYuA+SkIU"
        func phc(_ costs: String, id: String = "argon2id", version: String = "v=19", salt: String = salt, hash: String = hash) -> String {
            "$\(id)$\(version)$\(costs)$\(salt)$\(hash)"
        }
        let long = Base64.encode([UInt8](repeating: 0, count: 65), isPadded: false)
        let good = "m=19456,t=2,p=1"
        var bad = [
            "", "x", "$", phc(good) + "$", " " + phc(good), phc(good) + " ", phc(good) + "\0", String(repeating: "$", count: 100_000),
            phc(good, id: "argon2i"), phc(good, id: "argon2d"), phc(good, id: "Argon2id"), phc(good, version: "v=16"),
            phc(good, version: "v=019"), phc(good, version: "v=20"), "$argon2id$\(good)$\(salt)$\(hash)", String(phc(good).dropFirst()),
            phc(good, salt: salt + "=="), phc(good, hash: hash + "="), phc(good, salt: "AAECAwQFBgc!"), phc(good, salt: "AAECAwQFBg"),
            phc(good, salt: "AAECAwQFBgcICQoLDA0OD_"), phc(good, hash: "gYJZtjEAJqjg26xdLmkn"), phc(good, hash: hash.replacing("kIU", with: "kIV")),
            phc(good, salt: long), phc(good, hash: long),
        ]
        bad += [
            "m=4294967295,t=2,p=1", "m=1048577,t=2,p=1", "m=99999999999,t=2,p=1", "m=19456,t=11,p=1", "m=19456,t=4294967295,p=1",
            "m=19456,t=2,p=9", "m=19456,t=2,p=16777215", "m=0,t=2,p=1", "m=7,t=2,p=1", "m=63,t=2,p=8", "m=19456,t=0,p=1", "m=19456,t=2,p=0",
            "t=2,m=19456,p=1", "m=19456,t=2", "m=19456,t=2,p=1,p=1", "m=19456,m=19456,t=2,p=1", "m=+19456,t=2,p=1", "m=019456,t=2,p=1",
            "m=19456,t=02,p=1", "m=-1,t=2,p=1", "m= 19456,t=2,p=1", "m=19456,t=2,p=1,keyid=AA", "m=,t=,p=", "m=\u{661}\u{669},t=2,p=1", "",
        ].map { phc($0) }
        let start = SystemClock.monotonicNanoseconds()
        for text in bad {
            #expect(throws: SecurityError.malformedHash, "\(text.prefix(90))") { try PasswordHash.verify(Secret("x"), against: text) }
            #expect(PasswordHash.needsRehash(text))
        }
        #expect(SystemClock.monotonicNanoseconds() - start < 2_000_000_000)
        #expect(StoredHash(phc("m=1048576,t=10,p=8")) != nil && StoredHash(phc("m=8,t=1,p=1")) != nil)
    }

    /// Two hold the slots, two wait, the fifth is refused at once; a freed slot goes to one who waits.
    @Test func slotsAreFewAndTheQueueIsShort() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("slots-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let slots = HashSlots(folder: folder)
        // A second process is another object over the same folder.
        let elsewhere = HashSlots(folder: folder)
        let counts = Mutex((holding: 0, most: 0, done: 0, busy: 0))
        let release = Mutex(false)
        let hold: @Sendable (HashSlots) -> Void = { slots in
            do {
                try slots.withSlot {
                    counts.withLock { $0.holding += 1; $0.most = max($0.most, $0.holding) }
                    try waitUntil("the test lets go", seconds: 20) { release.withLock { $0 } }
                    counts.withLock { $0.holding -= 1; $0.done += 1 }
                }
            } catch {
                counts.withLock { $0.busy += 1 }
            }
        }
        Thread.detachNewThread { hold(slots) }
        Thread.detachNewThread { hold(elsewhere) }
        try waitUntil("both slots are taken", seconds: 10) { counts.withLock { $0.holding } == 2 }
        for _ in 0..<2 { Thread.detachNewThread { hold(slots) } }
        try waitUntil("the fourth is refused", seconds: 1) { counts.withLock { $0.busy } >= 1 }
        release.withLock { $0 = true }
        try waitUntil("everybody is through", seconds: 10) { counts.withLock { $0.done + $0.busy } == 4 }
        #expect(counts.withLock { $0.most } <= 2)
        #expect(counts.withLock { $0.done } == 3)
    }
}
