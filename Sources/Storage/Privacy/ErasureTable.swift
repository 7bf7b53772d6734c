public import Base
public import Postgres

/// What the engine erases of a deleted account. Every step can be done again.
public enum ErasureTable {
    static let handle = Statement("erase.handle", "SELECT handle FROM handles WHERE tenant_id = $1")
    static let published = Statement(
        "erase.published", "SELECT DISTINCT skill_id FROM published_versions WHERE tenant_id = $1 ORDER BY skill_id")
    static let decisions = Statement("erase.decisions", "DELETE FROM run_decisions WHERE tenant_id = $1")
    static let runs = Statement("erase.runs", "DELETE FROM runs WHERE tenant_id = $1")
    static let versions = Statement("erase.versions", """
        DELETE FROM versions v WHERE v.tenant_id = $1
           AND NOT EXISTS (SELECT FROM published_versions p WHERE p.tenant_id = $1 AND p.version_id = v.version_id)
        """)
    static let skills = Statement("erase.skills", """
        DELETE FROM skills s WHERE s.tenant_id = $1
           AND NOT EXISTS (SELECT FROM published_versions p WHERE p.tenant_id = $1 AND p.skill_id = s.skill_id)
        """)
    static let idempotencyKeys = Statement("erase.idempotency_keys", "DELETE FROM idempotency_keys WHERE tenant_id = $1")
    static let nameSkill = Statement("erase.name_skill", "SELECT set_config('app.erased_skill_id', $1, true)")
    static let forks = Statement("erase.forks", "UPDATE skills SET parent_handle = $2 WHERE parent_skill_id = $1")
    static let listedForks = Statement("erase.listed_forks", "UPDATE listings SET parent_handle = $2 WHERE parent_skill_id = $1")
    static let evaluations = Statement("erase.evaluations", """
        UPDATE runs SET author_handle = $2 WHERE tenant_id = app.house() AND skill_id = $1
        """)
    static let places = Statement("erase.places", "SELECT DISTINCT tenant_id FROM audit_events WHERE actor_id = $1 ORDER BY tenant_id")

    /// In the order that foreign keys allow.
    private static let privateWork = [decisions, runs, versions, skills, idempotencyKeys]

    public static let statements = [
        handle, published, decisions, runs, versions, skills, idempotencyKeys, nameSkill, forks, listedForks, evaluations, places,
    ]

    /// Erases the private work of `tenant`, and renames it where its name was copied. In the scope of `home`.
    public static func erase(_ tenant: ID<Tenant>, home: ID<Tenant>, in tx: borrowing Transaction) throws {
        try ActingTenant.run(as: tenant, backTo: home, in: tx) { tx in
            for deletion in privateWork { try tx.run(deletion, .uuid(tenant)) }
        }
        guard let pseudonym = try tx.run(handle, .uuid(tenant)).first({ try $0.text("handle") }) else { return }
        let kept: [ID<Skill>] = try tx.run(published, .uuid(tenant)).map { try $0.id("skill_id") }
        for skill in kept {
            try tx.run(nameSkill, .text(skill.description))
            try tx.run(forks, .uuid(skill), .text(pseudonym))
            try tx.run(listedForks, .uuid(skill), .text(pseudonym))
        }
        try tx.run(nameSkill, .text(""))
        try ActingTenant.run(as: RunTable.house, backTo: home, in: tx) { tx in
            for skill in kept { try tx.run(evaluations, .uuid(skill), .text(pseudonym)) }
        }
    }

    /// Forgets from where `member` acted, in every tenant's log. In the scope of `home`.
    public static func forgetPlaces(of member: ID<Member>, home: ID<Tenant>, in tx: borrowing Transaction) throws {
        let tenants: [ID<Tenant>] = try tx.run(places, .uuid(member)).map { try $0.id("tenant_id") }
        for tenant in tenants {
            try ActingTenant.run(as: tenant, backTo: home, in: tx) { tx in
                _ = try tx.run(AccountErasureTable.forgetPlaces, .uuid(tenant), .uuid(member), .bool(tenant == home))
            }
        }
    }
}
