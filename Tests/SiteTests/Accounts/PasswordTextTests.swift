internal import Base
@testable internal import Site
internal import Testing

@Suite struct PasswordTextTests {
    @Test(arguments: [
        ("pa\u{308}sswo\u{308}rd", "p\u{e4}ssw\u{f6}rd"), ("\u{fb01}sh and chips", "fish and chips"), ("\u{ff11}\u{ff12}\u{ff13}", "123"),
        ("\u{212b}ngstr\u{f6}m", "\u{c5}ngstr\u{f6}m"), ("a\u{a0}b", "a b"), ("plain ASCII 7", "plain ASCII 7"), ("Stra\u{df}e", "Stra\u{df}e"), ("", ""),
    ])
    func oneFormForTheSameWord(typed: String, form: String) {
        let normalised = PasswordText.normalised(Secret(typed)).reveal()
        // Swift's == would call both forms equal; the hash sees bytes.
        #expect(Array(normalised.utf8) == Array(form.utf8))
        #expect(Array(PasswordText.normalised(Secret(normalised)).reveal().utf8) == Array(form.utf8))
    }
}
