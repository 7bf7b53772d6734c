internal import HTTP

/// FastCGI parameters as nginx sends them (nginx/fastcgi_params), on their way to a `Request`.
struct GatewayParameters {
    private(set) var method = ""
    private(set) var requestID = ""
    private(set) var declaredLength: Int?
    private var target = ""
    private var remoteAddress = ""
    private var host = ""
    private var scheme = ""
    private var listener = ""
    private var headers = Headers()

    /// Values that no header may hold are dropped with their line.
    init(_ pairs: [(name: String, value: String)]) {
        for (name, value) in pairs {
            switch name {
            case "REQUEST_METHOD": method = value
            case "REQUEST_URI": target = value
            case "REQUEST_ID": requestID = value
            case "REMOTE_ADDR": remoteAddress = value
            case "REQUEST_SCHEME": scheme = value
            case "REQUEST_HOST": host = value
            case "REQUEST_LISTENER": listener = value
            case "CONTENT_TYPE": if !value.isEmpty { headers.append("content-type", value) }
            case "CONTENT_LENGTH": declaredLength = value.isEmpty ? nil : Int(value)
            default:
                guard name.hasPrefix("HTTP_") else { continue }
                let header = name.dropFirst(5).lowercased().replacing("_", with: "-")
                // Content type and length have parameters of their own. `Proxy` is no header of anybody's but of those
                // who hope that it ends up as HTTP_PROXY in an environment.
                guard header != "content-type", header != "content-length", header != "proxy" else { continue }
                headers.append(header, value)
            }
        }
    }

    func request(body: [UInt8]) throws(Request.Refusal) -> Request {
        try Request(
            method: method, target: target, headers: headers, body: body, remoteAddress: remoteAddress,
            requestID: requestID, isSecure: scheme == "https", host: host, isInternal: listener == "internal")
    }
}
