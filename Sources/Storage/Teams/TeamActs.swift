public import Base
public import Marketplace
public import Postgres

/// What is done to a team. Each is one effect of the caller's transaction, in the team's scope unless it says otherwise;
/// each first locks the team's row and then looks again, so that two at once come one after the other. Refusals are
/// `TeamRefusal`, thrown before anything is written.
public enum TeamActs {
    /// Locks the team of the scope and checks that `actor` is an owner of it now.
    private static func begin(_ actor: ID<Member>, in tx: borrowing Transaction) throws -> (team: TeamTable.Row, roster: TeamRoster) {
        guard let team = try TeamTable.lock(in: tx) else {
            // A team that was deleted a moment ago has no members.
            throw try MembershipTable.find(actor, in: tx) == nil ? TeamRefusal.notFound : .personal
        }
        let roster = try TeamRoster(in: tx)
        try roster.checkOwner(actor)
        return (team, roster)
    }

    // MARK: The team

    /// A new team with `maker` as its owner. In the maker's home, whose row is held meanwhile so that the limit holds.
    /// After `TeamRefusal.handleTaken` the transaction is lost.
    public static func make(
        _ team: ID<Tenant>, handle: Handle, name: TeamName, maker: ID<Member>, home: ID<Tenant>, at now: Instant, in tx: borrowing Transaction
    ) throws {
        try MembershipTable.lockMember(maker, in: tx)
        let owned = try MembershipTable.places(of: maker, in: tx).filter { $0.isTeam && $0.role == .owner }
        guard owned.count < Team.ownedMax else { throw TeamRefusal.teamsMax }
        try ActingTenant.run(as: team, backTo: home, in: tx) { tx in
            try TeamTable.insert(team, handle: handle, name: name, at: now, in: tx)
            _ = try MembershipTable.insert(maker, home: home, role: .owner, at: now, in: tx)
        }
    }

    public static func rename(_ name: TeamName, by actor: ID<Member>, in tx: borrowing Transaction) throws {
        _ = try begin(actor, in: tx)
        try TeamTable.rename(name, in: tx)
    }

    /// `hasFactor` says whether the actor has a second factor: who asks it of others has one.
    public static func requireSecondFactor(
        _ isRequired: Bool, by actor: ID<Member>, hasFactor: Bool, in tx: borrowing Transaction
    ) throws {
        _ = try begin(actor, in: tx)
        guard hasFactor || !isRequired else { throw TeamRefusal.ownFactorMissing }
        try TeamTable.setRequiresSecondFactor(isRequired, in: tx)
    }

    /// Ends the team: nobody works in it from here on, its API tokens and invitations are void, its handle stays taken.
    /// `typed` is what the owner typed to confirm. Gives back who was in it.
    public static func delete(typed: String, by actor: ID<Member>, at now: Instant, in tx: borrowing Transaction) throws -> [ID<Member>] {
        let (team, roster) = try begin(actor, in: tx)
        guard typed.lowercased() == team.handle || typed.lowercased() == "@" + team.handle else {
            throw TeamRefusal.otherHandle(team.handle)
        }
        guard try !TeamTable.hasPublished(in: tx) else { throw TeamRefusal.published }
        try InvitationTable.revokeAll(in: tx)
        try MembershipTable.deleteAll(in: tx)
        try TeamTable.delete(at: now, in: tx)
        return roster.entries.map(\.member)
    }

    // MARK: Members

    public static func changeRole(
        of member: ID<Member>, to role: Role, by actor: ID<Member>, in tx: borrowing Transaction
    ) throws {
        let (_, roster) = try begin(actor, in: tx)
        try roster.checkRole(role, of: member)
        try MembershipTable.setRole(role, of: member, in: tx)
        if role != .owner { try InvitationTable.revokeAll(by: member, in: tx) }
    }

    /// Makes `heir` an owner; `actor` has `role` from then on.
    public static func transfer(
        to heir: ID<Member>, from actor: ID<Member>, keeping role: Role, in tx: borrowing Transaction
    ) throws {
        let (_, roster) = try begin(actor, in: tx)
        try roster.checkTransfer(from: actor, to: heir)
        try MembershipTable.setRole(.owner, of: heir, in: tx)
        try MembershipTable.setRole(role, of: actor, in: tx)
        if role != .owner { try InvitationTable.revokeAll(by: actor, in: tx) }
    }

    /// Takes `member` out. Their next request is for their own tenant.
    public static func remove(_ member: ID<Member>, by actor: ID<Member>, in tx: borrowing Transaction) throws {
        let (team, roster) = try begin(actor, in: tx)
        try roster.checkRemoval(of: member)
        try takeOut(member, of: team.tenant, isTold: member != actor, in: tx)
    }

