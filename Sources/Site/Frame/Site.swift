public import Base
public import HTTP
internal import Marketplace
internal import Postgres
public import Security
internal import Storage
internal import Synchronization

/// The web: one straight function from a request to an answer.
///
/// Law of this target: it knows tables (Storage) and words (HTML, JSON), never a gateway: no request waits for a
/// model, an exchange or a mail server.
public final class Site: Sendable {
    /// Which pool a process answers for.
    public enum Pool: String, Sendable { case requests, streams }

    public let metrics: Metrics
    public let assets: Assets
    private let hashSlots: HashSlots
    private let settings: SiteSettings
    /// Every route, in the order of the features. Tests hold it against the documents.
    public let routes: [Route]

    private let router: Router<Route>
    private let pool: Pool
    private let log: Log
    private let clock: any Clock
    private let counting: RequestCounting
    private let openStreams = Mutex<[String: Int]>([:])

    /// Streams one reader may hold open in one process.
    static let streamsPerReaderMax = 8

    /// Traps when two routes clash. `features` is `Site.features` but for tests.
    public init(
        features: [[Route]], assets: Assets, hashSlots: HashSlots, settings: SiteSettings, metrics: Metrics, pool: Pool = .requests,
        limits: RequestLimits = RequestLimits(), log: Log, clock: any Clock = SystemClock()
    ) {
        var router = Router<Route>()
        routes = features.flatMap { $0 }
        for route in routes { router.add(route.method, route.pattern, route) }
        self.router = router
        self.assets = assets
        self.hashSlots = hashSlots
        self.settings = settings
        self.metrics = metrics
        self.pool = pool
        self.log = log
        self.clock = clock
        counting = RequestCounting(limits)
    }

    /// What one request turned out to be, for the log line and for an error page.
    private struct Trace {
        var pattern = "unmatched"
        var viewer: Caller?
        var frame: Frame
        var hasSessionCookie = false
        /// Set when the session got a new token on the way.
        var cookie: Cookie?
        /// What the caller may still ask of the API in this minute; nil outside it.
        var allowance: RequestAllowance?
        var isAPI = false
    }

    /// Answers `request`. Never throws: every error becomes an answer here. `database` is the calling thread's own.
    public func respond(_ request: Request, on database: Database) -> Response {
        let start = SystemClock.monotonicNanoseconds()
        metrics.began()
        let visit = request.cookies[CookieName.visit(isSecure: request.isSecure)]
        var trace = Trace(frame: Frame(assets: assets, hashSlots: hashSlots, settings: settings, formTokens: FormTokenIssue(visit: visit)))
        trace.hasSessionCookie = request.cookies[CookieName.session(isSecure: request.isSecure)] != nil
        var response: Response
        var fault: String?
        do {
            response = try answer(request, database, &trace)
        } catch {
            let (problem, reason) = ErrorResponse.problem(for: error)
            fault = reason
            response = ErrorResponse.response(problem, request, trace.frame, viewer: trace.viewer)
        }
        finish(&response, request, trace)
        let seconds = Double(SystemClock.monotonicNanoseconds() - start) / 1e9
        metrics.finished(route: trace.pattern, status: response.status, seconds: seconds)
        record(request, response, trace, seconds: seconds, fault: fault)
        return response
    }

    /// Answers what never became a `Request`.
    public func refuse(_ refusal: Request.Refusal, requestID: String) -> Response {
        let problem = refusal.problem
        var response = Response.json(problem.json(requestID: requestID), status: problem.status)
        response.headers.set("content-type", "application/problem+json")
        SecurityHeaders.apply(to: &response, isSecure: false)
        metrics.began()
        metrics.finished(route: "unmatched", status: problem.status, seconds: 0)
        return response
    }

    private func answer(_ request: Request, _ database: Database, _ trace: inout Trace) throws -> Response {
        let (route, parameters) = try find(request, &trace)
        if case .process(let handler) = route.action { return handler(self, request, database) }
        if request.path.hasTrailingSlash { return try withoutTrailingSlash(request) }
        guard route.isStream == (pool == .streams) else {
            throw Problem(status: 421, detail: "Streams are answered by their own workers: ask for exactly the address you were given.")
        }
        let now = clock.now()
        if let viewer = try counted(request, route, now, database, &trace) {
            trace.viewer = viewer
            if viewer.session != nil { trace.frame.formTokens = FormTokenIssue(viewer, key: settings.keys.seal) }
        }
        let visitor = VisitorContext(request: request, parameters: parameters, now: now, viewer: trace.viewer, frame: trace.frame)
        switch route.action {
        case .process: throw Problem.notFound
        case .visitor(let handler):
            try RequestGuard.check(request, visitor.viewer, trace.frame.formTokens)
            return try database.transaction(scope(visitor.viewer, route), route.access) { try handler(visitor, $0) }
        case .visitorSteps(let handler):
            try RequestGuard.check(request, visitor.viewer, trace.frame.formTokens)
            return try handler(visitor, database)
        case .visitorEvents(let feed):
            let scope = scope(visitor.viewer, route)
            let source = try database.transaction(scope, .readOnly) { try feed(visitor, $0) }
            return try stream(source, visitor, scope, database)
        case .member, .account, .admin, .memberSteps, .accountSteps, .memberEvents:
            return try forMember(route, visitor, database, &trace)
        }
    }

