public import Base
public import Postgres
public import Trading

/// The public face of a published skill: what lists show and sort by. Read by everybody.
public enum ListingTable {
    public enum Visibility: String, Sendable { case `public`, unlisted }
    public enum Evaluation: String, Sendable { case queued, completed, failed }

    /// What publishing sets.
    public struct Publication: Sendable {
        public var skill: ID<Skill>
        public var handle: String
        public var slug: String
        public var name: String
        public var summary: String
        /// `open` or `closed`.
        public var licence: String
        public var model: String?
        public var timeframe: Timeframe
        public var cadence: String
        public var universe: [String]
        public var synthetic: Bool
        public var visibility: Visibility
        public var lineage: ID<Skill>
        public var version: ID<Version>
        public var versionNumber: Int
        public var skillHash: Digest
        public var source: ForkSource?
        public var evaluationRun: ID<Run>

        public init(
            skill: ID<Skill>, handle: String, slug: String, name: String, summary: String, licence: String, model: String?,
            timeframe: Timeframe, cadence: String, universe: [String], synthetic: Bool, visibility: Visibility,
            lineage: ID<Skill>, version: ID<Version>, versionNumber: Int, skillHash: Digest, source: ForkSource?,
            evaluationRun: ID<Run>
        ) {
            self.skill = skill
            self.handle = handle
            self.slug = slug
            self.name = name
            self.summary = summary
            self.licence = licence
            self.model = model
            self.timeframe = timeframe
            self.cadence = cadence
            self.universe = universe
            self.synthetic = synthetic
            self.visibility = visibility
            self.lineage = lineage
            self.version = version
            self.versionNumber = versionNumber
            self.skillHash = skillHash
            self.source = source
            self.evaluationRun = evaluationRun
        }
    }

    /// What the standard evaluation found; nil where a figure is undefined.
    public struct Figures: Sendable {
        public var totalReturn: Double?
        public var benchmarkReturn: Double?
        public var sharpe: Double?
        /// Probability that the true Sharpe ratio is above zero, 0 to 1.
        public var sharpeConfidence: Double?
        /// At most 0.
        public var maxDrawdown: Double?
        public var trades: Int?
        public var spanDays: Double?
        /// Up to 60 equity values, first to last.
        public var sparkline: [Double]

        public init(
            totalReturn: Double?, benchmarkReturn: Double?, sharpe: Double?, sharpeConfidence: Double?,
            maxDrawdown: Double?, trades: Int?, spanDays: Double?, sparkline: [Double]
        ) {
            self.totalReturn = totalReturn
            self.benchmarkReturn = benchmarkReturn
            self.sharpe = sharpe
            self.sharpeConfidence = sharpeConfidence
            self.maxDrawdown = maxDrawdown
            self.trades = trades
            self.spanDays = spanDays
            self.sparkline = sparkline
        }
    }

    public struct Row: Sendable {
        public let tenant: ID<Tenant>
        public let publication: Publication
        public let firstPublishedAt: Instant
        public let publishedAt: Instant
        public let evaluation: Evaluation
        public let figures: Figures
        /// Runs of the whole lineage, counted for ever.
        public let trials: Int
        /// Public forks made directly from this skill.
        public let forks: Int
        /// Where the row stands in the order it was listed in; with the skill's id it is the next page's cursor.
        public let sortKey: Double
    }

    /// The orders a list can have. The first is what a visitor gets: how sure the evidence is, never the best return.
    public enum Sort: String, Sendable, CaseIterable {
        case evidence, newest, `return`, drawdown

        /// Higher comes first. Each has an index in migrations/0007_listings.sql.
        var key: String {
            switch self {
            case .evidence: "coalesce(l.sharpe_confidence, '-Infinity')"
            case .newest: "(extract(epoch FROM l.first_published_at AT TIME ZONE 'UTC')::double precision)"
            case .return: "coalesce(l.total_return, '-Infinity')"
            case .drawdown: "coalesce(l.max_drawdown, '-Infinity')"
            }
        }
    }

