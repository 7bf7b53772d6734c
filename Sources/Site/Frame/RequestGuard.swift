internal import HTTP
internal import Security

/// Refuses writes that another site made the reader's browser send.
enum RequestGuard {
    /// Three checks, each enough against most attacks: where the browser says the request comes from
    /// (`Sec-Fetch-Site`, `Origin`), and a token that only our own pages can know.
    static func check(_ request: Request, secret: String?) throws(Problem) {
        guard !request.method.isSafe else { return }
        if let site = request.headers["sec-fetch-site"], site != "same-origin", site != "none" { throw refusal }
        if let origin = request.headers["origin"], origin.lowercased() != request.origin.lowercased() { throw refusal }
        let sent = request.headers[FormTokenIssue.headerName] ?? request.form()?[FormTokenIssue.fieldName]
        guard let secret, let sent, FormToken.isValid(sent, for: secret) else { throw refusal }
    }

    private static let refusal = Problem(
        status: 403, title: "This form is out of date",
        detail: "We could not tell that this came from a page of ours that you opened. Go back, reload the page and send it again.")
}