    /// Who asks. A request to the API is counted, whoever it is from, and refused when it is one too many.
    private func counted(
        _ request: Request, _ route: Route, _ now: Instant, _ database: Database, _ trace: inout Trace
    ) throws -> Caller? {
        guard route.isAPI else { return try Authentication.viewer(of: request, route, now, database) }
        trace.isAPI = true
        func refuse(_ exceeded: RequestAllowance?) throws {
            trace.allowance = exceeded
            if let exceeded, exceeded.isExceeded { throw exceeded.problem }
        }
        try refuse(counting.exceeded(request, at: now))
        let found = Result { try Authentication.viewer(of: request, route, now, database) }
        let caller: Caller? = if case .success(let caller) = found { caller } else { nil }
        try refuse(counting.count(request, of: caller, at: now, on: database))
        return try found.get()
    }

    /// What a visitor's transaction sees: the tenant they act for, unless a token of theirs lacks the scope.
    private func scope(_ viewer: Caller?, _ route: Route) -> Scope {
        guard let viewer, viewer.has(route.requirement.scope) else { return .platform }
        return .tenant(viewer.tenant)
    }

    /// Routes that ask who it is: the checks in the order that docs/access.md tells, then the handler.
    private func forMember(_ route: Route, _ visitor: VisitorContext, _ database: Database, _ trace: inout Trace) throws -> Response {
        let request = visitor.request
        let isHome: Bool
        switch route.action {
        case .admin:
            guard visitor.viewer?.isAdmin == true, visitor.viewer?.session != nil else { throw Problem.notFound }
            isHome = true
        case .account, .accountSteps: isHome = true
        default: isHome = false
        }
        guard var who = visitor.viewer else { return try askToLogIn(request, route) }
        try Authentication.check(who, route.requirement, isHome: isHome)
        if route.isAPI, route.takesNoIdempotencyKey { try IdempotentWrite.refuse(request) }
        try RequestGuard.check(request, who, trace.frame.formTokens)
        if route.requirement.proof, !who.isProved(at: visitor.now) {
            switch try StepUp.prove(who, visitor, database) {
            case .missing: return try StepUp.ask(who, visitor, database, nil)
            case .refused(let refusal): return try StepUp.ask(who, visitor, database, refusal)
            case .proved(let proved):
                who = proved.viewer
                trace.viewer = who
                trace.cookie = proved.cookie
            }
        }
        return try run(route, visitor, who, trace.frame, database)
    }

    private func run(_ route: Route, _ visitor: VisitorContext, _ who: Caller, _ frame: Frame, _ database: Database) throws -> Response {
        let request = visitor.request, parameters = visitor.parameters, now = visitor.now
        let member = MemberContext(request: request, parameters: parameters, now: now, who: who, frame: frame)
        let account = AccountContext(request: request, parameters: parameters, now: now, who: who, frame: frame)
        switch route.action {
        case .member(let handler):
            return try write(route, request, who, in: who.tenant, now, database) { try handler(member, $0) }
        case .memberSteps(let handler):
            return try handler(member, database)
        case .account(let handler):
            return try write(route, request, who, in: who.member.tenant, now, database) { try handler(account, $0) }
        case .accountSteps(let handler):
            return try handler(account, database)
        case .admin(let handler):
            let admin = AdminContext(request: request, parameters: parameters, now: now, who: who, frame: frame)
            return try database.transaction(.tenant(RunTable.house), route.access) { try handler(admin, $0) }
        case .memberEvents(let feed):
            let source = try database.transaction(.tenant(who.tenant), .readOnly) { try feed(member, $0) }
            return try stream(source, member, .tenant(who.tenant), database)
        case .visitor, .visitorSteps, .visitorEvents, .process:
            throw Problem.notFound
        }
    }

    /// The handler's transaction; once only for a write to the API that names an idempotency key.
    private func write(
        _ route: Route, _ request: Request, _ who: Caller, in tenant: ID<Tenant>, _ now: Instant, _ database: Database,
        _ handler: (borrowing Transaction) throws -> Response
    ) throws -> Response {
        let once = route.isAPI && !request.method.isSafe ? try IdempotentWrite(request, by: who.member.member, in: tenant) : nil
        return try database.transaction(.tenant(tenant), route.access) { tx in
            guard let once else { return try handler(tx) }
            return try once.run(settings.keys.seal, at: now, in: tx, handler)
        }
    }

    private func find(_ request: Request, _ trace: inout Trace) throws -> (Route, Parameters) {
        switch router.match(request.method, request.path) {
        case .found(let route, let pattern, let parameters):
            trace.pattern = pattern
            return (route, parameters)
        case .methodNotAllowed(let methods):
            throw Problem(status: 405, detail: "\(request.method.rawValue) is not possible here.", allow: methods)
        case .notFound:
            throw Problem.notFound
        }
    }

