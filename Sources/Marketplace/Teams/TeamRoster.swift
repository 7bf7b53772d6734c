public import Base

/// Who is in a team, and the rule that somebody always answers for it.
public struct TeamRoster: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public let member: ID<Member>
        public let role: Role
        /// False for suspended accounts: they can do nothing, so they count for nothing.
        public let isActive: Bool
        public init(member: ID<Member>, role: Role, isActive: Bool) {
            self.member = member
            self.role = role
            self.isActive = isActive
        }
    }

    public let entries: [Entry]
    public init(_ entries: [Entry]) { self.entries = entries }

    public subscript(_ member: ID<Member>) -> Entry? { entries.first { $0.member == member } }

    /// Throws unless `actor` is an owner now: what the request was let in with may be older.
    public func checkOwner(_ actor: ID<Member>) throws(TeamRefusal) {
        guard let entry = self[actor], entry.role == .owner, entry.isActive else { throw .ownersOnly }
    }

    /// Throws unless `member` may have `role` from now on.
    public func checkRole(_ role: Role, of member: ID<Member>) throws(TeamRefusal) {
        guard self[member] != nil else { throw .notFound }
        if role != .owner { try checkOwnerLeft(without: member) }
    }

    /// Throws unless `member` may go, by their own will or another's.
    public func checkRemoval(of member: ID<Member>) throws(TeamRefusal) {
        guard self[member] != nil else { throw .notFound }
        try checkOwnerLeft(without: member)
    }

    /// Throws unless `actor` may make `heir` an owner and step down in one act.
    public func checkTransfer(from actor: ID<Member>, to heir: ID<Member>) throws(TeamRefusal) {
        try checkOwner(actor)
        guard let entry = self[heir], heir != actor else { throw .notFound }
        guard entry.role != .owner else { throw .alreadyOwner }
        // A suspended heir could not act: the team would be nobody's.
        guard entry.isActive else { throw .lastOwner }
    }

    private func checkOwnerLeft(without member: ID<Member>) throws(TeamRefusal) {
        guard entries.contains(where: { $0.member != member && $0.role == .owner && $0.isActive }) else {
            if self[member]?.role == .owner { throw .lastOwner }
            return
        }
    }
}
