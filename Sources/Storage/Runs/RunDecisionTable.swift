public import Base
public import Postgres

/// The decisions of a run, each as it went into the decision log. Append-only.
public enum RunDecisionTable {
    public struct Row: Sendable {
        public let number: Int
        public let at: Instant
        public let summary: JSON
        /// Nil in lists.
        public let decision: JSON?
    }

    static let insertStatement = Statement("runDecisions.insert", """
        INSERT INTO run_decisions (tenant_id, run_id, number, decided_at, summary, decision)
        SELECT app.tenant_id(), $1, (d ->> 'n')::integer, (d ->> 'at')::timestamptz, d -> 'summary', d -> 'decision'
          FROM jsonb_array_elements($2::jsonb) AS d
        """)
    static let listStatement = Statement("runDecisions.list", """
        SELECT number, decided_at, summary FROM run_decisions
         WHERE tenant_id IN (app.tenant_id(), app.house()) AND run_id = $1 AND number > $2 ORDER BY number LIMIT $3
        """)
    static let findStatement = Statement("runDecisions.find", """
        SELECT number, decided_at, summary, decision FROM run_decisions
         WHERE tenant_id IN (app.tenant_id(), app.house()) AND run_id = $1 AND number = $2
        """)
    static let countStatement = Statement("runDecisions.count", """
        SELECT count(*) AS decisions FROM run_decisions WHERE tenant_id = app.tenant_id() AND run_id = $1
        """)

    public static let statements = [insertStatement, listStatement, findStatement, countStatement]

    /// Adds a batch of `{n, at, summary, decision}` objects of one run.
    public static func insert(_ decisions: [JSON], run: ID<Run>, in tx: borrowing Transaction) throws {
        try tx.run(insertStatement, .uuid(run), .json(.array(decisions)))
    }

    /// Decisions after `number`, in order.
    public static func list(run: ID<Run>, after number: Int, limit: Int, in tx: borrowing Transaction) throws -> [Row] {
        try tx.run(listStatement, .uuid(run), .int(number), .int(limit)).map { row in
            Row(number: try row.int("number"), at: try row.instant("decided_at"), summary: try row.json("summary"), decision: nil)
        }
    }

    public static func find(run: ID<Run>, number: Int, in tx: borrowing Transaction) throws -> Row? {
        try tx.run(findStatement, .uuid(run), .int(number)).first { row in
            Row(number: try row.int("number"), at: try row.instant("decided_at"), summary: try row.json("summary"),
                decision: try row.json("decision"))
        }
    }
}
