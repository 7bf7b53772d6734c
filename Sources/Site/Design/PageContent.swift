internal import HTTP

/// What a page hands to the frame, which adds head, header and footer.
struct PageContent: Sendable, Hashable {
    /// Scripts are comfort: every page reads without them.
    enum Script: Sendable, Hashable {
        /// `/vendor/lightweight-charts.js`, then `js/chart.js`.
        case charts
        /// `js/run-progress.js`.
        case runProgress
        /// `js/editor.js`.
        case editor
    }

    /// Of the document, without the site's name.
    let title: String
    /// One sentence for search engines and link previews.
    var description: String = ""
    /// Goes inside `<main id="main">`.
    let main: HTML
    var scripts: [Script] = []
}

/// Who looks at the page, as far as its forms and links care.
enum Viewer: Sendable, Hashable {
    case visitor
    /// `token` is the session's CSRF token.
    case member(handle: String, token: String)

    var handle: String? { if case .member(let handle, _) = self { handle } else { nil } }
}
