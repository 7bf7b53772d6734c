/// What a member may do in a tenant. Each role has all that the ones below it have, but for `author` and `trader`,
/// which differ in kind: one writes skills, the other will run them on an exchange.
public enum Role: String, Sendable, Hashable, CaseIterable {
    case owner, author, trader, viewer

    /// The one table of who may do what; docs/access.md shows what follows for every address.
    public func may(_ permission: Permission) -> Bool {
        switch permission {
        case .read: true
        case .runBacktests: self != .viewer
        case .writeSkills, .publishSkills: self == .owner || self == .author
        case .manageTenant, .readAudit: self == .owner
        }
    }
}

/// One kind of act inside a tenant.
public enum Permission: String, Sendable, Hashable, CaseIterable {
    /// See the tenant's skills, runs and members.
    case read
    /// Order and cancel runs.
    case runBacktests
    /// Make, change and fork skills.
    case writeSkills
    /// Publish versions.
    case publishSkills
    /// Change members, roles, invitations and the tenant's rules.
    case manageTenant
    /// Read the tenant's audit log.
    case readAudit
}
