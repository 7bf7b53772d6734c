public import Base
internal import HTTP
public import Marketplace
public import Postgres
internal import Storage

extension PageContext {
    /// Writes down a sensitive act, in the transaction of the act. `tenant` is whose log it belongs to: the transaction must
    /// be in its scope. `actor` where the act makes somebody known, such as a log-in.
    public func audit(
        _ action: AuditAction, of object: AuditEvent.Object? = nil, outcome: AuditEvent.Outcome = .done, details: JSON = .object([]),
        tenant: ID<Tenant>, actor: ID<Member>? = nil, in tx: borrowing Transaction
    ) throws {
        let kind: AuditEvent.ActorKind = switch viewer?.credential {
        case .session: .session
        case .token: .token
        case nil: .visitor
        }
        try AuditTable.record(
            AuditEvent(
                tenant: tenant, actor: viewer?.member.member ?? actor, actorKind: kind, action: action, object: object, outcome: outcome,
                details: details, place: .init(network: request.remoteAddress, userAgent: request.headers["user-agent"] ?? ""),
                requestID: request.requestID, at: now),
            in: tx)
    }
}

extension MemberContext {
    /// For the log of the tenant the member acts for.
    public func audit(
        _ action: AuditAction, of object: AuditEvent.Object? = nil, outcome: AuditEvent.Outcome = .done, details: JSON = .object([]),
        in tx: borrowing Transaction
    ) throws {
        try audit(action, of: object, outcome: outcome, details: details, tenant: tenant, in: tx)
    }
}

extension AccountContext {
    /// For the log of the member's own tenant.
    public func audit(
        _ action: AuditAction, of object: AuditEvent.Object? = nil, outcome: AuditEvent.Outcome = .done, details: JSON = .object([]),
        in tx: borrowing Transaction
    ) throws {
        try audit(action, of: object, outcome: outcome, details: details, tenant: home, in: tx)
    }
}
