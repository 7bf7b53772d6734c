internal import Jobs
public import Postgres

/// Every SQL text the program runs, for the test that prepares each as the role that uses it.
public enum StatementCatalog {
    public static let all: [Statement] =
        ActingTenant.statements + CandleTable.statements + LineageTrialsTable.statements + ListingTable.statements
        + PublishedVersionTable.statements + RunDecisionTable.statements + RunTable.statements + SkillTable.statements
        + VersionTable.statements + AuthorTable.statements + MemberTable.statements + LoginSessionTable.statements
        + ReadinessCheck.statements + JobQueue.statements
}
