import Base
import Marketplace
import Testing

@Suite struct AccountRulesTests {
    @Test(arguments: ["ada", "a1-b2", "x23", "abcdefghijklmnopqrstuvwxyz1234", "ADA"])
    func goodHandles(text: String) throws { #expect(try Handle(text).text == text.lowercased()) }

    @Test(arguments: [
        ("ab", Handle.Refusal.length), (String(repeating: "a", count: 31), .length), ("-ab", .characters), ("ab-", .characters),
        ("a--b", .characters), ("a_b", .characters), ("a b", .characters), ("äöü", .characters), ("admin", .reserved), ("Login", .reserved),
    ])
    func badHandles(text: String, refusal: Handle.Refusal) { #expect(throws: refusal) { try Handle(text) } }

    @Test(arguments: ["a@b.c", "Ada.Lovelace+x@Example.ORG", "o'neil@example.org"])
    func goodAddresses(text: String) { #expect(EmailAddress(text)?.text == text.lowercased()) }

    @Test(arguments: ["", "a", "a@b", "@b.c", "a@", "a@b@c.d", "a b@c.d", "a@b..c", "a@.c", "a@-b.c", "a\r\n@b.c", "<a@b.c>", "é@b.c"])
    func badAddresses(text: String) { #expect(EmailAddress(text) == nil) }

    @Test(arguments: [
        ("short", NewPassword.Refusal.tooShort), ("password123", .common), ("aaaaaaaaaaaa", .common), ("ababababab", .common),
        ("abcdefghijkl", .common), ("ada@example.org", .sameAsName),
    ])
    func badPasswords(text: String, refusal: NewPassword.Refusal) {
        #expect(throws: refusal) { try NewPassword.check(Secret(text), names: ["ada@example.org"]) }
    }

    @Test func longPasswordsOfAnyKindAreGood() throws {
        try NewPassword.check(Secret("seven quiet harbours"), names: [])
        try NewPassword.check(Secret("пароль-из-слов"), names: [])
        #expect(throws: NewPassword.Refusal.tooLong) {
            try NewPassword.check(Secret(String(repeating: "ab c", count: 300)), names: [])
        }
    }
}
