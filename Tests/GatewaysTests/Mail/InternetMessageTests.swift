import Base
@testable import Gateways
import Marketplace
import Testing

@Suite struct InternetMessageTests {
    private static let address = EmailAddress("ada@example.org")
    private static let id = ID<Job>(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)

    private static func mail(_ subject: String, _ text: String, from: String = "Tradecraft <no-reply@example.net>") throws -> OutgoingMail {
        OutgoingMail(
            MailMessage(to: try #require(address), subject: subject, text: text), from: try #require(Mailbox(from)), id: id,
            date: Instant(milliseconds: 1_763_841_907_000))
    }

    /// Lines of a message, which all end in CRLF.
    private static func lines(_ bytes: [UInt8]) throws -> [String] {
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.hasSuffix("\r\n"))
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.dropLast().allSatisfy { $0.last == "\r" })
        #expect(lines.allSatisfy { $0.dropLast().contains("\r") == false })
        return lines.dropLast().map { String(String.UnicodeScalarView($0.dropLast())) }
    }

    @Test func plainLettersTravelAsTheyAre() throws {
        let lines = try Self.lines(InternetMessage.bytes(try Self.mail("Hello", "One\n.\n..two\n")))
        #expect(lines == [
            "Date: Sat, 22 Nov 2025 20:05:07 +0000", "From: Tradecraft <no-reply@example.net>", "To: ada@example.org",
            "Message-ID: <\(Self.id)@example.net>", "Subject: Hello", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: 7bit", "Auto-Submitted: auto-generated", "", "One", ".", "..two", "",
        ])
    }

    /// Whatever is typed into names and subjects, there are the same headers.
    @Test(arguments: [
        "a\r\nBcc: eve@example.com", "a\nBcc: eve@example.com", "a\rBcc: x", "\r\n\r\nbody", "\u{2028}Bcc: x", "\u{85}Bcc: x",
        "=?utf-8?Q?=0D=0ABcc:_x?=", "Grüße, 世界 🙂", "a\u{0}b", " lead", "trail ", "two  spaces", "", "tab\there",
        String(repeating: "long ", count: 60), String(repeating: "x", count: 300), String(repeating: "é", count: 200), "\u{202e}evil",
    ])
    func noHeaderCanBeAdded(_ typed: String) throws {
        let mail = OutgoingMail(
            MailMessage(to: try #require(Self.address), subject: typed, text: "text"),
            from: Mailbox(name: typed, address: try #require(Self.address)), id: Self.id, date: Instant(milliseconds: 0))
        let bytes = InternetMessage.bytes(mail)
        let lines = try Self.lines(bytes)
        let head = try #require(lines.firstIndex(of: ""))
        let names = lines[..<head].filter { !$0.hasPrefix(" ") }.map { $0.prefix { $0 != ":" } }
        #expect(names == [
            "Date", "From", "To", "Message-ID", "Subject", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Auto-Submitted",
        ])
        #expect(lines.allSatisfy { $0.utf8.count <= 78 && $0.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f } }, "\(lines)")
        #expect(InternetMessage.parse(bytes)?.subject == mail.message.subject)
    }

    @Test func everyTextComesBack() throws {
        var random = SeededRandom(seed: 20_251_122)
        let alphabet = Array("ab =.\t\né世🙂?=_-<>\"\\".unicodeScalars)
        for round in 0..<400 {
            var text = ""
            for _ in 0..<Int.random(in: 0...300, using: &random) {
                text.unicodeScalars.append(alphabet[Int.random(in: 0..<alphabet.count, using: &random)])
            }
            let subject = MailMessage.oneLine(text, charactersMax: 80)
            let mail = try Self.mail(subject, text)
            let bytes = InternetMessage.bytes(mail)
            let lines = try Self.lines(bytes)
            #expect(lines.allSatisfy { $0.utf8.count <= 998 }, "seed 20251122, round \(round)")
            let parsed = try #require(InternetMessage.parse(bytes))
            #expect(parsed.text == text, "seed 20251122, round \(round)")
            #expect(parsed.subject == mail.message.subject, "seed 20251122, round \(round)")
        }
    }

    @Test func parserNeverTraps() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                [UInt8(ascii: "="), 0x0d, 0x0a, UInt8(ascii: ":"), UInt8(ascii: "T"), UInt8(ascii: "o"), 0x20, UInt8.random(in: 0...255, using: &random)]
                    .randomElement(using: &random) ?? 0
            }
            _ = InternetMessage.parse(bytes)
            _ = InternetMessage.parse(Array("To: a\r\nSubject: =?utf-8?B?\r\nDate: x\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".utf8) + bytes)
        }
    }

    @Test func mailboxes() {
        #expect(Mailbox("a@b.example")?.name == "")
        #expect(Mailbox("Trade Craft <a@b.example>")?.name == "Trade Craft")
        #expect(Mailbox("\"Trade, Craft\" <a@b.example>")?.name == "Trade, Craft")
        for wrong in ["", "a", "<a>", "A <a@b.example", "A <a@b.example> x", "a@b.example\r\nBcc: x@y.example", "x <a@b.example\n>"] {
            #expect(Mailbox(wrong) == nil, "\(wrong)")
        }
    }

    @Test func daysOfTheWeek() {
        #expect(InternetMessage.date(Instant(milliseconds: 0)) == "Thu, 1 Jan 1970 00:00:00 +0000")
        #expect(InternetMessage.date(Instant(milliseconds: 1_709_164_800_000)) == "Thu, 29 Feb 2024 00:00:00 +0000")
    }
}
