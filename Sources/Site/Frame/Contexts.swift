public import Base
public import HTTP
internal import Security

/// What every handler knows, whatever the level of trust. Lives on one thread for one request.
public protocol PageContext {
    var request: Request { get }
    /// What the path gave to the names of the route's pattern.
    var parameters: Parameters { get }
    var now: Instant { get }
    /// Who is logged in, if anybody.
    var viewer: MemberSummary? { get }
    var frame: Frame { get }
}

/// The parts of the site that pages need: where assets are, and this reader's form token.
public struct Frame {
    public let assets: Assets
    let hashSlots: HashSlots
    let formTokens: FormTokenIssue

    init(assets: Assets, hashSlots: HashSlots, formTokens: FormTokenIssue) {
        self.assets = assets
        self.hashSlots = hashSlots
        self.formTokens = formTokens
    }
}

/// Who is logged in, as far as pages and handlers need it.
public struct MemberSummary: Sendable, Hashable {
    public let member: ID<Member>
    /// The member's own tenant, whose rows their requests see.
    public let tenant: ID<Tenant>
    public let handle: String
    public let email: String
    public let isAdmin: Bool

    public init(member: ID<Member>, tenant: ID<Tenant>, handle: String, email: String, isAdmin: Bool) {
        self.member = member
        self.tenant = tenant
        self.handle = handle
        self.email = email
        self.isAdmin = isAdmin
    }
}

/// Anybody. When `viewer` is not nil the transaction sees that member's tenant, else public tables only.
public struct VisitorContext: PageContext {
    public let request: Request
    public let parameters: Parameters
    public let now: Instant
    public let viewer: MemberSummary?
    public let frame: Frame
}

/// A logged-in member; the transaction sees their tenant's rows.
public struct MemberContext: PageContext {
    public let request: Request
    public let parameters: Parameters
    public let now: Instant
    public let member: MemberSummary
    public let frame: Frame
    public var tenant: ID<Tenant> { member.tenant }
    public var viewer: MemberSummary? { member }
}

/// A logged-in administrator of the platform.
public struct AdminContext: PageContext {
    public let request: Request
    public let parameters: Parameters
    public let now: Instant
    public let member: MemberSummary
    public let frame: Frame
    public var viewer: MemberSummary? { member }
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
