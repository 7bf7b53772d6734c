@testable import Gateways
import Testing

@Suite struct SMTPServerTests {
    @Test func addresses() throws {
        let plain = try SMTPServer("smtp://mail.example")
        #expect(plain.port == 587 && plain.encryption == .startTLS && plain.name == nil)
        let implicit = try SMTPServer("smtps://us%40er:p%3Aw%2F@mail.example")
        #expect(implicit.port == 465 && implicit.encryption == .implicit && implicit.name == "us@er" && implicit.password == "p:w/")
        let local = try SMTPServer("smtp://127.0.0.1:1025?tls=none")
        #expect(local.port == 1_025 && local.encryption == .none)
        #expect(try SMTPServer("smtp://mail.example:25?tls=starttls&ca=/etc/ca.pem").certificates == "/etc/ca.pem")
    }

    @Test(arguments: [
        "", "mail.example", "http://mail.example", "smtp://", "smtp://mail.example/path", "smtp://mail.example?tls=none", "smtp://mail.example?tls=maybe",
        "smtps://mail.example?tls=none", "smtp://mail.example?x=1", "smtp://a:b%0D%0Ac@mail.example", "smtp://mail.example#x",
    ])
    func wrongAddressesAreRefusedWithoutQuotingThem(_ text: String) throws {
        let refusal = #expect(throws: SMTPServer.Refusal.self) { try SMTPServer(text) }
        #expect(refusal?.description.contains("b\r\nc") == false)
    }
}
