public import Base
public import Postgres

/// How many runs each family of skills has had. Counts up when a run is asked for, so that nothing run is uncounted.
public enum LineageTrialsTable {
    static let addStatement = Statement("lineageTrials.add", """
        INSERT INTO lineage_trials (lineage_id, trials) VALUES ($1, 1)
        ON CONFLICT (lineage_id) DO UPDATE SET trials = lineage_trials.trials + 1
        """)
    static let countStatement = Statement("lineageTrials.count", "SELECT trials FROM lineage_trials WHERE lineage_id = $1")

    static let totalStatement = Statement("lineageTrials.total", "SELECT coalesce(sum(trials), 0)::bigint AS trials FROM lineage_trials")

    public static let statements = [addStatement, countStatement, totalStatement]

    public static func add(_ lineage: ID<Skill>, in tx: borrowing Transaction) throws {
        try tx.run(addStatement, .uuid(lineage))
    }

    public static func count(_ lineage: ID<Skill>, in tx: borrowing Transaction) throws -> Int {
        try tx.run(countStatement, .uuid(lineage)).first { try $0.int("trials") } ?? 0
    }

    /// Runs of everybody, ever.
    public static func total(in tx: borrowing Transaction) throws -> Int {
        try tx.run(totalStatement).only { try $0.int("trials") }
    }
}
