public import Base
public import HTTP
public import Marketplace
internal import Security

/// What every handler knows, whatever the level of trust. Lives on one thread for one request.
public protocol PageContext {
    var request: Request { get }
    /// What the path gave to the names of the route's pattern.
    var parameters: Parameters { get }
    var now: Instant { get }
    /// Who is logged in, if anybody.
    var viewer: Caller? { get }
    var frame: Frame { get }
}

/// The parts of the site that pages need: where assets are, how this site is set up, and this reader's form token.
public struct Frame {
    public let assets: Assets
    let hashSlots: HashSlots
    let settings: SiteSettings
    var formTokens: FormTokenIssue
}

/// Anybody. When `viewer` is not nil the transaction sees the tenant they act for, else public tables only.
public struct VisitorContext: PageContext {
    public let request: Request
    public let parameters: Parameters
    public let now: Instant
    public let viewer: Caller?
    public let frame: Frame
}

/// Someone logged in, at work for a tenant: the transaction sees that tenant's rows.
public struct MemberContext: PageContext {
    public let request: Request
    public let parameters: Parameters
    public let now: Instant
    public let who: Caller
    public let frame: Frame
    public var viewer: Caller? { who }
    /// The person.
    public var member: MemberSummary { who.member }
    /// The tenant they act for.
    public var tenant: ID<Tenant> { who.tenant }
    /// Its public handle, under which it publishes.
    public var handle: String { who.handle }
    public var role: Role { who.role }
}

/// Someone logged in, about their own account: the transaction sees the rows of their home tenant.
public struct AccountContext: PageContext {
    public let request: Request
    public let parameters: Parameters
    public let now: Instant
    public let who: Caller
    public let frame: Frame
    public var viewer: Caller? { who }
    public var member: MemberSummary { who.member }
    /// The member's own tenant.
    public var home: ID<Tenant> { who.member.tenant }
}

/// A logged-in administrator of the platform; the transaction sees the house's rows until it switches.
public struct AdminContext: PageContext {
    public let request: Request
    public let parameters: Parameters
    public let now: Instant
    public let who: Caller
    public let frame: Frame
    public var viewer: Caller? { who }
    public var member: MemberSummary { who.member }
}

extension PageContext {
    /// The hidden field that every `<form method="post">` holds.
    public var formTokenField: HTML {
        "<input type=\"hidden\" name=\"\(FormTokenIssue.fieldName)\" value=\"\(frame.formTokens.token())\">"
    }

    /// A whole document around `page`.
    public func page(_ page: Page, status: Int = 200, caching: Caching = .noStore) -> Response {
        .html(page.document(in: frame, viewer: viewer), status: status, caching: caching)
    }

    /// The request's form. A body that is no form is refused with 415 or 400.
    public func form() throws -> Fields {
        guard request.contentType == "application/x-www-form-urlencoded" else {
            throw Problem(status: 415, detail: "Send a form (application/x-www-form-urlencoded).")
        }
        guard let form = request.form() else { throw Problem.badRequest("The form is not well formed.") }
        return form
    }

    /// The request's JSON object. Anything else is refused with 415 or 400.
    public func jsonBody() throws -> JSON {
        do {
            guard let value = try request.json() else {
                throw Problem(status: 415, detail: "Send JSON with Content-Type: application/json.")
            }
            guard case .object = value else { throw Problem.badRequest("The body must be a JSON object.") }
            return value
        } catch let error as JSONError {
            throw Problem.badRequest("The body is \(error).")
        }
    }

    /// An identifier in the path. Anything malformed is as absent as an unknown one: 404.
    public func id<Entity>(_ name: String, of: Entity.Type = Entity.self) throws -> ID<Entity> {
        guard let id = parameters[name].flatMap({ ID<Entity>($0) }) else { throw Problem.notFound }
        return id
    }

    /// A parameter that the route's pattern names.
    public func parameter(_ name: String) throws -> String {
        guard let value = parameters[name] else { throw Problem.notFound }
        return value
    }
}