    /// What a reader asked for; nil fields do not filter.
    public struct Filter: Sendable {
        public var text: String?
        public var timeframe: String?
        public var licence: String?
        /// True: agent skills only; false: helpers alone.
        public var hasModel: Bool?
        public var synthetic: Bool?
        public var handle: String?
        public init(text: String? = nil, timeframe: String? = nil, licence: String? = nil, hasModel: Bool? = nil, synthetic: Bool? = nil, handle: String? = nil) {
            self.text = text
            self.timeframe = timeframe
            self.licence = licence
            self.hasModel = hasModel
            self.synthetic = synthetic
            self.handle = handle
        }
    }

    /// The whole field a list belongs to, so that nobody sees the winners alone.
    public struct Cohort: Sendable {
        public let published: Int
        public let evaluated: Int
        public let positive: Int
        public let medianReturn: Double?
    }

    private static func columns(_ key: String) -> String {
        """
        l.tenant_id, l.skill_id, l.handle, l.slug, l.name, l.summary, l.licence, l.model, l.timeframe, l.cadence, l.universe,
        l.synthetic, l.visibility, l.lineage_id, l.version_id, l.version_number, l.skill_hash, l.first_published_at,
        l.published_at, l.parent_skill_id, l.parent_handle, l.parent_slug, l.parent_number, l.parent_hash,
        l.evaluation_run_id, l.evaluation_state, l.total_return, l.benchmark_return, l.sharpe, l.sharpe_confidence,
        l.max_drawdown, l.trades, l.span_days, l.sparkline, coalesce(t.trials, 0) AS trials,
        (SELECT count(*) FROM listings f WHERE f.parent_skill_id = l.skill_id AND f.visibility = 'public') AS forks,
        \(key) AS sort_key
        FROM listings l LEFT JOIN lineage_trials t USING (lineage_id)
        """
    }

    private static let conditions = """
        l.visibility = 'public'
        AND ($1::text IS NULL OR l.search @@ websearch_to_tsquery('english', $1) OR l.search @@ websearch_to_tsquery('simple', $1)
             OR l.handle LIKE $2 OR l.slug LIKE $2 OR lower(l.name) LIKE $2)
        AND ($3::text IS NULL OR l.timeframe = $3) AND ($4::text IS NULL OR l.licence = $4)
        AND ($5::boolean IS NULL OR (l.model IS NOT NULL) = $5) AND ($6::boolean IS NULL OR l.synthetic = $6)
        AND ($7::text IS NULL OR l.handle = $7)
        """

    private static func browse(_ sort: Sort) -> Statement {
        Statement("listings.browse.\(sort.rawValue)", """
            SELECT \(columns(sort.key)) WHERE \(conditions)
               AND ($8::double precision IS NULL OR (\(sort.key), l.skill_id) < ($8, $9::uuid))
             ORDER BY \(sort.key) DESC, l.skill_id DESC LIMIT $10
            """)
    }
    static let browseStatements: [(sort: Sort, statement: Statement)] = Sort.allCases.map { ($0, browse($0)) }
    static let cohortStatement = Statement("listings.cohort", """
        SELECT count(*) AS published, count(l.total_return) AS evaluated, count(*) FILTER (WHERE l.total_return > 0) AS positive,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY l.total_return) AS median
          FROM listings l WHERE \(conditions)
        """)
    static let findStatement = Statement("listings.find", """
        SELECT \(columns("0::double precision")) WHERE l.handle = $1 AND l.slug = $2
        """)
    static let findSkillStatement = Statement("listings.findSkill", """
        SELECT \(columns("0::double precision")) WHERE l.skill_id = $1
        """)
    static let forksStatement = Statement("listings.forks", """
        SELECT \(columns("0::double precision")) WHERE l.parent_skill_id = $1 AND l.visibility = 'public'
         ORDER BY l.skill_id LIMIT $2
        """)
    static let publishStatement = Statement("listings.publish", """
        INSERT INTO listings (tenant_id, skill_id, handle, slug, name, summary, licence, model, timeframe, cadence, universe,
            synthetic, visibility, lineage_id, version_id, version_number, skill_hash, first_published_at, published_at,
            parent_skill_id, parent_handle, parent_slug, parent_number, parent_hash, evaluation_run_id, evaluation_state)
        VALUES (app.tenant_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, now(), now(),
            $17, $18, $19, $20, $21, $22, 'queued')
        ON CONFLICT (tenant_id, skill_id) DO UPDATE SET handle = excluded.handle, slug = excluded.slug, name = excluded.name,
            summary = excluded.summary, licence = excluded.licence, model = excluded.model, timeframe = excluded.timeframe,
            cadence = excluded.cadence, universe = excluded.universe, synthetic = excluded.synthetic,
            visibility = excluded.visibility, version_id = excluded.version_id, version_number = excluded.version_number,
            skill_hash = excluded.skill_hash, published_at = now(), evaluation_run_id = excluded.evaluation_run_id,
            evaluation_state = 'queued', total_return = NULL, benchmark_return = NULL, sharpe = NULL,
            sharpe_confidence = NULL, max_drawdown = NULL, trades = NULL, span_days = NULL, sparkline = NULL
        """)
    static let setVisibilityStatement = Statement("listings.setVisibility", """
        UPDATE listings SET visibility = $2 WHERE tenant_id = app.tenant_id() AND skill_id = $1
        """)
    static let setFiguresStatement = Statement("listings.setFigures", """
        UPDATE listings SET evaluation_state = $3, total_return = $4, benchmark_return = $5, sharpe = $6,
               sharpe_confidence = $7, max_drawdown = $8, trades = $9, span_days = $10, sparkline = $11
         WHERE tenant_id = app.tenant_id() AND skill_id = $1 AND evaluation_run_id = $2
        """)
    static let setFailedStatement = Statement("listings.setFailed", """
        UPDATE listings SET evaluation_state = 'failed'
         WHERE tenant_id = app.tenant_id() AND skill_id = $1 AND evaluation_run_id = $2
        """)

