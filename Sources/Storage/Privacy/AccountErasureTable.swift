public import Base
internal import Marketplace
public import Postgres
internal import Jobs

/// Deletion of an account, as far as it happens at once: nobody can log in, no token works, and nothing that names the
/// person is left. The engine erases private work after it (`EraseAccount`).
public enum AccountErasureTable {
    /// Why an account cannot be deleted yet.
    public enum Refusal: Error, Sendable, Hashable {
        /// These teams have other members and no other owner.
        case lastOwner(teams: [String])
        case administrator
    }

    /// A team of the member's.
    struct Team {
        let tenant: ID<Tenant>
        let handle: String
        let isOwner: Bool
        let otherOwners: Int
        let otherMembers: Int
    }

    /// Names a row of `invitations`.
    private enum Invited {}

    /// The name of who is gone.
    public static let displayName = "Deleted account"

    static let lock = Statement("erasure.lock", """
        SELECT email, is_admin, email_verified_at IS NOT NULL AS is_verified FROM members
        WHERE tenant_id = $1 AND member_id = $2 AND state <> 'deleted' FOR NO KEY UPDATE
        """)
    static let teams = Statement("erasure.teams", """
        SELECT a.tenant_id, h.handle, a.role = 'owner' AS is_owner,
               (SELECT count(*) FROM memberships o WHERE o.tenant_id = a.tenant_id AND o.member_id <> $2 AND o.role = 'owner') AS other_owners,
               (SELECT count(*) FROM memberships o WHERE o.tenant_id = a.tenant_id AND o.member_id <> $2) AS other_members
          FROM memberships a JOIN handles h ON h.tenant_id = a.tenant_id
         WHERE a.member_id = $2 AND a.tenant_id <> $1 ORDER BY h.handle
        """)
    static let lockTeam = Statement("erasure.lock_team", """
        SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 44))
        """)
    static let invitations = Statement("erasure.invitations", "SELECT tenant_id, invitation_id FROM invitations WHERE email = $1")
    static let forgetInvitation = Statement("erasure.forget_invitation", """
        UPDATE invitations SET email = NULL, state = 'revoked' WHERE tenant_id = $1 AND invitation_id = $2 AND state = 'open'
        """)
    /// Lets the engine delete the tenant's private work.
    static let request = Statement("erasure.request", """
        INSERT INTO account_erasures (tenant_id, requested_at) VALUES ($1, $2)
        """)
    static let leave = Statement("erasure.leave", "DELETE FROM memberships WHERE tenant_id = $1 AND member_id = $2")
    static let closeTeam = Statement("erasure.close_team", "UPDATE teams SET deleted_at = $2 WHERE tenant_id = $1")
    static let forgetMember = Statement("erasure.forget_member", """
        UPDATE members SET state = 'deleted', deleted_at = $3, email = $4, email_verified_at = NULL, password_hash = 'deleted',
               second_factor_at = NULL
         WHERE tenant_id = $1 AND member_id = $2
        """)
    static let handleIsTaken = Statement("erasure.handle_is_taken", "SELECT 1 FROM handles WHERE handle = $1")
    static let forgetHandle = Statement("erasure.forget_handle", "UPDATE handles SET handle = $2, display_name = $3 WHERE tenant_id = $1")
    static let forgetListings = Statement("erasure.forget_listings", "UPDATE listings SET handle = $2 WHERE tenant_id = $1")
    static let deletions: [Statement] = [
        "login_sessions", "pending_log_ins", "known_devices", "mail_links", "totp_factors", "recovery_codes", "passkeys",
    ].map { Statement("erasure.delete_\($0)", "DELETE FROM \($0) WHERE tenant_id = $1 AND member_id = $2") }
    static let forgetPlaces = Statement("erasure.forget_places", """
        DELETE FROM audit_places p USING audit_events e
        WHERE p.tenant_id = $1 AND e.tenant_id = p.tenant_id AND e.event_id = p.event_id AND (e.actor_id = $2 OR $3)
        """)

    public static let statements: [Statement] = [
        lock, teams, lockTeam, invitations, forgetInvitation, leave, closeTeam, forgetMember, handleIsTaken, forgetHandle,
        forgetListings, forgetPlaces,
    ] + deletions

    /// Handles of teams that must get another owner first; empty when the account can go. In any scope.
    public static func teamsInTheWay(_ member: ID<Member>, home: ID<Tenant>, in tx: borrowing Transaction) throws -> [String] {
        try teams(of: member, home: home, in: tx).filter { $0.isOwner && $0.otherOwners == 0 && $0.otherMembers > 0 }.map(\.handle)
    }

