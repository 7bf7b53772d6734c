public import Base
public import Jobs

/// The job that sends one letter. Its arguments are sealed to the engine: neither recipient nor text nor link stands in
/// the database.
public struct SendMail: Sendable {
    public static let kind = "send-mail"
    public static let version = 1
    /// What sealing and opening call a letter.
    public static let sealContext = "mail"
    /// With the queue's pauses, which end at five minutes, about eight hours: longer than a mail server's bad day.
    public static let attemptsMax = 100

    /// What only the engine opens.
    public let sealed: [UInt8]

    public init(sealed: [UInt8]) { self.sealed = sealed }

    /// Nil for arguments of another shape.
    public init?(_ arguments: JSON) {
        guard let text = arguments["sealed"]?.string, let bytes = SendMail.bytes(hex: text) else { return nil }
        self.init(sealed: bytes)
    }

    /// Somebody waits for it: before everything else of its tenant.
    public func request(tenant: ID<Tenant>?) -> JobRequest {
        JobRequest(kind: Self.kind, version: Self.version, arguments: ["sealed": .string(hex(sealed))], tenant: tenant, priority: 0,
                   attemptsMax: Self.attemptsMax)
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = text.utf8.map { digit -> UInt8? in
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
            default: nil
            }
        }
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
