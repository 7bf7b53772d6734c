public import HTTP
public import Marketplace
public import Postgres

/// A route is data: method, pattern, level of trust, access, handler. The level of trust is the type of the
/// handler's context, so a handler that needs a member cannot be mounted where none is authenticated.
public struct Route: Sendable {
    public typealias Handler<Context> = @Sendable (Context, borrowing Transaction) throws -> Response
    /// A handler that opens its own transactions, for work between them (hashing a password).
    public typealias Steps<Context> = @Sendable (Context, Database) throws -> Response
    public typealias Feed<Context> = @Sendable (Context, borrowing Transaction) throws -> EventFeed

    enum Action: Sendable {
        case visitor(Handler<VisitorContext>)
        case member(Handler<MemberContext>)
        case account(Handler<AccountContext>)
        case admin(Handler<AdminContext>)
        case visitorSteps(Steps<VisitorContext>)
        case memberSteps(Steps<MemberContext>)
        case accountSteps(Steps<AccountContext>)
        case visitorEvents(Feed<VisitorContext>)
        case memberEvents(Feed<MemberContext>)
        /// About the process itself: no session, no transaction.
        case process(@Sendable (Site, Request, Database) -> Response)
    }

    public let method: HTTP.Method
    /// See `Router` for the language of patterns.
    public let pattern: String
    public let access: Access
    public let requirement: Requirement
    let action: Action

    private init(_ method: HTTP.Method, _ pattern: String, _ requirement: Requirement, _ action: Action) {
        self.method = method
        self.pattern = pattern
        self.requirement = requirement
        self.action = action
        access = method.isSafe ? .readOnly : .readWrite
    }

    /// For anybody. A token sees its tenant's rows only with `scope`, else what everybody sees.
    public static func visitor(
        _ method: HTTP.Method, _ pattern: String, scope: TokenScope? = nil, _ handler: @escaping Handler<VisitorContext>
    ) -> Route {
        Route(method, pattern, Requirement(scope: scope), .visitor(handler))
    }

    /// For members at work in a tenant; others are sent to log in (pages) or refused with 401 (API).
    public static func member(
        _ method: HTTP.Method, _ pattern: String, _ requirement: Requirement, _ handler: @escaping Handler<MemberContext>
    ) -> Route {
        Route(method, pattern, requirement, .member(handler))
    }

    /// For members, about their own account, whichever tenant they act for.
    public static func account(
        _ method: HTTP.Method, _ pattern: String, _ requirement: Requirement, _ handler: @escaping Handler<AccountContext>
    ) -> Route {
        Route(method, pattern, requirement, .account(handler))
    }

    /// For administrators; to others the address does not exist.
    public static func admin(
        _ method: HTTP.Method, _ pattern: String, _ requirement: Requirement, _ handler: @escaping Handler<AdminContext>
    ) -> Route {
        Route(method, pattern, requirement, .admin(handler))
    }

    /// For anybody, with transactions of its own.
    public static func steps(_ method: HTTP.Method, _ pattern: String, visitor steps: @escaping Steps<VisitorContext>) -> Route {
        Route(method, pattern, Requirement(), .visitorSteps(steps))
    }

    /// For members, with transactions of its own. Such a route takes no `Idempotency-Key`.
    public static func steps(
        _ method: HTTP.Method, _ pattern: String, _ requirement: Requirement, member steps: @escaping Steps<MemberContext>
    ) -> Route {
        Route(method, pattern, requirement, .memberSteps(steps))
    }

    /// For members about their own account, with transactions of its own. Such a route takes no `Idempotency-Key`.
    public static func steps(
        _ method: HTTP.Method, _ pattern: String, _ requirement: Requirement, account steps: @escaping Steps<AccountContext>
    ) -> Route {
        Route(method, pattern, requirement, .accountSteps(steps))
    }

    /// A stream of server-sent events for anybody, answered in the stream pool only. nginx sends paths that end in
    /// `/events` there, so `pattern` ends so.
    public static func events(_ pattern: String, scope: TokenScope? = nil, visitor feed: @escaping Feed<VisitorContext>) -> Route {
        precondition(pattern.hasSuffix("/events"), "Invariant: event streams end in /events.")
        return Route(.get, pattern, Requirement(scope: scope), .visitorEvents(feed))
    }

    /// A stream of server-sent events for members.
    public static func events(_ pattern: String, _ requirement: Requirement, member feed: @escaping Feed<MemberContext>) -> Route {
        precondition(pattern.hasSuffix("/events"), "Invariant: event streams end in /events.")
        return Route(.get, pattern, requirement, .memberEvents(feed))
    }

    static func process(_ pattern: String, _ handler: @escaping @Sendable (Site, Request, Database) -> Response) -> Route {
        Route(.get, pattern, Requirement(), .process(handler))
    }

    var isStream: Bool {
        switch action {
        case .visitorEvents, .memberEvents: true
        case .visitor, .member, .account, .admin, .visitorSteps, .memberSteps, .accountSteps, .process: false
        }
    }

    /// Who may use a route at all.
    enum Callers { case anybody, members, admins, process }

    var callers: Callers {
        switch action {
        case .visitor, .visitorSteps, .visitorEvents: .anybody
        case .member, .account, .memberSteps, .accountSteps, .memberEvents: .members
        case .admin: .admins
        case .process: .process
        }
    }

    /// No key can be kept with an effect that has several transactions, or one that leaves its tenant's scope.
    var takesNoIdempotencyKey: Bool {
        switch action {
        case .visitorSteps, .memberSteps, .accountSteps, .admin: true
        case .visitor, .member, .account, .visitorEvents, .memberEvents, .process: false
        }
    }

    /// Under the API: refusals are problems, never pages or redirects, and tokens are heard.
    var isAPI: Bool { pattern.hasPrefix("/api/") }
}
