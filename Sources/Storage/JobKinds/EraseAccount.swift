public import Base
public import Jobs

/// The job that erases what a deleted account leaves behind: private work, places, copied names. It names ids alone.
public struct EraseAccount: Sendable {
    public static let kind = "erase-account"
    public static let version = 1

    public let member: ID<Member>
    /// The member's home, and teams that had nobody else.
    public let tenants: [ID<Tenant>]

    public init(member: ID<Member>, tenants: [ID<Tenant>]) {
        self.member = member
        self.tenants = tenants
    }

    /// Nil for arguments of another shape.
    public init?(_ arguments: JSON) {
        guard let member = arguments["member"]?.string.flatMap({ ID<Member>($0) }), let list = arguments["tenants"]?.array else { return nil }
        let tenants = list.compactMap { $0.string.flatMap { ID<Tenant>($0) } }
        guard tenants.count == list.count, !tenants.isEmpty else { return nil }
        self.init(member: member, tenants: tenants)
    }

    public func request(home: ID<Tenant>) -> JobRequest {
        JobRequest(kind: Self.kind, version: Self.version,
                   arguments: ["member": .string(member.description), "tenants": .array(tenants.map { .string($0.description) })],
                   tenant: home, priority: 5, uniqueKey: "erase:\(member)", attemptsMax: 20)
    }
}
