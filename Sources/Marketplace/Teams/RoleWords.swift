extension Role {
    /// For pages where a role is chosen.
    public var sentence: String {
        switch self {
        case .owner: "does everything: members, roles, rules, audit log, and all that the others do"
        case .author: "writes skills, runs them and publishes them"
        case .trader: "runs skills and reads everything; writes none"
        case .viewer: "reads skills, runs and members; changes nothing"
        }
    }
}
