public import Base

/// A failure as the outside sees it (RFC 9457), thrown by handlers and turned into a page or
/// `application/problem+json` in one place.
public struct Problem: Error, Sendable, Hashable {
    /// One bad input: the name of the field and a sentence that says what to do.
    public struct FieldError: Sendable, Hashable {
        public let field: String
        public let message: String
        public init(_ field: String, _ message: String) {
            self.field = field
            self.message = message
        }
    }

    public var status: Int
    /// A path under `/docs` that explains this kind, or `about:blank`.
    public var type: String
    public var title: String
    /// What happened and what to do, in words for people.
    public var detail: String
    public var errors: [FieldError]
    /// Becomes `Retry-After`.
    public var retryAfterSeconds: Int?
    /// Becomes `Allow` of a 405.
    public var allow: [Method]

    public init(
        status: Int, title: String? = nil, detail: String, type: String = "about:blank",
        errors: [FieldError] = [], retryAfterSeconds: Int? = nil, allow: [Method] = []
    ) {
        self.status = status
        self.type = type
        self.title = title ?? Problem.title(of: status)
        self.detail = detail
        self.errors = errors
        self.retryAfterSeconds = retryAfterSeconds
        self.allow = allow
    }

    public static let notFound = Problem(status: 404, detail: "There is nothing at this address, or you may not see it.")

    /// 422 with one entry per bad field.
    public static func invalid(_ errors: [FieldError]) -> Problem {
        Problem(status: 422, detail: "Some of what you sent needs a change.", errors: errors)
    }

    public static func forbidden(_ detail: String) -> Problem { Problem(status: 403, detail: detail) }
    public static func conflict(_ detail: String) -> Problem { Problem(status: 409, detail: detail) }
    public static func badRequest(_ detail: String) -> Problem { Problem(status: 400, detail: detail) }

    public func json(requestID: String) -> JSON {
        var pairs: [(String, JSON)] = [
            ("type", .string(type)), ("title", .string(title)), ("status", .int(status)), ("detail", .string(detail)),
            ("request_id", .string(requestID)),
        ]
        if !errors.isEmpty {
            pairs.append(("errors", .array(errors.map { ["field": .string($0.field), "message": .string($0.message)] })))
        }
        return .object(pairs)
    }

    /// The standard phrase of a status, for people.
    public static func title(of status: Int) -> String {
        switch status {
        case 400: "Bad request"
        case 401: "Log in first"
        case 403: "Not allowed"
        case 404: "Not found"
        case 405: "Method not allowed"
        case 409: "Conflict"
        case 411: "Length required"
        case 412: "Changed meanwhile"
        case 413: "Too large"
        case 414: "Address too long"
        case 415: "Unsupported media type"
        case 421: "Misdirected request"
        case 422: "Please check what you sent"
        case 429: "Too many requests"
        case 431: "Headers too large"
        case 501: "Not implemented"
        case 503: "Not available just now"
        default: status >= 500 ? "Something went wrong" : "Request failed"
        }
    }
}

/// A typed refusal of the domain that knows how to present itself: what a feature's `Refusal` adopts in Site.
public protocol PublicRefusal: Error {
    var problem: Problem { get }
}
