internal import Base
internal import HTTP
internal import Postgres

/// The one place where an error becomes an answer.
enum ErrorResponse {
    /// What to tell the reader of `error`, and what to log when someone must act.
    static func problem(for error: any Error) -> (problem: Problem, fault: String?) {
        switch error {
        case let problem as Problem: return (problem, problem.status >= 500 ? problem.detail : nil)
        case let refusal as any PublicRefusal: return (refusal.problem, nil)
        case let error as PostgresError: return postgres(error)
        default:
            return (ours, String(reflecting: type(of: error)) + ": \(error)")
        }
    }

    private static func postgres(_ error: PostgresError) -> (Problem, String?) {
        let busy = Problem(
            status: 503, detail: "We cannot reach our database just now. Nothing was changed. Try again in a few seconds.",
            retryAfterSeconds: 5)
        switch error {
        case .connectionFailed(let reason): return (busy, "database: \(reason)")
        case .server(let sqlState, _, _, _):
            // `description` has statement name and SQLSTATE only: a server's message can quote values.
            let isPassing = passingStates.contains(sqlState)
            return (isPassing ? busy : ours, "database: \(error)")
        case .malformed, .invalidParameter, .wrongRowCount:
            return (ours, "database: \(error)")
        }
    }

    /// Cancelled by a timeout or an administrator, too many connections, retries used up.
    private static let passingStates: Set<String> = ["57014", "57P01", "57P02", "57P03", "53300", "40001", "40P01", "55P03"]

    private static let ours = Problem(
        status: 500, detail: "This is our fault, and it has been logged. Nothing was changed. If it stays, tell us the request id.")

    /// `problem` as JSON or as a page, whichever the request asks for.
    static func response(_ problem: Problem, _ request: Request, _ frame: Frame, viewer: Caller?) -> Response {
        var response: Response
        if request.wantsProblem {
            response = .json(problem.json(requestID: request.requestID), status: problem.status)
            response.headers.set("content-type", "application/problem+json")
        } else {
            let page = ErrorPages.show(status: problem.status, requestID: request.requestID, detail: problem.detail)
            response = .html(page.document(in: frame, viewer: viewer), status: problem.status)
        }
        if let seconds = problem.retryAfterSeconds { response.headers.set("retry-after", String(seconds)) }
        if problem.status == 405 { response.headers.set("allow", problem.allow.map(\.rawValue).joined(separator: ", ")) }
        // RFC 6750, 3.1: why a token was refused.
        let reason: String? = switch (problem.status, problem.type) {
        case (401, "/docs/api#tokens"): ", error=\"invalid_token\""
        case (401, _): ""
        case (403, "/docs/api#token-scopes"): ", error=\"insufficient_scope\""
        default: nil
        }
        if let reason { response.headers.set("www-authenticate", "Bearer realm=\"tradecraft\"" + reason) }
        return response
    }
}

extension Request {
    /// Whether a refusal is told as `application/problem+json`: to whoever prefers JSON, and always under the API.
    var wantsProblem: Bool { prefersJSON || path.description.hasPrefix("/api/") }
}
