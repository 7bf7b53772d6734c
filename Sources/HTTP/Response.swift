public import Base

/// Who may keep a copy of an answer. Without a word about it nobody may.
public enum Caching: Sendable, Hashable {
    case noStore
    /// The reader's own browser, asked again each time (with `ETag`).
    case privateRevalidate
    /// nginx and everybody, for that many seconds. Only for answers that are the same for every reader.
    case `public`(maxAgeSeconds: Int)

    var headerValue: String {
        switch self {
        case .noStore: "no-store"
        case .privateRevalidate: "private, no-cache"
        case .public(let seconds): "public, max-age=\(seconds)"
        }
    }
}

/// Where a streaming body goes. Lives on one thread.
public protocol ByteStream {
    /// Sends at once. Throws `StreamClosed` when the reader is gone.
    func send(_ bytes: [UInt8]) throws(StreamClosed)
    /// Sleeps for that long, or less when the process was asked to stop. Throws as soon as the reader is gone.
    func pause(milliseconds: Int) throws(StreamClosed)
    /// True once the process was asked to stop: finish soon.
    var isStopping: Bool { get }
}

/// The reader went away.
public struct StreamClosed: Error, Sendable, Hashable {
    public init() {}
}

/// One answer. Lives on the thread that made it.
public struct Response {
    public enum Body {
        case bytes([UInt8])
        /// Written piece by piece after the headers were sent. Only in the stream pool.
        case stream((any ByteStream) throws -> Void)
    }

    public var status: Int
    public var headers: Headers
    public var body: Body
    public var caching: Caching
    public var cookies: [Cookie]

    public init(status: Int, headers: Headers = Headers(), body: [UInt8] = [], caching: Caching = .noStore) {
        self.status = status
        self.headers = headers
        self.body = .bytes(body)
        self.caching = caching
        cookies = []
    }

    /// The body of an answer that does not stream; empty for one that does.
    public var bytes: [UInt8] {
        switch body {
        case .bytes(let bytes): bytes
        case .stream: []
        }
    }

    public static func html(_ html: HTML, status: Int = 200, caching: Caching = .noStore) -> Response {
        Response(status: status, headers: ["content-type": "text/html; charset=utf-8"], body: Array(html.markup.utf8), caching: caching)
    }

    public static func json(_ value: JSON, status: Int = 200, caching: Caching = .noStore) -> Response {
        Response(status: status, headers: ["content-type": "application/json"], body: Array(value.text.utf8), caching: caching)
    }

    public static func text(_ text: String, status: Int = 200, type: String = "text/plain; charset=utf-8", caching: Caching = .noStore) -> Response {
        var response = Response(status: status, body: Array(text.utf8), caching: caching)
        response.headers.set("content-type", type)
        return response
    }

    /// See Other: after a form, the browser reads `location` with GET. `location` is a path of ours.
    public static func redirect(to location: String, status: Int = 303) -> Response {
        precondition(Response.isLocal(location), "Invariant: we redirect to our own paths only.")
        var response = Response(status: status)
        response.headers.set("location", location)
        return response
    }

    /// True for `/path…` that stays on this site: not `//host`, not `/\host`, no control characters.
    public static func isLocal(_ location: String) -> Bool {
        let bytes = Array(location.utf8)
        guard bytes.first == UInt8(ascii: "/"), bytes.count <= Limits.pathBytesMax + Limits.queryBytesMax else { return false }
        if bytes.count > 1, bytes[1] == UInt8(ascii: "/") || bytes[1] == UInt8(ascii: "\\") { return false }
        return bytes.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "\\") && $0 < 0x80 }
    }

    /// A server-sent event stream (WHATWG HTML 9.2): `write` runs until it returns or the reader leaves.
    public static func events(_ write: @escaping (any ByteStream) throws -> Void) -> Response {
        var response = Response(status: 200, headers: ["content-type": "text/event-stream"])
        response.body = .stream(write)
        return response
    }

    /// Adds an `ETag` over the body unless the answer has one, and empties it as 304 when `request` already has it.
    public mutating func setETag(for request: Request) {
        guard case .bytes(let bytes) = body, status == 200 else { return }
        let tag = headers["etag"] ?? "\"" + Digest.of(bytes).hex.prefix(32) + "\""
        headers.set("etag", tag)
        let known = request.headers["if-none-match"] ?? ""
        let matches = known.split(separator: ",").contains { candidate in
            let text = candidate.filter { $0 != " " }
            return text == "*" || text == tag || text == "W/" + tag
        }
        if request.method.isSafe, matches {
            status = 304
            body = .bytes([])
            headers.remove("content-type")
        }
    }

    /// The header lines to send: ours, `Cache-Control`, cookies, length. A response with a cookie is never cached.
    public var finalHeaders: Headers {
        var all = headers
        all.set("cache-control", cookies.isEmpty ? caching.headerValue : "no-store")
        for cookie in cookies {
            guard let value = cookie.headerValue else { preconditionFailure("Invariant: our cookies are well formed.") }
            all.append("set-cookie", value)
        }
        if case .bytes(let bytes) = body, status != 304, status != 204 { all.set("content-length", String(bytes.count)) }
        return all
    }
}

/// One server-sent event.
public struct ServerEvent: Sendable, Hashable {
    public var name: String?
    public var id: String?
    public var data: String

    public init(name: String? = nil, id: String? = nil, data: String) {
        self.name = name
        self.id = id
        self.data = data
    }

    /// The lines of the event. Line breaks in `name` and `id` are dropped, in `data` they start another `data:` line.
    public var bytes: [UInt8] {
        func oneLine(_ text: String) -> String {
            String(text.unicodeScalars.filter { $0.value >= 0x20 }.map(Character.init))
        }
        var text = ""
        if let name { text += "event: \(oneLine(name))\n" }
        if let id { text += "id: \(oneLine(id))\n" }
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) { text += "data: \(line)\n" }
        return Array((text + "\n").utf8)
    }
}
