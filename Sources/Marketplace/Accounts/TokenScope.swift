/// What an API token may be used for: less than or as much as its member may do, never more.
public enum TokenScope: String, Sendable, Hashable, CaseIterable {
    case skillsRead = "skills:read"
    case skillsWrite = "skills:write"
    case skillsPublish = "skills:publish"
    case runsRead = "runs:read"
    case runsWrite = "runs:write"
    case teamRead = "team:read"
    case auditRead = "audit:read"

    /// For the page where scopes are chosen.
    public var sentence: String {
        switch self {
        case .skillsRead: "See your skills and their source"
        case .skillsWrite: "Make and change skills, fork"
        case .skillsPublish: "Publish versions"
        case .runsRead: "See runs and reports"
        case .runsWrite: "Start and cancel runs"
        case .teamRead: "See the members and their roles"
        case .auditRead: "Read the audit log"
        }
    }

    /// What the member's role must allow for the scope to open anything.
    public var permission: Permission {
        switch self {
        case .skillsRead, .runsRead, .teamRead: .read
        case .skillsWrite: .writeSkills
        case .skillsPublish: .publishSkills
        case .runsWrite: .runBacktests
        case .auditRead: .readAudit
        }
    }
}
