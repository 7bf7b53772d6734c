/// Why a process refuses to serve as the role it connected with.
public enum RoleError: Error, Sendable, Hashable, CustomStringConvertible {
    /// `reason` completes "The role NAME …".
    case tooPowerful(role: String, reason: String)

    public var description: String {
        switch self {
        case .tooPowerful(let role, let reason):
            "The database role \(role) \(reason). Row level security would not hold for it. Connect as "
                + "tradecraft_web (serve) or tradecraft_engine (engine), which `tradecraft migrate` creates."
        }
    }
}

/// Row level security protects tenants only from roles that cannot step around it.
public enum RoleCheck {
    /// Throws unless the connection's role is least privileged: no superuser, no BYPASSRLS, no way to become either,
    /// and owner of no database, schema or table, by itself or through a role it belongs to.
    public static func refuseUnlessLeastPrivileged(_ connection: Connection) throws {
        let role = connection.userName
        let finding: String? = try connection.exchange([(statement, [])]).only { row in
            if try row.bool("is_superuser") { return "is a superuser, or can become one" }
            if try row.bool("bypasses_rls") { return "has BYPASSRLS, or can become a role that has" }
            if try row.bool("creates_roles") { return "may create roles" }
            if try row.bool("owns_database") { return "owns this database" }
            if try row.bool("owns_schema") { return "owns a schema of this database" }
            if try row.bool("owns_relation") { return "owns a table or view of this database" }
            return nil
        }
        if let finding { throw RoleError.tooPowerful(role: role, reason: finding) }
    }

    /// `MEMBER` includes the role itself and every role it may SET ROLE to.
    static let statement = Statement("role_check.powers", """
        WITH powers AS (
            SELECT oid, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles
             WHERE pg_has_role(session_user, oid, 'MEMBER')
        )
        SELECT EXISTS (SELECT FROM powers WHERE rolsuper) AS is_superuser,
               EXISTS (SELECT FROM powers WHERE rolbypassrls) AS bypasses_rls,
               EXISTS (SELECT FROM powers WHERE rolcreaterole) AS creates_roles,
               EXISTS (SELECT FROM pg_database d JOIN powers ON powers.oid = d.datdba
                        WHERE d.datname = current_database()) AS owns_database,
               EXISTS (SELECT FROM pg_namespace n JOIN powers ON powers.oid = n.nspowner
                        WHERE n.nspname !~ '^pg_(toast_)?temp_') AS owns_schema,
               EXISTS (SELECT FROM pg_class c JOIN powers ON powers.oid = c.relowner
                         JOIN pg_namespace n ON n.oid = c.relnamespace
                        WHERE n.nspname !~ '^pg_(toast_)?temp_') AS owns_relation
        """)
}
