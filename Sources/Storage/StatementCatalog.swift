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
        InvitationTable.statements,
        JobQueue.statements,
        LineageTrialsTable.statements,
        ListingTable.statements,
        LoginSessionTable.statements,
        MailLinkTable.statements,
        MailThrottleTable.statements,
        MemberTable.statements,
        MembershipTable.statements,
        PublishedVersionTable.statements,
        ReadinessCheck.statements,
        RecoveryTable.statements,
        RunDecisionTable.statements,
        RunTable.statements,
        SkillTable.statements,
        TenantTable.statements,
        VersionTable.statements,
    ]
}
