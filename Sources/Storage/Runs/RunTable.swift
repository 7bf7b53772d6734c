public import Base
public import Postgres
public import Trading

/// Runs of a tenant, and the house's evaluations, which everybody may read.
public enum RunTable {
    public enum Purpose: String, Sendable { case backtest, evaluation }
    public enum State: String, Sendable { case queued, running, completed, failed, cancelled }

    /// What is to be run, fixed when the run is asked for.
    public struct Order: Sendable {
        public let id: ID<Run>
        public let purpose: Purpose
        public let owner: ID<Tenant>
        public let skill: ID<Skill>
        public let version: ID<Version>
        public let versionNumber: Int
        public let skillHash: Digest
        public let skillTitle: String
        public let authorHandle: String
        public let skillSlug: String
        public let timeframe: Timeframe
        public let universe: [String]
        public let from: Instant
        public let to: Instant
        public let seed: Int64
        public let model: String?

        public init(
            id: ID<Run>, purpose: Purpose, owner: ID<Tenant>, skill: ID<Skill>, version: ID<Version>, versionNumber: Int,
            skillHash: Digest, skillTitle: String, authorHandle: String, skillSlug: String, timeframe: Timeframe,
            universe: [String], from: Instant, to: Instant, seed: Int64, model: String?
        ) {
            self.id = id
            self.purpose = purpose
            self.owner = owner
            self.skill = skill
            self.version = version
            self.versionNumber = versionNumber
            self.skillHash = skillHash
            self.skillTitle = skillTitle
            self.authorHandle = authorHandle
            self.skillSlug = skillSlug
            self.timeframe = timeframe
            self.universe = universe
            self.from = from
            self.to = to
            self.seed = seed
            self.model = model
        }
    }

    /// A run and how far it is. `report`, `curve` and `trades` are there once it completed.
    public struct Row: Sendable {
        public let tenant: ID<Tenant>
        public let order: Order
        public let state: State
        public let job: ID<Job>?
        /// 0 to 1.
        public let progress: Double
        public let progressNote: JSON?
        public let failure: JSON?
        public let datasetHash: Digest?
        public let decisionLogHash: Digest?
        public let report: JSON?
        public let curve: JSON?
        public let trades: JSON?
        public let createdAt: Instant
        public let startedAt: Instant?
        public let finishedAt: Instant?
    }

    /// The house: owner of evaluations. Its rows are public by their owner, not by a flag.
    public static let house = ID<Tenant>(high: 0x0000_0000_0000_7000, low: 0x8000_0000_0000_0001)

    private static let summaryColumns = """
        tenant_id, run_id, purpose, owner_tenant_id, skill_id, version_id, version_number, skill_hash, skill_title,
        author_handle, skill_slug, timeframe, universe, from_at, to_at, seed, model, state, job_id, progress,
        progress_note, failure, dataset_hash, decision_log_hash, created_at, started_at, finished_at
        """

