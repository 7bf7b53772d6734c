public import Base
internal import Marketplace
public import Postgres
internal import Trading

/// Checks what a member asks to be run, then queues it. Pages and API share it.
public enum BacktestRequest {
    /// Runs of one tenant that may wait or run at once.
    public static let liveRunsMax = 20

    /// Why not. Shown to the member.
    public enum Refusal: Error, Sendable, Hashable {
        case noVersion(number: Int)
        case backwards
        case tooLong(days: Int64)
        /// None of the platform's candles fit this universe and timeframe.
        case noCandles(universe: [String], timeframe: String)
        case outsideCandles(universe: [String], available: Range<CalendarDate>)
        /// These have a gap all over the span.
        case emptySpan(instruments: [String])
        case tooManyRuns

        /// The field of a form that is to be changed; nil when none can help.
        public var field: String? {
            switch self {
            case .noVersion: "version"
            case .backwards, .tooLong: "to"
            case .noCandles, .outsideCandles, .emptySpan: "from"
            case .tooManyRuns: nil
            }
        }

        public var sentence: String {
            switch self {
            case .noVersion(let number): "This skill has no version \(number)."
            case .backwards: "The last day must come after the first. The first day is included, the last is not."
            case .tooLong(let days): "A run covers at most \(Limits.runSpanDaysMax) days; you asked for \(days)."
            case .noCandles(let universe, let timeframe):
                "There are no \(timeframe) candles that cover \(universe.joined(separator: ", ")) together. Choose instruments that the data page lists."
            case .outsideCandles(let universe, let available):
                "There are candles of \(universe.joined(separator: ", ")) from \(available.lowerBound) to \(available.upperBound). Choose days within."
            case .emptySpan(let instruments): "There is not one candle of \(instruments.joined(separator: ", ")) in these days. Choose others."
            case .tooManyRuns: "You have \(BacktestRequest.liveRunsMax) runs waiting or running. Wait for one to end, or cancel one."
            }
        }
    }

    /// Queues version `number` of a skill of the transaction's tenant over whole UTC days, `from` inclusive, `to`
    /// exclusive. Throws `Refusal`, or `SkillProblems` when the stored version does not stand today's rules.
    public static func order(
        skill: SkillTable.Row, number: Int, from: CalendarDate, to: CalendarDate, seed: Int64, owner: ID<Tenant>, handle: String,
        ids: inout Authoring.Identifiers, in tx: borrowing Transaction
    ) throws -> ID<Run> {
        guard let version = try VersionTable.find(skill: skill.id, number: number, in: tx) else { throw Refusal.noVersion(number: number) }
        let manifest = try Authoring.manifest(of: version.files)
        let span = try checked(from, to, manifest, in: tx)
        try RunTable.lockOrders(of: owner, in: tx)
        guard try RunTable.liveCount(atMost: liveRunsMax, in: tx) < liveRunsMax else { throw Refusal.tooManyRuns }
        let run: ID<Run> = ids.next()
        let subject = RunOrdering.Subject(
            owner: owner, handle: handle, skill: skill.id, lineage: skill.lineage, version: version.id, number: version.number,
            manifest: manifest)
        try RunOrdering.backtest(subject, by: owner, id: run, span: span, seed: seed, in: tx)
        return run
    }

    /// Queues a run of a published version by another member: whoever reads a listing may repeat it on other days. Under
    /// a closed licence the source is read for the engine alone and shown to nobody.
    public static func order(
        published listing: ListingTable.Row, number: Int, from: CalendarDate, to: CalendarDate, seed: Int64, runner: ID<Tenant>,
        ids: inout Authoring.Identifiers, in tx: borrowing Transaction
    ) throws -> ID<Run> {
        let p = listing.publication
        guard let published = try PublishedVersionTable.find(tenant: listing.tenant, skill: p.skill, number: number, in: tx) else {
            throw Refusal.noVersion(number: number)
        }
        let stored = try ActingTenant.run(as: listing.tenant, backTo: runner, in: tx) { tx in try VersionTable.find(published.version, in: tx) }
        guard let version = stored else { throw Refusal.noVersion(number: number) }
        let manifest = try Authoring.manifest(of: version.files)
        let span = try checked(from, to, manifest, in: tx)
        try RunTable.lockOrders(of: runner, in: tx)
        guard try RunTable.liveCount(atMost: liveRunsMax, in: tx) < liveRunsMax else { throw Refusal.tooManyRuns }
        let run: ID<Run> = ids.next()
        let subject = RunOrdering.Subject(
            owner: listing.tenant, handle: p.handle, skill: p.skill, lineage: p.lineage, version: version.id, number: number, manifest: manifest)
        try RunOrdering.backtest(subject, by: runner, id: run, span: span, seed: seed, in: tx)
        return run
    }

    private static func checked(
        _ from: CalendarDate, _ to: CalendarDate, _ manifest: Manifest, in tx: borrowing Transaction
    ) throws -> Range<Instant> {
        guard from < to else { throw Refusal.backwards }
        let span = from.start..<to.start
        let days = span.upperBound.day - span.lowerBound.day
        guard days <= Int64(Limits.runSpanDaysMax) else { throw Refusal.tooLong(days: days) }
        let coverage = try CandleCoverage(in: tx)
        guard let available = coverage.span(universe: manifest.universe, timeframe: manifest.timeframe) else {
            throw Refusal.noCandles(universe: manifest.universe, timeframe: manifest.timeframe.rawValue)
        }
        guard available.lowerBound <= span.lowerBound, span.upperBound <= available.upperBound else {
            throw Refusal.outsideCandles(
                universe: manifest.universe, available: available.lowerBound.date..<available.upperBound.date)
        }
        let empty = try manifest.universe.filter { name in
            guard let stored = coverage.source(of: name, for: manifest.timeframe) else { return true }
            return try !coverage.hasBars(of: name, timeframe: stored, in: span, tx)
        }
        guard empty.isEmpty else { throw Refusal.emptySpan(instruments: empty) }
        return span
    }
}
