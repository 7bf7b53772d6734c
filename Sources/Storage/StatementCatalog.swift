internal import Jobs
public import Postgres

/// Every SQL text the program runs, for the test that prepares each as the role that uses it.
public enum StatementCatalog {
    public static let all: [Statement] = tables.flatMap { $0 }

    private static let tables: [[Statement]] = [
        AccountErasureTable.statements,
        AccountExportTable.statements,
        ActingTenant.statements,
        APITokenTable.statements,
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
        LoginSessionTable.statements,
        LogTable.statements,
        MailLinkTable.statements,
        MailThrottleTable.statements,
        MemberAdminTable.statements,
        MembershipTable.statements,
        MemberTable.statements,
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
        TenantTable.statements,
        ThrottleTable.statements,
        TotpFactorTable.statements,
        VersionTable.statements,
    ]
}
