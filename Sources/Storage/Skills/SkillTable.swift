public import Base
public import Postgres

/// Where a fork came from. Copied into the fork, so that it outlives whatever happens to the source.
public struct ForkSource: Sendable, Hashable {
    public let skill: ID<Skill>
    public let version: ID<Version>
    public let handle: String
    public let slug: String
    public let number: Int
    public let hash: Digest

    public init(skill: ID<Skill>, version: ID<Version>, handle: String, slug: String, number: Int, hash: Digest) {
        self.skill = skill
        self.version = version
        self.handle = handle
        self.slug = slug
        self.number = number
        self.hash = hash
    }
}

/// A tenant's skills.
public enum SkillTable {
    public struct Row: Sendable {
        public let id: ID<Skill>
        public let slug: String
        public let name: String
        public let lineage: ID<Skill>
        public let source: ForkSource?
        public let createdAt: Instant
        /// The newest version: its number, id and hash.
        public let latestNumber: Int
        public let latestVersion: ID<Version>
        public let latestHash: Digest
        /// The number that is listed publicly, nil when unpublished.
        public let publishedNumber: Int?
    }

    private static let columns = """
        s.skill_id, s.slug, s.name, s.lineage_id, s.parent_skill_id, s.parent_version_id, s.parent_handle, s.parent_slug,
        s.parent_number, s.parent_hash, s.created_at, v.number AS latest_number, v.version_id AS latest_version,
        v.skill_hash AS latest_hash, l.version_number AS published_number
        """
    private static let from = """
        FROM skills s
          JOIN LATERAL (SELECT number, version_id, skill_hash FROM versions
                         WHERE tenant_id = s.tenant_id AND skill_id = s.skill_id ORDER BY number DESC LIMIT 1) v ON true
          LEFT JOIN listings l ON l.tenant_id = s.tenant_id AND l.skill_id = s.skill_id
        """

    static let insertStatement = Statement("skills.insert", """
        INSERT INTO skills (tenant_id, skill_id, slug, name, lineage_id, parent_skill_id, parent_version_id, parent_handle,
                            parent_slug, parent_number, parent_hash)
        VALUES (app.tenant_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """)
    static let listStatement = Statement("skills.list", """
        SELECT \(columns) \(from) WHERE s.tenant_id = app.tenant_id() AND ($1::uuid IS NULL OR s.skill_id < $1)
         ORDER BY s.skill_id DESC LIMIT $2
        """)
    static let findStatement = Statement("skills.find", """
        SELECT \(columns) \(from) WHERE s.tenant_id = app.tenant_id() AND s.skill_id = $1
        """)
    static let findSlugStatement = Statement("skills.findSlug", """
        SELECT \(columns) \(from) WHERE s.tenant_id = app.tenant_id() AND s.slug = $1
        """)
    static let renameStatement = Statement("skills.rename", """
        UPDATE skills SET slug = $2, name = $3 WHERE tenant_id = app.tenant_id() AND skill_id = $1
        """)

    public static let statements = [insertStatement, listStatement, findStatement, findSlugStatement, renameStatement]

    /// Adds a skill of the transaction's tenant. A taken slug is SQLSTATE 23505 on `skills_slug_once`.
    public static func insert(
        _ id: ID<Skill>, slug: String, name: String, lineage: ID<Skill>, source: ForkSource?, in tx: borrowing Transaction
    ) throws {
        try tx.run(insertStatement, .uuid(id), .text(slug), .text(name), .uuid(lineage), .uuid(orNull: source?.skill),
                   .uuid(orNull: source?.version), .text(orNull: source?.handle), .text(orNull: source?.slug),
                   .int(orNull: source?.number), .digest(orNull: source?.hash))
    }

    /// The tenant's skills, newest first, those older than `before`.
    public static func list(before: ID<Skill>? = nil, limit: Int, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(listStatement, .uuid(orNull: before), .int(limit)).map(decode)
    }

    /// The tenant's own skill of that id; another tenant's is as absent as one that never was.
    public static func find(_ id: ID<Skill>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .uuid(id)).first(decode)
    }

    public static func find(slug: String, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findSlugStatement, .text(slug)).first(decode)
    }

    public static func rename(_ id: ID<Skill>, slug: String, name: String, in tx: borrowing Transaction) throws {
        try tx.run(renameStatement, .uuid(id), .text(slug), .text(name))
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        Row(id: try row.id("skill_id"), slug: try row.text("slug"), name: try row.text("name"),
            lineage: try row.id("lineage_id"), source: try forkSource(row), createdAt: try row.instant("created_at"),
            latestNumber: try row.int("latest_number"), latestVersion: try row.id("latest_version"),
            latestHash: try row.digest("latest_hash"), publishedNumber: try row.intOrNil("published_number"))
    }

    private static func forkSource(_ row: borrowing Postgres.Row) throws -> ForkSource? {
        guard let skill: ID<Skill> = try row.idOrNil("parent_skill_id") else { return nil }
        return ForkSource(skill: skill, version: try row.id("parent_version_id"), handle: try row.text("parent_handle"),
                          slug: try row.text("parent_slug"), number: try row.int("parent_number"),
                          hash: try row.digest("parent_hash"))
    }
}
