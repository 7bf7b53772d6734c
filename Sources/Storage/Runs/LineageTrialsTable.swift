public import Base
public import Postgres

/// How many runs each family of skills has had. Counts up when a run is asked for, so that nothing run is uncounted.
public enum LineageTrialsTable {
    static let addStatement = Statement("lineageTrials.add", """
        INSERT INTO lineage_trials (lineage_id, trials) VALUES ($1, 1)
        ON CONFLICT (lineage_id) DO UPDATE SET trials = lineage_trials.trials + 1
        """)
    static let countStatement = Statement("lineageTrials.count", "SELECT trials FROM lineage_trials WHERE lineage_id = $1")

    public static let statements = [addStatement, countStatement]

    public static func add(_ lineage: ID<Skill>, in tx: borrowing Transaction) throws {
        try tx.run(addStatement, .uuid(lineage))
    }

    public static func count(_ lineage: ID<Skill>, in tx: borrowing Transaction) throws -> Int {
        try tx.run(countStatement, .uuid(lineage)).first { try $0.int("trials") } ?? 0
    }
}