    private func withoutTrailingSlash(_ request: Request) throws -> Response {
        guard request.method.isSafe else { throw Problem.notFound }
        let query = request.query.pairs.isEmpty ? "" : "?" + request.query.encoded
        return .redirect(to: request.path.description + query, status: 308)
    }

    private func askToLogIn(_ request: Request, _ route: Route) throws -> Response {
        guard request.method.isSafe, !request.prefersJSON, !route.isAPI else {
            throw Problem(status: 401, detail: "Log in, then try again.")
        }
        let query = request.query.pairs.isEmpty ? "" : "?" + request.query.encoded
        return .redirect(to: "/login?next=" + PercentCoding.encode(request.path.description + query))
    }

    private func finish(_ response: inout Response, _ request: Request, _ trace: Trace) {
        if let cookie = trace.cookie, !response.cookies.contains(where: { $0.name == cookie.name }) { response.cookies.append(cookie) }
        if let cookie = trace.frame.formTokens.cookie(isSecure: request.isSecure), response.cookies.isEmpty {
            response.cookies.append(cookie)
        }
        // Whatever a handler says: a page made for one reader, or with a cookie or a form token in it, is theirs alone.
        if case .public = response.caching, trace.viewer != nil || trace.hasSessionCookie || trace.frame.formTokens.wasUsed {
            response.caching = .privateRevalidate
        }
        // What the API lets somebody read they may keep and ask about again, by its tag.
        if trace.isAPI, request.method.isSafe, response.status == 200, response.caching == .noStore, case .bytes = response.body {
            response.caching = .privateRevalidate
        }
        if response.caching != .noStore, response.cookies.isEmpty { response.setETag(for: request) }
        var isShared = false
        if case .public = response.caching { isShared = response.cookies.isEmpty }
        trace.allowance?.write(to: &response.headers, isShared: isShared)
        SecurityHeaders.apply(to: &response, isSecure: request.isSecure)
        response.headers.set("x-request-id", request.requestID)
    }

    private func record(_ request: Request, _ response: Response, _ trace: Trace, seconds: Double, fault: String?) {
        let milliseconds = (seconds * 100_000).rounded() / 100
        let message = "\(request.method.rawValue) \(trace.pattern) \(response.status)" + (fault.map { ": " + $0 } ?? "")
        log.emit(fault == nil ? .info : .error, message, [
            "route": .string(trace.pattern), "method": .string(request.method.rawValue), "status": .int(response.status),
            "duration_ms": .double(milliseconds), "request_id": .string(request.requestID),
            "tenant": .optional(trace.viewer?.tenant.description), "member": .optional(trace.viewer?.member.member.description),
        ])
    }
}

extension Site {
    /// Turns `feed` into a streaming answer that asks it again until it ends, the reader leaves, the process stops or
    /// `EventFeed.streamSecondsMax` have passed.
    private func stream(_ feed: EventFeed, _ context: some PageContext, _ scope: Scope, _ database: Database) throws -> Response {
        let viewer = context.viewer
        let reader = viewer?.member.member.description ?? context.request.remoteAddress
        let firstID = context.request.headers["last-event-id"]
        let count = openStreams.withLock { $0[reader, default: 0] }
        guard count < Site.streamsPerReaderMax else {
            throw Problem(status: 429, detail: "Too many live pages are open. Close one and reload.", retryAfterSeconds: 10)
        }
        return .events { [self] output in
            openStreams.withLock { $0[reader, default: 0] += 1 }
            metrics.streams(changedBy: 1)
            defer {
                metrics.streams(changedBy: -1)
                openStreams.withLock { open in
                    let left = (open[reader] ?? 1) - 1
                    open[reader] = left > 0 ? left : nil
                }
            }
            try run(feed, for: viewer, from: firstID, to: output, scope, database)
        }
    }

    private func run(
        _ feed: EventFeed, for viewer: Caller?, from firstID: String?, to output: any ByteStream, _ scope: Scope, _ database: Database
    ) throws {
        let start = SystemClock.monotonicNanoseconds()
        var lastID = firstID
        var lastSent = start
        while true {
            // A session that was revoked, or a member who left, sees nothing more: asked before every look.
            let found: EventFeed.Step? = try database.transaction(scope, .readOnly) { tx in
                if let viewer, try !Authentication.holds(viewer, at: clock.now(), in: tx) { return nil }
                return try feed.poll(lastID, tx)
            }
            guard let step = found else { return }
            for event in step.events {
                try output.send(event.bytes)
                lastID = event.id ?? lastID
            }
            let now = SystemClock.monotonicNanoseconds()
            if !step.events.isEmpty {
                lastSent = now
            } else if now - lastSent > EventFeed.heartbeatSeconds * 1_000_000_000 {
                try output.send(Array(": still here\n\n".utf8))
                lastSent = now
            }
            if step.isLast || output.isStopping || now - start > EventFeed.streamSecondsMax * 1_000_000_000 { return }
            try output.pause(milliseconds: feed.intervalMilliseconds)
            if output.isStopping { return }
        }
    }
}