    private static func teams(of member: ID<Member>, home: ID<Tenant>, in tx: borrowing Transaction) throws -> [Team] {
        try tx.run(teams, .uuid(home), .uuid(member)).map { row in
            Team(tenant: try row.id("tenant_id"), handle: try row.text("handle"), isOwner: try row.bool("is_owner"),
                 otherOwners: try row.int("other_owners"), otherMembers: try row.int("other_members"))
        }
    }

    /// Deletes the account of `member`, in the scope of their home, with a line in the audit log of everyone concerned, and
    /// asks the engine for the rest. False when another request deleted it meanwhile. Throws `Refusal` when nothing was changed.
    public static func erase(
        _ member: ID<Member>, home: ID<Tenant>, requestID: String, at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        guard let found = try tx.run(lock, .uuid(home), .uuid(member)).first({ row in
            (email: try row.text("email"), isAdmin: try row.bool("is_admin"), isVerified: try row.bool("is_verified"))
        }) else { return false }
        guard !found.isAdmin else { throw Refusal.administrator }
        var joined = try teams(of: member, home: home, in: tx)
        for team in joined { try tx.run(lockTeam, .uuid(team.tenant)) }
        // Asked again with the locks held: another owner may be leaving at this moment.
        joined = try teams(of: member, home: home, in: tx)
        let stuck = joined.filter { $0.isOwner && $0.otherOwners == 0 && $0.otherMembers > 0 }
        guard stuck.isEmpty else { throw Refusal.lastOwner(teams: stuck.map(\.handle)) }

        let address = "deleted-\(member)@deleted.invalid"
        func note(_ action: AuditAction, _ tenant: ID<Tenant>, _ tx: borrowing Transaction) throws {
            // Without a place: what was deleted a moment ago must not come back with its own record.
            try AuditTable.record(
                AuditEvent(tenant: tenant, actor: member, actorKind: .session, action: action, object: .init("member", member.description),
                           place: .nowhere, requestID: requestID, at: now), in: tx)
        }
        for team in joined {
            try ActingTenant.run(as: team.tenant, backTo: home, in: tx) { tx in
                try tx.run(leave, .uuid(team.tenant), .uuid(member))
                try tx.run(forgetPlaces, .uuid(team.tenant), .uuid(member), .bool(false))
                try note(.memberLeft, team.tenant, tx)
                guard team.otherMembers == 0 else { return }
                try note(.teamDeleted, team.tenant, tx)
                try tx.run(closeTeam, .uuid(team.tenant), .instant(now))
                try rename(team.tenant, in: tx)
            }
        }
        if found.isVerified { try forgetInvitations(to: found.email, home: home, in: tx) }
        for deletion in deletions { try tx.run(deletion, .uuid(home), .uuid(member)) }
        try tx.run(leave, .uuid(home), .uuid(member))
        try tx.run(forgetMember, .uuid(home), .uuid(member), .instant(now), .text(address))
        try rename(home, in: tx)
        try tx.run(forgetPlaces, .uuid(home), .uuid(member), .bool(true))
        try note(.accountDeleted, home, tx)
        let orphans = joined.filter { $0.otherMembers == 0 }.map(\.tenant)
        for tenant in [home] + orphans {
            try ActingTenant.run(as: tenant, backTo: home, in: tx) { tx in try tx.run(request, .uuid(tenant), .instant(now)) }
        }
        _ = try JobQueue.enqueue(EraseAccount(member: member, tenants: [home] + orphans).request(home: home), in: tx)
        return true
    }

    /// Gives `tenant` the pseudonym by which its published work goes on. In its scope.
    private static func rename(_ tenant: ID<Tenant>, in tx: borrowing Transaction) throws {
        var random = SystemRandomNumberGenerator()
        var handle: String
        repeat {
            handle = "deleted-" + hex((0..<4).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        } while try !tx.run(handleIsTaken, .text(handle)).isEmpty
        try tx.run(forgetHandle, .uuid(tenant), .text(handle), .text(displayName))
        try tx.run(forgetListings, .uuid(tenant), .text(handle))
    }

    private static func forgetInvitations(to email: String, home: ID<Tenant>, in tx: borrowing Transaction) throws {
        let found: [(ID<Tenant>, ID<Invited>)] = try tx.run(invitations, .text(email)).map { row in
            (try row.id("tenant_id"), try row.id("invitation_id"))
        }
        for (tenant, invitation) in found {
            try ActingTenant.run(as: tenant, backTo: home, in: tx) { tx in
                _ = try tx.run(forgetInvitation, .uuid(tenant), .uuid(invitation))
            }
        }
    }
}
