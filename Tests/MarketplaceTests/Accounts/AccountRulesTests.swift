import Base
import Marketplace
import Testing

@Suite struct AccountRulesTests {
    @Test(arguments: ["ada", "a1-b2", "x23", "abcdefghijklmnopqrstuvwxyz1234", "ADA"])
    func goodHandles(text: String) throws { #expect(try Handle(text).text == text.lowercased()) }

    @Test(arguments: [
        ("ab", Handle.Refusal.length), (String(repeating: "a", count: 31), .length), ("-ab", .characters), ("ab-", .characters),
        ("a--b", .characters), ("a_b", .characters), ("a b", .characters), ("äöü", .characters), ("admin", .reserved), ("Login", .reserved),
        ("xn--ada", .characters), ("12345", .onlyDigits), ("1-2", .onlyDigits), ("deleted-ada", .reserved), ("deleted", .reserved),
        ("team", .reserved), ("link", .reserved), ("transparency", .reserved), ("tokens", .reserved), ("invite", .reserved),
        ("adm1n", .reserved), ("supp0rt", .reserved), ("l0gin", .reserved), ("trade-craft", .reserved),
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

@Suite struct HandleSkeletonTests {
    @Test(arguments: [
        ("ada", "ada"), ("a-b", "ab"), ("l1i", "lll"), ("corn0ry", "comory"), ("savvy5", "sawys"), ("ar-nold", "amold"), ("v-v1", "wl"),
        ("vvv", "wv"), ("rrn", "rm"), ("rnrn-0", "mmo"),
    ])
    func lookAlikesAreOne(text: String, skeleton: String) throws { #expect(try Handle(text).skeleton == skeleton) }
}

@Suite struct NewPasswordTests {
    private static let names = ["mara.lindqvist@example.org", "mara-l"]

    private func refusal(_ text: String, names: [String] = names) -> NewPassword.Refusal? {
        do {
            try NewPassword.check(Secret(text), names: names)
            return nil
        } catch { return error }
    }

    /// Every base word in every dress that people give it.
    @Test(arguments: [
        "password", "Password", "P@ssw0rd", "pa55word", "drowssap", "dragon", "Dragon", "dr4g0n", "monkey", "michael", "liverpool",
        "iloveyou", "letmein", "qwerty", "qwertz", "azerty", "football", "sunshine", "bitcoin", "tradecraft", "Tr4decraft", "admin",
    ])
    func dressedUpWordsAreRefused(word: String) {
        let dresses = ["\(word)123", "\(word)1234", "\(word)123456", "\(word)!", "\(word)1!", "\(word)2024", "\(word)2026!", "123\(word)", "1\(word)1",
                       "!!\(word)!!", "\(word)\(word)", "\(word)-\(word)", "\(word)_2025", "\(word)12345678", "\(word)1111111", "\(word)qwerty",
                       "\(word)abcdef", "my\(word)", "\(word)....", "\(word) 123", "\(word)007", "\(word)69", "\(word)1990", "00\(word)00"]
        for text in dresses where text.count >= 10 { #expect(refusal(text) == .common, "\(text)") }
    }

    @Test(arguments: [
        "1234567890", "0987654321", "12345678901234567890", "qwertyuiop", "asdfghjkl;", "1qaz2wsx3edc", "1q2w3e4r5t", "zaq12wsxcde3", "qazwsxedcrfv",
        "abcdefghijkl", "zyxwvutsrq", "aaaaaaaaaaaaaaa", "abababababab", "abcabcabcabc", "passpasspass", "1122334455", "112233445566", "19901990",
        "p-a-s-s-w-o-r-d", "correct horse battery staple", "correcthorsebatterystaple", "0123456789", "poiuytrewq", "qwertzuiop", "azertyuiop", "..........",
        "january2026", "monkey dragon", "lovelovelove", "iloveyou2much", "trustno1trustno1", "password password",
    ])
    func rowsAndRepetitionsAreRefused(text: String) { #expect(refusal(text) == (text.count < 10 ? .tooShort : .common), "\(text)") }

    @Test(arguments: [
        "maralindqvist", "mara.lindqvist", "MaraLindqvist1", "mara.lindqvist@example.org", "lindqvist2026", "tsivqdnilaram", "m4r4lindqvist!",
        "Lindqvist123", "mara lindqvist",
    ])
    func ownNamesAreRefused(text: String) {
        #expect(refusal(text) == .sameAsName, "\(text)")
    }

    @Test(arguments: [
        "seven quiet harbours", "nine silent lanterns", "wrong words here", "look-around-here", "kX7#pQ2!vL", "zgmvhwkxqo", "пароль-из-слов", "漢字かな交じり文で書く合言葉",
        "mara lindqvist walks nine dogs", "my dragon eats password soup", "password839201748291", "the monkey lost 3 umbrellas", "80391762948205", "Überzwerg Kabeljau",
        "qwerty and a fourth harbour",
    ])
    func longOnesOfAnyKindAreGood(text: String) { #expect(refusal(text) == nil, "\(text)") }

    /// Ten letters that nobody thought of are enough, whatever they happen to be.
    @Test(arguments: [71, 72] as [UInt64])
    func randomPasswordsAreGood(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var refused = 0
        for _ in 0..<300 {
            let text = String((0..<10).map { _ in "abcdefghijklmnopqrstuvwxyz".randomElement(using: &random) ?? "a" })
            if refusal(text) != nil { refused += 1 }
        }
        // A few hold a word and a row by chance.
        #expect(refused <= 9, "seed \(seed): \(refused) of 300")
    }

    @Test func lengthsHaveBounds() {
        #expect(refusal("kX7#pQ2!v") == .tooShort)
        #expect(refusal("") == .tooShort)
        #expect(refusal(String(repeating: "ab c", count: 300)) == .tooLong)
        #expect(refusal(String(repeating: "a\u{301}", count: 2_000_000)) == .tooLong)
        #expect(refusal(String(repeating: "x", count: 1_024)) == .common)
        #expect(refusal("🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊") == .common)
        #expect(refusal("\u{0}\u{7}z\u{2}bk\u{7f}é\u{fffd}kqgw") == nil)
    }
}
