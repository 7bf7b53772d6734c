internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Security
internal import Storage

/// A write that named an `Idempotency-Key`: it happens once, however often it is sent.
///
/// The key is claimed in the transaction of the effect, so that both are there or neither. Whoever repeats the request
/// gets the same answer; a request that failed left nothing, and its key is free.
struct IdempotentWrite: Sendable {
    static let headerName = "idempotency-key"
    private static let replayedHeader = "idempotent-replayed"

    /// Names member and key; the tenant is the row's.
    private let key: Digest
    /// Of everything that makes this request another than one with the same key.
    private let request: Digest
    private let tenant: ID<Tenant>

    /// Nil where the request names no key. `tenant` is the one in whose scope the effect happens.
    init?(_ request: Request, by member: ID<Member>, in tenant: ID<Tenant>) throws(Problem) {
        let sent = request.headers.all(Self.headerName)
        guard let text = sent.first else { return nil }
        let isVisible = text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        guard sent.count == 1, (1...Limits.idempotencyKeyCharactersMax).contains(text.utf8.count), isVisible else {
            throw Problem(
                status: 400, title: "This idempotency key cannot be used",
                detail: "Send one Idempotency-Key of 1 to \(Limits.idempotencyKeyCharactersMax) visible ASCII characters, such as a UUID.",
                type: "/docs/api#idempotency")
        }
        key = Digest.of("idempotency key 1 \(member) \(text)")
        var builder = DigestBuilder()
        let query = request.query.encoded
        builder.update(Array("\(request.method.rawValue)\n\(request.path)\n\(query)\n\(request.contentType ?? "")\n".utf8))
        builder.update(request.body)
        self.request = builder.finish()
        self.tenant = tenant
    }

    /// Refuses a key where the answer could not be kept: a caller who repeats such a request must not trust in it.
    static func refuse(_ request: Request) throws(Problem) {
        guard request.headers[headerName] != nil else { return }
        throw Problem(
            status: 400, title: "No idempotency key here",
            detail: "This address takes no Idempotency-Key. Leave it out, and look at what is there before you send again.",
            type: "/docs/api#idempotency")
    }

    /// The answer kept for this request, or else that of `handler`, which is kept in the same transaction.
    func run(_ keys: SealingKey, at now: Instant, in tx: borrowing Transaction, _ handler: (borrowing Transaction) throws -> Response) throws -> Response {
        let claim = try IdempotencyKeyTable.claim(key, request: request, at: now, in: tx)
        if let sealed = claim.sealedAnswer {
            guard claim.request == request else {
                throw Problem(
                    status: 422, title: "This idempotency key belongs to another request",
                    detail: "You sent this Idempotency-Key before, with another address or body. Take a new key for a new request.",
                    type: "/docs/api#idempotency")
            }
            var response = try KeptAnswer.read(try keys.open(sealed, context: context))
            response.headers.set(Self.replayedHeader, "true")
            return response
        }
        let response = try handler(tx)
        if response.status < 400 {
            try IdempotencyKeyTable.keep(keys.seal(KeptAnswer.bytes(of: response), context: context), for: key, in: tx)
        }
        return response
    }

    private var context: String { "idempotent answer:\(tenant):\(key.hex)" }
}

/// An answer as it is kept: JSON of status, headers and body. Cookies are the browser's of that moment and are not kept.
private enum KeptAnswer {
    static func bytes(of response: Response) -> [UInt8] {
        let headers: [JSON] = response.headers.fields.map { [.string($0.name), .string($0.value)] }
        let value: JSON = [
            "status": .int(response.status), "headers": .array(headers), "body": .string(Base64.encode(response.bytes)),
        ]
        return Array(value.text.utf8)
    }

    static func read(_ bytes: [UInt8]) throws -> Response {
        let value = try JSON(parsing: bytes)
        guard let status = value["status"]?.int, let body = value["body"]?.string.flatMap({ Base64.decode($0) }) else { throw SealError() }
        var headers = Headers()
        for field in value["headers"]?.array ?? [] {
            guard let pair = field.array, pair.count == 2, let name = pair[0].string, let text = pair[1].string else { throw SealError() }
            headers.append(name, text)
        }
        return Response(status: Int(status), headers: headers, body: body)
    }
}