    /// Without their membership go their API tokens, by foreign key; the invitations they sent, or an owner who was put
    /// out could come back by one to another address of theirs; and what their browsers worked for, or they would work
    /// for the team again unasked on the day they join again. `isTold` where their browsers say that they are out.
    private static func takeOut(_ member: ID<Member>, of team: ID<Tenant>, isTold: Bool, in tx: borrowing Transaction) throws {
        guard let row = try MembershipTable.find(member, in: tx) else { throw TeamRefusal.notFound }
        try InvitationTable.revokeAll(by: member, in: tx)
        try MembershipTable.delete(member, in: tx)
        try ActingTenant.run(as: row.home, backTo: team, in: tx) { tx in
            try MembershipTable.sendHome(member, from: team, isTold: isTold, in: tx)
        }
    }

    /// `member` goes by their own will, whatever their role. Gives back the team. In the member's home.
    public static func leave(
        _ team: ID<Tenant>, member: ID<Member>, home: ID<Tenant>, in tx: borrowing Transaction
    ) throws -> TeamTable.Row {
        guard team != home else { throw TeamRefusal.personal }
        return try ActingTenant.run(as: team, backTo: home, in: tx) { tx in
            guard let row = try TeamTable.lock(in: tx) else { throw TeamRefusal.notFound }
            // A stranger learns nothing of the team, not even that it is one.
            try TeamRoster(in: tx).checkRemoval(of: member)
            try takeOut(member, of: team, isTold: false, in: tx)
            return row
        }
    }

    // MARK: Invitations

    /// Invites `email` as `role`; an older invitation to that address opens nothing from here on. Nothing in the answer
    /// depends on whether the address has an account.
    public static func invite(
        _ email: EmailAddress, as role: Role, id: ID<Invitation>, token: Digest, by actor: ID<Member>, at now: Instant,
        in tx: borrowing Transaction
    ) throws {
        let (_, roster) = try begin(actor, in: tx)
        guard roster.entries.count < Team.membersMax else { throw TeamRefusal.membersMax }
        let counts = try InvitationTable.counts(inviter: actor, at: now, in: tx)
        guard counts.open < Invitation.openMax else { throw TeamRefusal.invitationsMax }
        guard max(counts.ofTenant, counts.ofMember) < Invitation.mailsPerDayMax else { throw TeamRefusal.mailsMax }
        try InvitationTable.insert(.init(id: id, email: email, role: role, token: token, inviter: actor), at: now, in: tx)
    }

    public static func revoke(_ invitation: ID<Invitation>, by actor: ID<Member>, in tx: borrowing Transaction) throws {
        _ = try begin(actor, in: tx)
        guard try InvitationTable.close(invitation, as: .revoked, in: tx) else { throw TeamRefusal.notFound }
    }

    /// What came of an invitation that was accepted.
    public struct Joined: Sendable, Hashable {
        public let team: TeamTable.Row
        public let role: Role
        /// False when they were a member before, whose role stays.
        public let isNew: Bool
    }

    /// `member` joins by an invitation to `email`, their verified address. In the member's home. A second click finds the
    /// membership of the first.
    public static func accept(
        _ invitation: InvitationTable.Row, member: ID<Member>, home: ID<Tenant>, email: String, at now: Instant,
        in tx: borrowing Transaction
    ) throws -> Joined {
        try ActingTenant.run(as: invitation.tenant, backTo: home, in: tx) { tx in
            guard let team = try TeamTable.lock(in: tx) else { throw TeamRefusal.invitationClosed }
            let roster = try TeamRoster(in: tx)
            guard let open = try InvitationTable.find(invitation.id, at: now, in: tx), open.email == email else {
                guard let entry = roster[member] else { throw TeamRefusal.invitationClosed }
                return Joined(team: team, role: entry.role, isNew: false)
            }
            if let entry = roster[member] {
                _ = try InvitationTable.close(open.id, as: .accepted, in: tx)
                return Joined(team: team, role: entry.role, isNew: false)
            }
            guard roster.entries.count < Team.membersMax else { throw TeamRefusal.membersMax }
            _ = try InvitationTable.close(open.id, as: .accepted, in: tx)
            let isNew = try MembershipTable.insert(member, home: home, role: open.role, at: now, in: tx)
            return Joined(team: team, role: open.role, isNew: isNew)
        }
    }

    /// In the member's home.
    public static func decline(_ invitation: InvitationTable.Row, home: ID<Tenant>, in tx: borrowing Transaction) throws {
        try ActingTenant.run(as: invitation.tenant, backTo: home, in: tx) { tx in
            _ = try TeamTable.lock(in: tx)
            guard try InvitationTable.close(invitation.id, as: .declined, in: tx) else { throw TeamRefusal.invitationClosed }
        }
    }
}