    static let insertStatement = Statement("runs.insert", """
        INSERT INTO runs (tenant_id, run_id, purpose, owner_tenant_id, skill_id, version_id, version_number, skill_hash,
            skill_title, author_handle, skill_slug, timeframe, universe, from_at, to_at, seed, model, state)
        VALUES (app.tenant_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'queued')
        """)
    static let setJobStatement = Statement("runs.setJob", """
        UPDATE runs SET job_id = $2 WHERE tenant_id = app.tenant_id() AND run_id = $1
        """)
    static let findStatement = Statement("runs.find", """
        SELECT \(summaryColumns), report, curve, trades FROM runs
         WHERE tenant_id IN (app.tenant_id(), app.house()) AND run_id = $1
        """)
    static let stateStatement = Statement("runs.state", """
        SELECT \(summaryColumns), report, NULL::jsonb AS curve, NULL::jsonb AS trades FROM runs
         WHERE tenant_id IN (app.tenant_id(), app.house()) AND run_id = $1
        """)
    static let listStatement = Statement("runs.list", """
        SELECT \(summaryColumns), report, NULL::jsonb AS curve, NULL::jsonb AS trades FROM runs
         WHERE tenant_id = app.tenant_id() AND ($1::uuid IS NULL OR run_id < $1) ORDER BY run_id DESC LIMIT $2
        """)
    static let listSkillStatement = Statement("runs.listSkill", """
        SELECT \(summaryColumns), report, NULL::jsonb AS curve, NULL::jsonb AS trades FROM runs
         WHERE tenant_id = app.tenant_id() AND skill_id = $1 ORDER BY run_id DESC LIMIT $2
        """)
    static let lockOrdersStatement = Statement("runs.lockOrders", """
        SELECT pg_advisory_xact_lock(hashtextextended($1::uuid::text, 43))
        """)
    static let liveCountStatement = Statement("runs.liveCount", """
        SELECT count(*) AS live FROM (
            SELECT FROM runs WHERE tenant_id = app.tenant_id() AND state IN ('queued', 'running') LIMIT $1) AS counted
        """)
    static let cancelStatement = Statement("runs.cancel", """
        UPDATE runs SET state = 'cancelled', finished_at = now()
         WHERE tenant_id = app.tenant_id() AND run_id = $1 AND state IN ('queued', 'running')
        """)
    static let startStatement = Statement("runs.start", """
        UPDATE runs SET state = 'running', started_at = coalesce(started_at, now()), progress = 0
         WHERE tenant_id = app.tenant_id() AND run_id = $1 AND state IN ('queued', 'running')
        """)
    static let progressStatement = Statement("runs.progress", """
        UPDATE runs SET progress = $2, progress_note = $3
         WHERE tenant_id = app.tenant_id() AND run_id = $1 AND state = 'running'
        """)
    static let completeStatement = Statement("runs.complete", """
        UPDATE runs SET state = 'completed', progress = 1, dataset_hash = $2, decision_log_hash = $3, report = $4,
               curve = $5, trades = $6, finished_at = now()
         WHERE tenant_id = app.tenant_id() AND run_id = $1 AND state = 'running'
        """)
    static let failStatement = Statement("runs.fail", """
        UPDATE runs SET state = 'failed', failure = $2, finished_at = now()
         WHERE tenant_id = app.tenant_id() AND run_id = $1 AND state IN ('queued', 'running')
        """)

    public static let statements = [
        insertStatement, setJobStatement, findStatement, stateStatement, listStatement, listSkillStatement, lockOrdersStatement, liveCountStatement,
        cancelStatement, startStatement, progressStatement, completeStatement, failStatement,
    ]

    /// Adds a queued run of the transaction's tenant.
    public static func insert(_ order: Order, in tx: borrowing Transaction) throws {
        try tx.run(insertStatement, .uuid(order.id), .text(order.purpose.rawValue), .uuid(order.owner), .uuid(order.skill),
                   .uuid(order.version), .int(order.versionNumber), .digest(order.skillHash), .text(order.skillTitle),
                   .text(order.authorHandle), .text(order.skillSlug), .text(order.timeframe.rawValue),
                   .textArray(order.universe), .instant(order.from), .instant(order.to), .int(order.seed),
                   .text(orNull: order.model))
    }

    public static func setJob(_ job: ID<Job>, of run: ID<Run>, in tx: borrowing Transaction) throws {
        try tx.run(setJobStatement, .uuid(run), .uuid(job))
    }

