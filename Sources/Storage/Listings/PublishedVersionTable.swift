public import Base
public import Postgres

/// Every version ever published, with what its licence lets the public read. Append-only.
public enum PublishedVersionTable {
    public struct Row: Sendable {
        public let tenant: ID<Tenant>
        public let skill: ID<Skill>
        public let number: Int
        public let version: ID<Version>
        public let hash: Digest
        public let summary: String
        /// Model, tools, universe, timeframe, cadence, caps and parameters, which every licence shows.
        public let facts: JSON
        /// Nil under a closed licence.
        public let files: VersionTable.Files?
        public let evaluationRun: ID<Run>
        public let publishedAt: Instant
    }

    private static let columns = """
        tenant_id, skill_id, number, version_id, skill_hash, summary, facts, skill_md, entry_source, exit_source,
        evaluation_run_id, published_at
        """

    static let insertStatement = Statement("publishedVersions.insert", """
        INSERT INTO published_versions (tenant_id, skill_id, number, version_id, skill_hash, summary, facts, skill_md,
            entry_source, exit_source, evaluation_run_id)
        VALUES (app.tenant_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """)
    static let listStatement = Statement("publishedVersions.list", """
        SELECT \(columns) FROM published_versions WHERE tenant_id = $1 AND skill_id = $2 ORDER BY number DESC LIMIT 200
        """)
    static let findStatement = Statement("publishedVersions.find", """
        SELECT \(columns) FROM published_versions WHERE tenant_id = $1 AND skill_id = $2 AND number = $3
        """)

    public static let statements = [insertStatement, listStatement, findStatement]

    /// `files` are given for open licences only.
    public static func insert(
        skill: ID<Skill>, number: Int, version: ID<Version>, hash: Digest, summary: String, facts: JSON,
        files: VersionTable.Files?, evaluationRun: ID<Run>, in tx: borrowing Transaction
    ) throws {
        try tx.run(insertStatement, .uuid(skill), .int(number), .uuid(version), .digest(hash), .text(summary), .json(facts),
                   .text(orNull: files?.skillMD), .text(orNull: files?.entry), .text(orNull: files?.exit), .uuid(evaluationRun))
    }

    /// Newest first.
    public static func list(tenant: ID<Tenant>, skill: ID<Skill>, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(listStatement, .uuid(tenant), .uuid(skill)).map(decode)
    }

    public static func find(tenant: ID<Tenant>, skill: ID<Skill>, number: Int, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .uuid(tenant), .uuid(skill), .int(number)).first(decode)
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        let files = try row.textOrNil("skill_md").map { skillMD in
            VersionTable.Files(skillMD: skillMD, entry: try row.textOrNil("entry_source"), exit: try row.textOrNil("exit_source"))
        }
        return Row(tenant: try row.id("tenant_id"), skill: try row.id("skill_id"), number: try row.int("number"),
                   version: try row.id("version_id"), hash: try row.digest("skill_hash"), summary: try row.text("summary"),
                   facts: try row.json("facts"), files: files, evaluationRun: try row.id("evaluation_run_id"),
                   publishedAt: try row.instant("published_at"))
    }
}
