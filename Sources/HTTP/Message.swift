/// An HTTP method we route.
public enum Method: String, Sendable { case get = "GET", post = "POST", patch = "PATCH", delete = "DELETE" }

public struct Request: Sendable {
    public let method: Method
    public let path: String
    public let query: [String: String]
    public let headers: [String: String]
    public let body: [UInt8]
    public init(method: Method, path: String, query: [String: String] = [:], headers: [String: String] = [:], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

public struct Response: Sendable, Hashable {
    public var status: Int
    public var headers: [String: String]
    public var body: [UInt8]
    public init(status: Int, headers: [String: String] = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
    public static func page(_ html: HTML, status: Int = 200) -> Response {
        Response(status: status, headers: ["content-type": "text/html; charset=utf-8"], body: Array(html.markup.utf8))
    }
}
