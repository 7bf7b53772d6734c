/// An HTTP method we route. `HEAD` is answered by the `GET` route without its body.
public enum Method: String, Sendable, Hashable, CaseIterable {
    case get = "GET", head = "HEAD", post = "POST", put = "PUT", patch = "PATCH", delete = "DELETE"

    /// True for methods that must change nothing (RFC 9110, 9.2.1).
    public var isSafe: Bool { self == .get || self == .head }
}