    /// A run of the tenant or of the house, whole.
    public static func find(_ id: ID<Run>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .uuid(id)).first(decode)
    }

    /// The same without curve and trades, for progress and short answers.
    public static func state(_ id: ID<Run>, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(stateStatement, .uuid(id)).first(decode)
    }

    /// The tenant's runs, newest first, those older than `before`; without curves and trades.
    public static func list(before: ID<Run>? = nil, limit: Int, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(listStatement, .uuid(orNull: before), .int(limit)).map(decode)
    }

    public static func list(skill: ID<Skill>, limit: Int, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(listSkillStatement, .uuid(skill), .int(limit)).map(decode)
    }

    /// Makes other orders of the tenant wait until this transaction ends, so that what is counted holds.
    public static func lockOrders(of tenant: ID<Tenant>, in tx: borrowing Transaction) throws {
        try tx.run(lockOrdersStatement, .uuid(tenant))
    }

    /// The tenant's runs that wait or run, counted to `max`.
    public static func liveCount(atMost max: Int, in tx: borrowing Transaction) throws -> Int {
        try tx.run(liveCountStatement, .int(max)).only { try $0.int("live") }
    }

    /// False when it was already over.
    public static func cancel(_ id: ID<Run>, in tx: borrowing Transaction) throws -> Bool {
        try tx.run(cancelStatement, .uuid(id)).affected == 1
    }

    /// False when the run is already over: a worker that took the job again must not start it.
    public static func start(_ id: ID<Run>, in tx: borrowing Transaction) throws -> Bool {
        try tx.run(startStatement, .uuid(id)).affected == 1
    }

    public static func setProgress(_ id: ID<Run>, _ progress: Double, note: JSON, in tx: borrowing Transaction) throws {
        try tx.run(progressStatement, .uuid(id), .double(progress), .json(note))
    }

    /// False when the run was cancelled meanwhile.
    public static func complete(
        _ id: ID<Run>, datasetHash: Digest, decisionLogHash: Digest, report: JSON, curve: JSON, trades: JSON,
        in tx: borrowing Transaction
    ) throws -> Bool {
        try tx.run(completeStatement, .uuid(id), .digest(datasetHash), .digest(decisionLogHash), .json(report),
                   .json(curve), .json(trades)).affected == 1
    }

    public static func fail(_ id: ID<Run>, _ failure: JSON, in tx: borrowing Transaction) throws {
        try tx.run(failStatement, .uuid(id), .json(failure))
    }

    private static func decode(_ row: borrowing Postgres.Row) throws -> Row {
        func known<T: RawRepresentable<String>>(_ column: String, _: T.Type, _ row: borrowing Postgres.Row) throws -> T {
            guard let value = T(rawValue: try row.text(.name(column))) else {
                throw PostgresError.malformed(statement: "runs", column: column, expected: "a known \(column)")
            }
            return value
        }
        let order = Order(
            id: try row.id("run_id"), purpose: try known("purpose", Purpose.self, row), owner: try row.id("owner_tenant_id"),
            skill: try row.id("skill_id"), version: try row.id("version_id"), versionNumber: try row.int("version_number"),
            skillHash: try row.digest("skill_hash"), skillTitle: try row.text("skill_title"),
            authorHandle: try row.text("author_handle"), skillSlug: try row.text("skill_slug"),
            timeframe: try known("timeframe", Timeframe.self, row), universe: try row.textArray("universe"),
            from: try row.instant("from_at"), to: try row.instant("to_at"), seed: try row.int64("seed"),
            model: try row.textOrNil("model"))
        return Row(
            tenant: try row.id("tenant_id"), order: order, state: try known("state", State.self, row),
            job: try row.idOrNil("job_id"), progress: try row.double("progress"), progressNote: try row.jsonOrNil("progress_note"),
            failure: try row.jsonOrNil("failure"), datasetHash: try row.digestOrNil("dataset_hash"),
            decisionLogHash: try row.digestOrNil("decision_log_hash"), report: try row.jsonOrNil("report"),
            curve: try row.jsonOrNil("curve"), trades: try row.jsonOrNil("trades"), createdAt: try row.instant("created_at"),
            startedAt: try row.instantOrNil("started_at"), finishedAt: try row.instantOrNil("finished_at"))
    }
}
