import Base
import Marketplace
import Testing

@Suite struct MailMessageTests {
    @Test func envelopesComeBackAndLookAlike() throws {
        let to = try #require(EmailAddress("ada@example.org"))
        let letter = MailLetters.resetPassword(
            to, handle: "ada", link: "https://tradecraft.example/link/reset?token=" + String(repeating: "A", count: 43), end: Instant(milliseconds: 0))
        let sealed = MailEnvelope.message(letter).paddedBytes
        #expect(MailEnvelope(paddedBytes: sealed) == .message(letter))
        #expect(sealed.count == MailEnvelope.nothing.paddedBytes.count, "the length tells nothing")
        #expect(MailEnvelope(paddedBytes: MailEnvelope.nothing.paddedBytes) == .nothing)
        for wrong in ["", "[]", "{\"to\":\"ada@example.org\"}", "{\"to\":\"a\\r\\n@example.org\",\"subject\":\"s\",\"text\":\"t\"}"] {
            #expect(MailEnvelope(paddedBytes: Array(wrong.utf8)) == nil, "\(wrong)")
        }
    }

    @Test func lettersFitOneBlock() throws {
        let to = try #require(EmailAddress(String(repeating: "a", count: 60) + "@" + String(repeating: "b", count: 60) + ".example"))
        let handle = String(repeating: "h", count: Handle.charactersMax)
        let link = "https://a-rather-long-host-name.tradecraft.example:8443/link/email-cancel?token=" + String(repeating: "A", count: 43)
        let end = Instant(milliseconds: 0)
        let letters = [
            MailLetters.verifyAddress(to, handle: handle, link: link, end: end),
            MailLetters.addressHasAccount(to, handle: handle, site: "https://tradecraft.example"),
            MailLetters.changeAddressOld(to, handle: handle, new: to, confirm: link, cancel: link, end: end),
            MailLetters.changeAddressNew(to, handle: handle, confirm: link, oldMustConfirm: true, end: end),
            MailLetters.changeAddressTaken(to, handle: handle, asking: handle, site: "https://tradecraft.example"),
        ]
        for letter in letters {
            #expect(MailEnvelope.message(letter).paddedBytes.count == MailEnvelope.blockBytes)
            #expect(letter.text.contains(handle))
        }
    }

    @Test func subjectsAreOneLine() throws {
        let to = try #require(EmailAddress("ada@example.org"))
        let subject = MailMessage(to: to, subject: "a\r\nBcc: x\u{2029}b\u{0}\u{202e}c", text: "").subject
        #expect(subject == "a Bcc: x b c")
        #expect(MailMessage(to: to, subject: String(repeating: "x", count: 900), text: "").subject.count == MailMessage.subjectCharactersMax)
    }

    @Test func noticesNameNoBrowserInItsOwnWords() throws {
        let to = try #require(EmailAddress("ada@example.org"))
        let place = AuditEvent.Place(network: "192.0.2.1", userAgent: "Visit https://evil.example Firefox/1 Linux")
        let letter = MailNotice.newDevice.letter(to, handle: "ada", on: .init(at: Instant(milliseconds: 0), place: place), site: "https://tradecraft.example")
        #expect(letter.text.contains("Firefox on Linux") && letter.text.contains("192.0.2.1"))
        #expect(!letter.text.contains("evil"))
        #expect(MailMessage.links(in: letter.text) == ["https://tradecraft.example/account"])
    }

    @Test func linksAreFound() {
        #expect(MailMessage.links(in: "a\nhttps://x.example/1?t=2\n(see) <http://y.example> ftp://z") == ["https://x.example/1?t=2", "http://y.example"])
    }
}
