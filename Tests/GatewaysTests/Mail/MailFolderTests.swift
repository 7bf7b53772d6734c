import Base
import Foundation
import Gateways
import Marketplace
import Testing

@Suite struct MailFolderTests {
    private let path = FileManager.default.temporaryDirectory.appendingPathComponent("mail-\(UUID().uuidString)").path

    private func mail(_ number: UInt64, _ text: String = "text") throws -> OutgoingMail {
        OutgoingMail(
            MailMessage(to: try #require(EmailAddress("ada@example.org")), subject: "Letter \(number)", text: text),
            from: try #require(Mailbox("no-reply@example.net")), id: ID(high: number << 16 | 0x7000, low: 1 << 63),
            date: Instant(milliseconds: 0))
    }

    @Test func lettersAreThereOnceNewestFirst() throws {
        let folder = try MailFolder(path: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for number: UInt64 in [1, 3, 2, 3] { try folder.deliver(mail(number, "round \(number)\nhttps://a.example/x?y=z")) { false } }
        let letters = try MailFolder.letters(in: path)
        #expect(letters.map(\.letter.subject) == ["Letter 3", "Letter 2", "Letter 1"])
        #expect(letters.first.map { MailMessage.links(in: $0.letter.text) } == ["https://a.example/x?y=z"])
        let names = try FileManager.default.contentsOfDirectory(atPath: path)
        #expect(names.count == 3 && names.allSatisfy { $0.hasSuffix(".eml") })
        for name in names {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(path)/\(name)")[.posixPermissions] as? Int
            #expect(mode == 0o600, "letters hold links that open accounts")
        }
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o700)
    }

    @Test func anUnusableFolderIsSaidAtOnce() throws {
        #expect(throws: MailError.self) { try MailFolder(path: path + "/missing/deeper") }
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: MailError.self) { try MailFolder(path: path) }
        #expect(try MailFolder.letters(in: path + "-missing").isEmpty)
    }

    @Test func aFolderThatWentAwayIsTriedAgain() throws {
        let folder = try MailFolder(path: path)
        try FileManager.default.removeItem(atPath: path)
        let error = #expect(throws: MailError.self) { try folder.deliver(mail(1)) { false } }
        if case .refused = error { Issue.record("a letter must wait for its folder") }
    }
}