    public static let statements = browseStatements.map(\.statement) + [
        cohortStatement, findStatement, findSkillStatement, forksStatement, publishStatement, setVisibilityStatement, setFiguresStatement, setFailedStatement,
    ]

    /// The public listings that match, best first, those after `cursor`.
    public static func browse(
        _ filter: Filter, sort: Sort, after cursor: (key: Double, skill: ID<Skill>)? = nil, limit: Int, in tx: borrowing Transaction
    ) throws -> [Row] {
        guard let statement = browseStatements.first(where: { $0.sort == sort })?.statement else {
            preconditionFailure("Invariant: every sort has a statement.")
        }
        let p = parameters(filter)
        return try tx.run(statement, p[0], p[1], p[2], p[3], p[4], p[5], p[6], .double(orNull: cursor?.key),
                          .uuid(orNull: cursor?.skill), .int(limit)).map(decode)
    }

    public static func cohort(_ filter: Filter, in tx: borrowing Transaction) throws -> Cohort {
        let p = parameters(filter)
        return try tx.run(cohortStatement, p[0], p[1], p[2], p[3], p[4], p[5], p[6]).only { row in
            Cohort(published: try row.int("published"), evaluated: try row.int("evaluated"), positive: try row.int("positive"),
                   medianReturn: try row.doubleOrNil("median"))
        }
    }

