internal import HTTP

/// What went wrong, what was kept, what to do next, and the number to quote.
enum ErrorPages {
    /// `requestID` is quoted on every error; `detail` replaces the usual sentence when it is not nil.
    static func show(status: Int, requestID: String, detail: String? = nil) -> Page {
        let (title, text, action) = words(status)
        return Page(
            title: title,
            body: """
            <div class="page page--narrow"><div class="page__head"><div class="page__title"><p class="page__path">Error \(status)</p><h1>\(title)</h1>
            <p class="page__lead">\(detail ?? text)</p></div></div>
            <div class="next-steps">\(action)</div>
            <p class="section small muted">Request <code class="hash hash--whole">\(requestID)</code></p></div>
            """)
    }

    private static func words(_ status: Int) -> (String, String, HTML) {
        let browse: HTML = "<a class=\"button\" href=\"\(Paths.browse)\">Browse skills</a>"
        let home: HTML = "<a class=\"button\" href=\"/\">Front page</a>"
        switch status {
        case 400: return ("We could not read that request", "Something in the address or the form was malformed. Go back, check it and send it again.", home)
        case 401: return ("Log in first", "This page belongs to an account.", "<a class=\"button button--primary\" href=\"\(Paths.logIn)\">Log in</a>")
        case 403: return ("You may not do this", "The page belongs to somebody else, or its form is older than your session. Its owner can give you access; if it is yours, go back, reload and send it again.", home)
        case 404: return ("There is nothing at this address", "It may have been private, renamed or mistyped. Search for it by name instead.", browse)
        case 405: return ("This address does not take that", "The page exists, but not for this kind of request. Open it from a link.", home)
        case 409: return ("It changed while you were writing", "Somebody, perhaps you in another tab, saved first. Go back: your text is still there. Compare, then save again.", "<a class=\"button\" href=\"\(Paths.studio)\">Studio</a>")
        case 413: return ("That is too large", "One request may carry one megabyte. Shorten the text and send it again.", home)
        case 429: return ("Too many requests", "You sent more than we can answer fairly. Nothing was changed; wait a minute and try again.", home)
        case 503: return ("We are busy", "The site is starting or at its limit. Nothing was changed; try again in a minute.", home)
        default: return ("Something broke on our side", "The error is recorded. Nothing you sent was half-done; try again, and quote the request below if it happens twice.", home)
        }
    }
}
