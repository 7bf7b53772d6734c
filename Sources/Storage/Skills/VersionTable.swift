public import Base
public import Postgres

/// The immutable versions of a tenant's skills. Insert and read; there is no other statement.
public enum VersionTable {
    /// A version's files as the author wrote them.
    public struct Files: Sendable, Hashable {
        public let skillMD: String
        public let entry: String?
        public let exit: String?
        public init(skillMD: String, entry: String?, exit: String?) {
            self.skillMD = skillMD
            self.entry = entry
            self.exit = exit
        }
    }

    public struct Row: Sendable {
        public let id: ID<Version>
        public let skill: ID<Skill>
        public let number: Int
        public let hash: Digest
        public let files: Files
        public let createdAt: Instant
    }

    private static let columns = "version_id, skill_id, number, skill_hash, skill_md, entry_source, exit_source, created_at"

    static let insertStatement = Statement("versions.insert", """
        INSERT INTO versions (tenant_id, version_id, skill_id, number, skill_hash, skill_md, entry_source, exit_source)
        SELECT app.tenant_id(), $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6
          FROM versions WHERE tenant_id = app.tenant_id() AND skill_id = $2
        RETURNING number
        """)
    static let lockStatement = Statement("versions.lock", """
        SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 42))
        """)
    static let findStatement = Statement("versions.find", """
        SELECT \(columns) FROM versions WHERE tenant_id = app.tenant_id() AND version_id = $1
        """)
    static let findNumberStatement = Statement("versions.findNumber", """
        SELECT \(columns) FROM versions WHERE tenant_id = app.tenant_id() AND skill_id = $1 AND number = $2
        """)
    static let listStatement = Statement("versions.list", """
        SELECT \(columns) FROM versions WHERE tenant_id = app.tenant_id() AND skill_id = $1 ORDER BY number DESC LIMIT $2
        """)

    public static let statements = [insertStatement, lockStatement, findStatement, findNumberStatement, listStatement]

    /// Adds the next version and returns its number. Two savers at once get two numbers: the skill is locked first.
    public static func insert(
        _ id: ID<Version>, skill: ID<Skill>, hash: Digest, files: Files, in tx: borrowing Transaction
    ) throws -> Int {
        try lock(skill, in: tx)
        return try tx.run(insertStatement, .uuid(id), .uuid(skill), .digest(hash), .text(files.skillMD),
                          .text(orNull: files.entry), .text(orNull: files.exit)).only { try $0.int("number") }
    }

    /// Makes other savers and publishers of the skill wait until this transaction ends.
    public static func lock(_ skill: ID<Skill>, in tx: borrowing Transaction) throws { try tx.run(lockStatement, .uuid(skill)) }

    public static func find(_ id: ID<Version>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .uuid(id)).first(decode)
    }

    public static func find(skill: ID<Skill>, number: Int, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findNumberStatement, .uuid(skill), .int(number)).first(decode)
    }

    /// Newest first.
    public static func list(skill: ID<Skill>, limit: Int, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(listStatement, .uuid(skill), .int(limit)).map(decode)
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        Row(id: try row.id("version_id"), skill: try row.id("skill_id"), number: try row.int("number"),
            hash: try row.digest("skill_hash"),
            files: Files(skillMD: try row.text("skill_md"), entry: try row.textOrNil("entry_source"),
                         exit: try row.textOrNil("exit_source")),
            createdAt: try row.instant("created_at"))
    }
}
