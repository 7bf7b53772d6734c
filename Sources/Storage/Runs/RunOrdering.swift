public import Base
internal import Jobs
public import Marketplace
public import Postgres
internal import Trading

/// Asks for runs: the row, the trial and the job in the caller's transaction, all or none.
public enum RunOrdering {
    /// What a version is called where it is shown.
    public struct Subject: Sendable {
        public let owner: ID<Tenant>
        public let handle: String
        public let skill: ID<Skill>
        public let lineage: ID<Skill>
        public let version: ID<Version>
        public let number: Int
        public let manifest: Manifest

        public init(
            owner: ID<Tenant>, handle: String, skill: ID<Skill>, lineage: ID<Skill>, version: ID<Version>, number: Int, manifest: Manifest
        ) {
            self.owner = owner
            self.handle = handle
            self.skill = skill
            self.lineage = lineage
            self.version = version
            self.number = number
            self.manifest = manifest
        }
    }

    /// Queues a backtest by `runner`, the transaction's tenant: of its own skill, or of another's published version.
    public static func backtest(
        _ subject: Subject, by runner: ID<Tenant>, id: ID<Run>, span: Range<Instant>, seed: Int64, in tx: borrowing Transaction
    ) throws {
        try insert(subject, id: id, purpose: .backtest, tenant: runner, turn: runner, span: span, seed: seed, priority: 3, in: tx)
    }

    /// Queues the standard evaluation, which belongs to the house. The transaction is the author's.
    public static func evaluation(_ subject: Subject, id: ID<Run>, span: Range<Instant>, in tx: borrowing Transaction) throws {
        try insert(subject, id: id, purpose: .evaluation, tenant: RunTable.house, turn: subject.owner, span: span,
                   seed: Int64(StandardEvaluation.current.seed), priority: 5, in: tx)
    }

    private static func insert(
        _ subject: Subject, id: ID<Run>, purpose: RunTable.Purpose, tenant: ID<Tenant>, turn: ID<Tenant>,
        span: Range<Instant>, seed: Int64, priority: Int, in tx: borrowing Transaction
    ) throws {
        let manifest = subject.manifest
        let order = RunTable.Order(
            id: id, purpose: purpose, owner: subject.owner, skill: subject.skill, version: subject.version,
            versionNumber: subject.number, skillHash: manifest.hash, skillTitle: manifest.name, authorHandle: subject.handle,
            skillSlug: manifest.slug, timeframe: manifest.timeframe, universe: manifest.universe, from: span.lowerBound,
            to: span.upperBound, seed: seed, model: manifest.model)
        let job = try JobQueue.enqueue(SimulateRun(tenant: tenant, run: id).request(owner: turn, priority: priority), in: tx)
        try LineageTrialsTable.add(subject.lineage, in: tx)
        try ActingTenant.run(as: tenant, backTo: turn, in: tx) { tx in
            try RunTable.insert(order, in: tx)
            try RunTable.setJob(job, of: id, in: tx)
        }
    }
}
