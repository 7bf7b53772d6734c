internal import Jobs
public import Postgres

/// Every SQL text the program runs, for the test that prepares each as the role that uses it.
public enum StatementCatalog {
    public static let all: [Statement] = tables.flatMap { $0 }

    private static let tables: [[Statement]] = [
        APITokenTable.statements,
        AccountErasureTable.statements,
        AccountExportTable.statements,
        ActingTenant.statements,
        AuditEntryTable.statements,
        AuditIndexTable.statements,
        AuditQueueTable.statements,
        AuditSnapshotTable.statements,
        AuditTable.statements,
        AuthorTable.statements,
        CandleTable.statements,
        ErasureTable.statements,
        FactorTable.statements,
        IdempotencyKeyTable.statements,
        InvitationTable.statements,
        JobQueue.statements,
        KnownDeviceTable.statements,
        LineageTrialsTable.statements,
        ListingTable.statements,
        LogTable.statements,
        LoginSessionTable.statements,
        MailLinkTable.statements,
        MemberAdminTable.statements,
        MemberTable.statements,
        MembershipTable.statements,
        PasskeyChallengeTable.statements,
        PasskeyTable.statements,
        PendingLogInTable.statements,
        PublishedVersionTable.statements,
        ReadinessCheck.statements,
        RecoveryCodeTable.statements,
        RecoveryTable.statements,
        RequestCountTable.statements,
        RunDecisionTable.statements,
        RunTable.statements,
        SkillTable.statements,
        TeamTable.statements,
        ThrottleTable.statements,
        TotpFactorTable.statements,
        VersionTable.statements,
    ]
}
