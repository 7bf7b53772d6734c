internal import Foundation

/// Which mail server takes our letters, as an address says it:
///
///     smtp://NAME:PASSWORD@mail.example:587             STARTTLS, always
///     smtps://NAME:PASSWORD@mail.example:465            TLS from the start
///     smtp://127.0.0.1:25?tls=none                      no TLS, on this machine only
///
/// `?ca=FILE` names the certificates to trust in place of the system's.
public struct SMTPServer: Sendable {
    /// Why an address cannot be used. Never quotes it: it may hold a password.
    public struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    enum Encryption: Sendable { case none, startTLS, implicit }

    let host: String
    let port: Int
    let encryption: Encryption
    let name: String?
    let password: String?
    let certificates: String?
    /// Seconds for connecting, for one answer, and for the whole letter.
    public var connectSeconds = 15
    public var answerSeconds = 60
    public var letterSeconds = 120

    public init(_ text: String) throws(Refusal) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), ["smtp", "smtps"].contains(scheme),
              let host = parts.host, !host.isEmpty, parts.path.isEmpty || parts.path == "/", parts.fragment == nil else {
            throw Refusal(description: "The mail server is given as smtp://HOST:PORT or smtps://HOST:PORT, with NAME:PASSWORD@ before the host.")
        }
        self.host = host
        var wanted: String?
        var certificates: String?
        for item in parts.queryItems ?? [] {
            switch item.name {
            case "tls": wanted = item.value
            case "ca": certificates = item.value
            default: throw Refusal(description: "The mail server's address takes ?tls= and ?ca=, not ?\(item.name)=.")
            }
        }
        self.certificates = certificates
        switch (scheme, wanted) {
        case ("smtps", nil): encryption = .implicit
        case ("smtp", nil), ("smtp", "starttls"): encryption = .startTLS
        case ("smtp", "none"):
            guard ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host) else {
                throw Refusal(description: "Without TLS everybody on the way reads our mail: ?tls=none is for a server on this machine.")
            }
            encryption = .none
        default: throw Refusal(description: "The mail server's address takes ?tls=starttls or ?tls=none, with smtp://.")
        }
        port = parts.port ?? (encryption == .implicit ? 465 : encryption == .startTLS ? 587 : 25)
        name = parts.user.flatMap { $0.isEmpty ? nil : $0 }
        password = parts.password
        for value in [name, password, certificates] where value?.utf8.contains(where: { $0 < 0x20 || $0 == 0x7f }) == true {
            throw Refusal(description: "The mail server's address holds a control character.")
        }
    }
}
