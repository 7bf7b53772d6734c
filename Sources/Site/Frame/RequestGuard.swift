internal import HTTP

/// Refuses writes that another site made the reader's browser send.
enum RequestGuard {
    /// Three checks, each enough against most attacks: where the browser says the request comes from
    /// (`Sec-Fetch-Site`, `Origin`), and a token that only our own pages can know. A request with an API token needs none:
    /// browsers never add that by themselves.
    static func check(_ request: Request, _ viewer: Caller?, _ formTokens: FormTokenIssue) throws(Problem) {
        guard !request.method.isSafe, viewer?.token == nil else { return }
        if let site = request.headers["sec-fetch-site"], site != "same-origin", site != "none" { throw refusal }
        if let origin = request.headers["origin"], origin.lowercased() != request.origin.lowercased() { throw refusal }
        let sent = request.headers[FormTokenIssue.headerName] ?? request.form()?[FormTokenIssue.fieldName]
        guard let sent, formTokens.isValid(sent) else { throw refusal }
    }

    private static let refusal = Problem(
        status: 403, title: "This form is out of date",
        detail: "You may have logged in or switched accounts since it was opened. Go back, reload the page and send it again.",
        type: "/docs/api#form-token")
}
