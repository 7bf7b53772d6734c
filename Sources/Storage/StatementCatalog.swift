internal import Jobs
public import Postgres

/// Every SQL text the program runs, for the test that prepares each as the role that uses it.
public enum StatementCatalog {
    public static let all: [Statement] = tables.flatMap { $0 }

    private static let tables: [[Statement]] = [
        ActingTenant.statements,
        APITokenTable.statements,
        AuditTable.statements,
        AuthorTable.statements,
        CandleTable.statements,
        IdempotencyKeyTable.statements,
        JobQueue.statements,
        LineageTrialsTable.statements,
        ListingTable.statements,
        LoginSessionTable.statements,
        MemberTable.statements,
        PublishedVersionTable.statements,
        ReadinessCheck.statements,
        RequestCountTable.statements,
        RunDecisionTable.statements,
        RunTable.statements,
        SkillTable.statements,
        VersionTable.statements,
    ]
}
