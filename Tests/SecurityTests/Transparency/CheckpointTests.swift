import Base
import Security
import Testing

@Suite struct CheckpointTests {
    private let key = LogSigningKey()
    private let origin = "tradecraft.example/log"
    private let time = Instant(milliseconds: 1_700_000_000_123)

    private func checkpoint() throws -> LogCheckpoint {
        try #require(LogCheckpoint(origin: origin, size: 7, root: MerkleTree.leafHash([]), number: 3, time: time))
    }

    @Test func textIsThatOfTheFormat() throws {
        #expect(try checkpoint().text == "tradecraft.example/log\n7\nbjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=\ncheckpoint 3\n"
            + "time 2023-11-14T22:13:20.123Z\n")
        #expect(LogCheckpoint(parsing: try checkpoint().text) == (try checkpoint()))
        #expect(LogCheckpoint(origin: "with space", size: 7, root: MerkleTree.emptyRoot, number: 3, time: time) == nil)
        #expect(LogCheckpoint(origin: "", size: 7, root: MerkleTree.emptyRoot, number: 3, time: time) == nil)
        #expect(LogCheckpoint(origin: origin, size: -1, root: MerkleTree.emptyRoot, number: 3, time: time) == nil)
        #expect(LogCheckpoint(origin: origin, size: 7, root: MerkleTree.emptyRoot, number: -1, time: time) == nil)
    }

    @Test func onlyOneSpellingIsRead() throws {
        let text = try checkpoint().text
        for (from, to) in [("\n7\n", "\n07\n"), ("\n7\n", "\n+7\n"), ("\n7\n", "\n-7\n"), ("\n7\n", "\n7 \n"), ("\n7\n", "\n99999999999999999999\n"),
                           ("B0=", "B0"), ("B0=", "B1="), ("20.123Z", "20.1230Z"), ("20.123Z", "20.123+00:00"), ("t 3\n", "t 03\n"), ("t 3\n", "t +3\n"), ("t 3\n", "t\n"),
                           ("checkpoint 3\n", ""), ("time ", "Time "), ("time ", "time  "),
                           ("123Z\n", "123Z"), ("123Z\n", "123Z\nmore\n"), ("\n7\n", "\r\n7\r\n"), ("tradecraft", "trade craft")] {
            let changed = text.replacing(from, with: to)
            #expect(changed != text)
            #expect(LogCheckpoint(parsing: changed) == nil, "\(changed)")
        }
    }

    @Test func signedCheckpointsVerify() throws {
        let note = try checkpoint().sign(key)
        let lines = note.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 8 && lines[5].isEmpty && lines[6].hasPrefix("— \(origin) ") && lines[7].isEmpty)
        #expect(LogCheckpoint.verify(note, origin: origin, key: key.verification) == (try checkpoint()))
        #expect(LogCheckpoint.verify(note, origin: "another", key: key.verification) == nil)
        #expect(LogCheckpoint.verify(note, origin: origin, key: LogSigningKey().verification) == nil)
    }

    /// No change of one byte is accepted as another checkpoint.
    @Test func changesAreFound() throws {
        let checkpoint = try checkpoint()
        let note = Array(checkpoint.sign(key).utf8)
        for index in note.indices {
            for bit in 0..<8 {
                var changed = note
                changed[index] ^= 1 << UInt8(bit)
                let text = String(decoding: changed, as: UTF8.self)
                #expect(LogCheckpoint.verify(text, origin: origin, key: key.verification) == nil, "byte \(index) bit \(bit)")
            }
            let cut = String(decoding: note[..<index], as: UTF8.self)
            #expect(LogCheckpoint.verify(cut, origin: origin, key: key.verification) == nil, "first \(index)")
        }
    }

    @Test func othersSignaturesAreIgnoredAndOursMustAllHold() throws {
        let checkpoint = try checkpoint()
        let note = checkpoint.sign(key)
        let witness = try #require(SignedNote(text: checkpoint.text, name: "witness", key: LogSigningKey()))
        let witnessLine = String(witness.note.dropFirst(checkpoint.text.count + 1))
        #expect(LogCheckpoint.verify(note + witnessLine, origin: origin, key: key.verification) == checkpoint)
        #expect(LogCheckpoint.verify(checkpoint.text + "\n" + witnessLine, origin: origin, key: key.verification) == nil)
        // A false signature under our name and number beside the true one.
        let id = key.verification.noteKeyID(name: origin)
        let forged = "— \(origin) \(Base64.encode(id + [UInt8](repeating: 0, count: 64)))\n"
        #expect(LogCheckpoint.verify(note + forged, origin: origin, key: key.verification) == nil)
    }

    /// The note of Go's package golang.org/x/mod/sumdb/note, with its key.
    @Test func noteOfAnotherImplementation() throws {
        let (name, key) = try #require(LogVerificationKey.parse(note: "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"))
        let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
        let line = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
        let note = try #require(SignedNote(parsing: text + "\n" + line))
        #expect(note.isSigned(by: key, name: name))
        #expect(note.text == text)
        #expect(note.note == text + "\n" + line)
        let other = try #require(SignedNote(parsing: text.replacing("your", with: "my") + "\n" + line))
        #expect(!other.isSigned(by: key, name: name))
    }
}
