public import Base

/// One HTTP request, parsed and within `Limits`.
public struct Request: Sendable {
    public let method: Method
    public let path: RequestPath
    public let query: Fields
    public let headers: Headers
    /// Cookies of the first `Cookie` line.
    public let cookies: Fields
    public let body: [UInt8]
    /// Textual IP address of the peer of nginx.
    public let remoteAddress: String
    /// 32 lower-case hexadecimal digits, the same as in nginx's access log.
    public let requestID: String
    public let isSecure: Bool
    /// `Host` as nginx accepted it: name and, unless it is the scheme's own, port.
    public let host: String
    /// True when it came through nginx's internal listener, which only this machine reaches. Metrics ask for it.
    public let isInternal: Bool

    /// Why a request cannot be taken, before any route is looked up.
    public enum Refusal: Error, Sendable, Hashable {
        case method(String)
        case targetTooLong
        case malformedTarget
        case headersTooLarge
        case bodyTooLarge
    }

    /// `target` is the raw request target, `/path?query`. Everything else is as nginx passed it.
    public init(
        method: String, target: String, headers: Headers = Headers(), body: [UInt8] = [],
        remoteAddress: String = "127.0.0.1", requestID: String = "", isSecure: Bool = false,
        host: String = "localhost", isInternal: Bool = false
    ) throws(Refusal) {
        guard let known = Method(rawValue: method) else { throw .method(String(method.prefix(20))) }
        let bytes = target.utf8
        let mark = bytes.firstIndex(of: UInt8(ascii: "?"))
        let rawPath = target[..<(mark ?? target.endIndex)]
        let rawQuery = mark.map { Array(bytes[bytes.index(after: $0)...]) } ?? []
        guard rawPath.utf8.count <= Limits.pathBytesMax, rawQuery.count <= Limits.queryBytesMax else { throw .targetTooLong }
        guard let path = RequestPath(rawPath), let query = Fields(parsing: rawQuery) else { throw .malformedTarget }
        let headerBytes = headers.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 4 }
        guard headerBytes <= Limits.headerBytesMax else { throw .headersTooLarge }
        guard body.count <= Limits.bodyBytesMax else { throw .bodyTooLarge }
        self.method = known
        self.path = path
        self.query = query
        self.headers = headers
        self.cookies = Cookie.parse(headers["cookie"] ?? "")
        self.body = body
        self.remoteAddress = remoteAddress
        self.requestID = Request.isRequestID(requestID) ? requestID : Request.freshRequestID()
        self.isSecure = isSecure
        self.host = host
        self.isInternal = isInternal
    }

    /// `https://example.org`: what `Origin` must say for a form of ours.
    public var origin: String { (isSecure ? "https://" : "http://") + host }

    /// True when the answer should be JSON whatever happens: the API's paths, or a client that asks for it alone.
    public var prefersJSON: Bool {
        if path.segments.first == "api" { return true }
        guard let accept = headers["accept"]?.lowercased() else { return false }
        return accept.contains("json") && !accept.contains("text/html")
    }

    /// The body as a form. Nil unless it is `application/x-www-form-urlencoded` and well formed.
    public func form() -> Fields? {
        guard contentType == "application/x-www-form-urlencoded" else { return nil }
        return Fields(parsing: body)
    }

    /// The body as JSON; nil unless it is declared as `application/json`.
    public func json() throws(JSONError) -> JSON? {
        guard contentType == "application/json" else { return nil }
        return try JSON(parsing: body)
    }

    /// The media type of the body in lower case, without parameters.
    public var contentType: String? {
        guard let value = headers["content-type"] else { return nil }
        let type = value.split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false).first ?? ""
        return String(type.filter { $0 != " " && $0 != "\t" }).lowercased()
    }

    private static func isRequestID(_ text: String) -> Bool {
        text.utf8.count == 32 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    private static func freshRequestID() -> String {
        hex((0..<16).map { _ in UInt8.random(in: .min ... .max) })
    }
}

extension Request.Refusal {
    /// What to answer.
    public var problem: Problem {
        switch self {
        case .method(let name): Problem(status: 501, detail: "The method \(name) is not known here.")
        case .targetTooLong: Problem(status: 414, detail: "The address is too long.")
        case .malformedTarget: Problem(status: 400, detail: "The address is not well formed.")
        case .headersTooLarge: Problem(status: 431, detail: "The request's headers are too large. Clearing this site's cookies may help.")
        case .bodyTooLarge: Problem(status: 413, detail: "The request is larger than 1 MiB.")
        }
    }
}
