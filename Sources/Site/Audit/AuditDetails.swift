internal import Base
internal import Storage

/// The short facts beside an event's sentence, in words: `with a passkey, from a new browser`, `as author`.
enum AuditDetails {
    static func words(_ entry: AuditEntryTable.Entry) -> String {
        (entry.details.object ?? []).compactMap { phrase($0, $1) }.joined(separator: ", ")
    }

    /// Nil for what says nothing to a person; a name that this program does not know is shown as it is.
    private static func phrase(_ name: String, _ value: JSON) -> String? {
        let plain = name.replacing("_", with: " ") + " " + (value.string ?? value.canonical)
        switch name {
        case "by": return value.string.map(means)
        case "known_device": return value.bool == false ? "from a new browser" : nil
        // The event names its object by this id already.
        case "invitation": return nil
        case "role": return value.string.map { "as \($0)" } ?? plain
        case "scopes": return value.array.map { $0.compactMap(\.string).joined(separator: ", ") } ?? plain
        case "days": return value.int.map { "for \(count($0, "day"))" } ?? plain
        case "count": return value.int.map { count($0, "code") } ?? plain
        case "left": return value.int.map { "\($0) left" } ?? plain
        case "members": return value.int.map { count($0, "member") } ?? plain
        case "events": return value.int.map { count($0, "event") } ?? plain
        case "sessions_ended": return value.int.map { "\(count($0, "other session")) ended" } ?? plain
        case "step": return value.string == "factor" ? "at the second step" : plain
        case "reason": return value.string.map(reason)
        default: return plain
        }
    }

    private static func means(_ word: String) -> String {
        switch word {
        case "sign_up": "by signing up"
        case "password": "with the password"
        case "passkey": "with a passkey"
        case "code": "with a code of the app"
        case "recovery_code": "with a recovery code"
        default: "by " + word.replacing("_", with: " ")
        }
    }

    private static func reason(_ word: String) -> String {
        switch word {
        case "no_account": "there is no such account"
        case "password": "the password was wrong"
        default: word.replacing("_", with: " ")
        }
    }

    private static func count(_ number: Int64, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
