public import Base
public import Marketplace

/// A way for letters to leave the house.
public protocol MailTransport: Sendable {
    /// Hands `mail` over, and returns once it is in other hands. `isCancelled` is asked about once a second.
    func deliver(_ mail: OutgoingMail, isCancelled: () -> Bool) throws(MailError)
}

/// A letter with what its envelope needs.
public struct OutgoingMail: Sendable {
    public let message: MailMessage
    public let from: Mailbox
    /// Names the letter for good: the same for every attempt, so that whoever gets it twice can tell.
    public let id: ID<Job>
    public let date: Instant

    public init(_ message: MailMessage, from: Mailbox, id: ID<Job>, date: Instant) {
        self.message = message
        self.from = from
        self.id = id
        self.date = date
    }
}

/// Why a letter was not taken. Never holds an address or a server's own words, which may quote one.
public enum MailError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server refuses this letter or its recipient for good: SMTP's 5xx (RFC 5321, 4.2.1).
    case refused(code: Int)
    /// Not now, or not with these settings: to be tried again.
    case unavailable(String)

    public var description: String {
        switch self {
        case .refused(let code): "The mail server refused the letter for good (\(code))."
        case .unavailable(let reason): "The letter could not be sent: \(reason)"
        }
    }
}

/// An address with the name that readers see: `Tradecraft <no-reply@example.org>`.
public struct Mailbox: Sendable, Hashable {
    /// Empty for none.
    public let name: String
    public let address: EmailAddress

    public init(name: String, address: EmailAddress) {
        self.name = MailMessage.oneLine(name, charactersMax: 80)
        self.address = address
    }

    /// `name <address>` or an address alone. Nil for anything else.
    public init?(_ text: String) {
        guard let open = text.lastIndex(of: "<") else {
            guard let address = EmailAddress(text) else { return nil }
            self.init(name: "", address: address)
            return
        }
        guard text.last == ">", let address = EmailAddress(text[text.index(after: open)...].dropLast()) else { return nil }
        var name = text[..<open][...]
        while let first = name.first, first.isWhitespace || first == "\"" { name = name.dropFirst() }
        while let last = name.last, last.isWhitespace || last == "\"" { name = name.dropLast() }
        self.init(name: String(name), address: address)
    }

    /// What stands behind the `@`.
    public var host: String { address.text.split(separator: "@").last.map(String.init) ?? "localhost" }
}
