public import Base

/// A password that somebody chooses. Length is what counts (NIST SP 800-63B, 5.1.1): no rules about kinds of
/// characters, but not one of those that everybody tries first.
public enum NewPassword {
    /// Why a password is refused.
    public enum Refusal: Error, Sendable, Hashable {
        case tooShort
        case tooLong
        case common
        case sameAsName
    }

    /// `names` are the handle and mail address typed beside it.
    public static func check(_ password: Secret<String>, names: [String]) throws(Refusal) {
        let text = password.reveal()
        guard text.count >= Limits.passwordCharactersMin else { throw .tooShort }
        guard text.utf8.count <= Limits.passwordBytesMax else { throw .tooLong }
        let lower = text.lowercased()
        guard !common.contains(lower), !isMonotonous(lower) else { throw .common }
        guard !names.contains(where: { $0.lowercased() == lower }) else { throw .sameAsName }
    }

    /// One or two different characters, or a run such as `abcdefghij` or `9876543210`.
    private static func isMonotonous(_ text: String) -> Bool {
        let values = text.unicodeScalars.map { Int($0.value) }
        if Set(values).count <= 2 { return true }
        let steps = zip(values, values.dropFirst()).map { $1 - $0 }
        return steps.allSatisfy { $0 == 1 } || steps.allSatisfy { $0 == -1 }
    }

    /// The long ones among the passwords that leaks show most often.
    private static let common: Set<String> = [
        "1234567890", "0123456789", "0987654321", "12345678910", "123456789a", "a123456789", "1234567891", "123123123a",
        "1q2w3e4r5t", "1q2w3e4r5t6y", "1qaz2wsx3edc", "zaq12wsxcde3", "qwertyuiop", "qwertyuiop1", "qwerty12345",
        "qwerty123456", "qwertyuiop123", "asdfghjkl1", "asdfghjkl;", "zxcvbnm123", "password12", "password123",
        "password1234", "password12345", "passw0rd123", "p@ssw0rd123", "mypassword", "mypassword1", "letmein123",
        "letmein1234", "welcome123", "welcome1234", "iloveyou12", "iloveyou123", "iloveyou1234", "football123",
        "baseball123", "princess123", "sunshine123", "superman123", "liverpool1", "michael123", "computer123",
        "internet123", "changeme123", "administrator", "admin12345", "admin123456", "administrator1", "trustno1234",
        "abcdefghij", "abcd123456", "abc1234567", "abcdef1234", "aaaaaaaaaa", "1111111111", "0000000000", "bitcoin123",
        "tradecraft", "tradecraft1", "tradecraft123", "correcthorsebatterystaple", "correct horse battery staple",
    ]
}
