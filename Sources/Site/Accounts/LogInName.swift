internal import Base
internal import Postgres
internal import Storage

/// What somebody typed to say who they are: a mail address or a handle, in any case, the `@` before a handle optional.
struct LogInName: Sendable, Hashable {
    /// Lower case, without the `@` before a handle: what tries are counted by.
    let text: String
    let isAddress: Bool

    /// Nil when nothing was typed, or nothing that could be either.
    init?(_ typed: String) {
        var text = typed.lowercased()
        if text.first == "@" { text.removeFirst() }
        guard (1...254).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return nil }
        self.text = text
        isAddress = text.contains("@")
    }

    /// Whose it is; nil for nobody's.
    func credentials(in tx: borrowing Transaction) throws -> MemberTable.Credentials? {
        isAddress ? try MemberTable.credentials(email: text, in: tx) : try MemberTable.credentials(handle: text, in: tx)
    }
}
