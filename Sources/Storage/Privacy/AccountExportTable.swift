public import Base
public import Postgres

/// Everything about one member as one JSON document. Secrets are not in it, not even hashed.
public enum AccountExportTable {
    /// The newest of what can be many; the document says so.
    public static let versionsMax = 300
    public static let runsMax = 5_000
    public static let eventsMax = 10_000

    private static func list(_ name: String, _ columns: String, _ source: String, order: String, limit: Int = 1_000) -> Statement {
        Statement("export.\(name)", """
            SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]')::text FROM (
                SELECT \(columns) FROM \(source) ORDER BY \(order) LIMIT \(limit)) AS x
            """)
    }

    /// Each takes the home ($1) and the member ($2).
    static let sections: [(name: String, statement: Statement)] = [
        ("account", list("account", """
            m.member_id, m.tenant_id, m.email, h.handle, h.display_name, m.state, m.created_at, m.email_verified_at, m.second_factor_at
            """, "members m JOIN handles h USING (tenant_id) WHERE m.tenant_id = $1 AND m.member_id = $2", order: "1")),
        ("sessions", list("sessions", "session_id, created_at, last_seen_at, expires_at, proved_at, user_agent, network",
                          "login_sessions WHERE tenant_id = $1 AND tenant_id = app.tenant_id() AND member_id = $2", order: "created_at DESC")),
        ("known_devices", list("known_devices", "created_at, last_used_at",
                               "known_devices WHERE tenant_id = $1 AND tenant_id = app.tenant_id() AND member_id = $2", order: "created_at DESC")),
        ("authenticator_apps", list("authenticator_apps", "created_at, confirmed_at",
                                    "totp_factors WHERE tenant_id = $1 AND tenant_id = app.tenant_id() AND member_id = $2", order: "created_at DESC")),
        ("recovery_codes", list("recovery_codes", "created_at, used_at",
                                "recovery_codes WHERE tenant_id = $1 AND tenant_id = app.tenant_id() AND member_id = $2", order: "created_at DESC")),
        ("passkeys", list("passkeys", "passkey_id, name, created_at, last_used_at, backed_up",
                          "passkeys WHERE tenant_id = $1 AND tenant_id = app.tenant_id() AND member_id = $2", order: "created_at DESC")),
        ("api_tokens", list("api_tokens", """
            k.token_id, h.handle AS for_account, k.name, k.scopes, k.created_at, k.expires_at, k.last_used_at, k.last_network, k.revoked_at
            """, "api_tokens k JOIN handles h ON h.tenant_id = k.tenant_id WHERE k.member_id = $2 AND $1::uuid IS NOT NULL",
            order: "k.created_at DESC")),
        ("mail_links", list("mail_links", "purpose, address, created_at, expires_at, used_at",
                            "mail_links WHERE tenant_id = $1 AND tenant_id = app.tenant_id() AND member_id = $2", order: "created_at DESC")),
        ("memberships", list("memberships", "h.handle, a.role, a.created_at",
                             "memberships a JOIN handles h ON h.tenant_id = a.tenant_id WHERE a.member_id = $2 AND $1::uuid IS NOT NULL",
                             order: "a.created_at DESC")),
        ("skills", list("skills", "skill_id, slug, name, lineage_id, parent_handle, parent_slug, parent_number, created_at",
                        "skills WHERE tenant_id = $1 AND $2::uuid IS NOT NULL", order: "skill_id DESC", limit: 5_000)),
        ("versions", list("versions", """
            version_id, skill_id, number, encode(skill_hash, 'hex') AS skill_hash, skill_md, entry_source, exit_source, created_at
            """, "versions WHERE tenant_id = $1 AND $2::uuid IS NOT NULL", order: "version_id DESC", limit: versionsMax)),
        ("runs", list("runs", """
            run_id, purpose, skill_id, version_number, skill_slug, timeframe, universe, from_at, to_at, seed, state, created_at, finished_at
            """, "runs WHERE tenant_id = $1 AND $2::uuid IS NOT NULL", order: "run_id DESC", limit: runsMax)),
        ("audit_events", list("audit_events", """
            e.event_id, e.at, e.actor_id, e.actor_kind, e.action, e.object_kind, e.object_id, e.outcome, e.details, e.request_id, p.network, p.user_agent
            """, """
            audit_events e LEFT JOIN audit_places p ON p.tenant_id = e.tenant_id AND p.event_id = e.event_id
            WHERE e.tenant_id = $1 AND $2::uuid IS NOT NULL
            """, order: "e.event_id DESC", limit: eventsMax)),
    ]

    public static let statements: [Statement] = sections.map(\.statement)

    /// The document, in the scope of the member's home.
    public static func document(of member: ID<Member>, home: ID<Tenant>, at now: Instant, in tx: borrowing Transaction) throws -> [UInt8] {
        let head: JSON = [
            "format": "tradecraft-account/1", "made_at": .string(now.description),
            "newest_only": ["versions": .int(versionsMax), "runs": .int(runsMax), "audit_events": .int(eventsMax)],
        ]
        var text = String(head.text.dropLast())
        for (name, statement) in sections {
            text += ",\n\"\(name)\":" + (try tx.run(statement, .uuid(home), .uuid(member)).only { try $0.text(0) })
        }
        return Array((text + "}\n").utf8)
    }
}