    /// The listing at that address, public or unlisted.
    public static func find(handle: String, slug: String, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .text(handle), .text(slug)).first(decode)
    }

    public static func find(skill: ID<Skill>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findSkillStatement, .uuid(skill)).first(decode)
    }

    /// Public forks made directly from this skill, oldest first.
    public static func forks(of skill: ID<Skill>, limit: Int, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(forksStatement, .uuid(skill), .int(limit)).map(decode)
    }

    /// Lists or re-lists a skill of the transaction's tenant; its figures start empty.
    public static func publish(_ p: Publication, in tx: borrowing Transaction) throws {
        try tx.run(publishStatement, .uuid(p.skill), .text(p.handle), .text(p.slug), .text(p.name), .text(p.summary),
                   .text(p.licence), .text(orNull: p.model), .text(p.timeframe.rawValue), .text(p.cadence),
                   .textArray(p.universe), .bool(p.synthetic), .text(p.visibility.rawValue), .uuid(p.lineage),
                   .uuid(p.version), .int(p.versionNumber), .digest(p.skillHash), .uuid(orNull: p.source?.skill),
                   .text(orNull: p.source?.handle), .text(orNull: p.source?.slug), .int(orNull: p.source?.number),
                   .digest(orNull: p.source?.hash), .uuid(p.evaluationRun))
    }

    /// Shows a listing of the transaction's tenant in lists, or takes it out of them.
    public static func setVisibility(_ visibility: Visibility, of skill: ID<Skill>, in tx: borrowing Transaction) throws {
        try tx.run(setVisibilityStatement, .uuid(skill), .text(visibility.rawValue))
    }

    /// Sets what the evaluation `run` found, unless a newer publication waits for another one.
    public static func setFigures(_ figures: Figures, skill: ID<Skill>, run: ID<Run>, in tx: borrowing Transaction) throws {
        try tx.run(setFiguresStatement, .uuid(skill), .uuid(run), .text(Evaluation.completed.rawValue),
                   .double(orNull: figures.totalReturn), .double(orNull: figures.benchmarkReturn),
                   .double(orNull: figures.sharpe), .double(orNull: figures.sharpeConfidence),
                   .double(orNull: figures.maxDrawdown), .int(orNull: figures.trades), .double(orNull: figures.spanDays),
                   .json(.array(figures.sparkline.map { .double($0) })))
    }

    public static func setEvaluationFailed(skill: ID<Skill>, run: ID<Run>, in tx: borrowing Transaction) throws {
        try tx.run(setFailedStatement, .uuid(skill), .uuid(run))
    }

    private static func parameters(_ filter: Filter) -> [Parameter] {
        let text = filter.text.flatMap { $0.isEmpty ? nil : $0 }
        let pattern = text.map { "%" + likeEscaped($0.lowercased()) + "%" }
        return [.text(orNull: text), .text(orNull: pattern), .text(orNull: filter.timeframe), .text(orNull: filter.licence),
                filter.hasModel.map { .bool($0) } ?? .null, filter.synthetic.map { .bool($0) } ?? .null, .text(orNull: filter.handle)]
    }

    /// `%`, `_` and `\` stand for themselves in a LIKE pattern.
    private static func likeEscaped(_ text: String) -> String {
        var result = ""
        for character in text {
            if character == "%" || character == "_" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        func malformed(_ column: String) -> PostgresError {
            .malformed(statement: "listings", column: column, expected: "a known \(column)")
        }
        guard let timeframe = Timeframe(rawValue: try row.text("timeframe")) else { throw malformed("timeframe") }
        guard let visibility = Visibility(rawValue: try row.text("visibility")) else { throw malformed("visibility") }
        guard let evaluation = Evaluation(rawValue: try row.text("evaluation_state")) else { throw malformed("evaluation_state") }
        var source: ForkSource?
        if let skill: ID<Skill> = try row.idOrNil("parent_skill_id") {
            // The parent's version id is not public: the version is named by number and hash.
            source = ForkSource(skill: skill, version: skill.cast(to: Version.self), handle: try row.text("parent_handle"),
                                slug: try row.text("parent_slug"), number: try row.int("parent_number"),
                                hash: try row.digest("parent_hash"))
        }
        let publication = Publication(
            skill: try row.id("skill_id"), handle: try row.text("handle"), slug: try row.text("slug"), name: try row.text("name"),
            summary: try row.text("summary"), licence: try row.text("licence"), model: try row.textOrNil("model"),
            timeframe: timeframe, cadence: try row.text("cadence"), universe: try row.textArray("universe"),
            synthetic: try row.bool("synthetic"), visibility: visibility, lineage: try row.id("lineage_id"),
            version: try row.id("version_id"), versionNumber: try row.int("version_number"),
            skillHash: try row.digest("skill_hash"), source: source, evaluationRun: try row.id("evaluation_run_id"))
        let figures = Figures(
            totalReturn: try row.doubleOrNil("total_return"), benchmarkReturn: try row.doubleOrNil("benchmark_return"),
            sharpe: try row.doubleOrNil("sharpe"), sharpeConfidence: try row.doubleOrNil("sharpe_confidence"),
            maxDrawdown: try row.doubleOrNil("max_drawdown"), trades: try row.intOrNil("trades"),
            spanDays: try row.doubleOrNil("span_days"), sparkline: try row.jsonOrNil("sparkline")?.array?.compactMap(\.double) ?? [])
        return Row(tenant: try row.id("tenant_id"), publication: publication,
                   firstPublishedAt: try row.instant("first_published_at"), publishedAt: try row.instant("published_at"),
                   evaluation: evaluation, figures: figures, trials: try row.int("trials"), forks: try row.int("forks"),
                   sortKey: try row.double("sort_key"))
    }
}
