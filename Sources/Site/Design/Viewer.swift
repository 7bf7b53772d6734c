/// Who looks at the page, as far as its forms and links care.
enum Viewer: Sendable, Hashable {
    case visitor
    /// `token` is the session's form token.
    case member(handle: String, token: String)

    var handle: String? { if case .member(let handle, _) = self { handle } else { nil } }
}
