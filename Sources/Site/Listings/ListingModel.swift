internal import Base
internal import HTTP
internal import Marketplace
internal import Postgres
internal import Storage
internal import Trading

/// Gathers what a listing's page shows from the tables.
struct ListingModel {
    /// What was typed into the backtest form, and what is wrong with it.
    struct Typed {
        let from: String
        let to: String
        let seed: String
        let errors: [FieldError]
    }

    private let listing: ListingTable.Row
    private let number: Int?
    private let viewer: Viewer
    private let isOwner: Bool
    private let now: Instant
    var typed: Typed?

    /// `number` nil shows the listed version.
    init(_ listing: ListingTable.Row, number: Int?, _ context: some PageContext) {
        self.listing = listing
        self.number = number
        viewer = context.pageViewer
        isOwner = context.viewer?.tenant == listing.tenant
        now = context.now
    }

    /// Throws 404 when that version was never published.
    func page(in tx: borrowing Transaction) throws -> ListingPages.Listing {
        let p = listing.publication
        let versions = try PublishedVersionTable.list(tenant: listing.tenant, skill: p.skill, in: tx)
        guard let shown = versions.first(where: { $0.number == number ?? p.versionNumber }) else { throw Problem.notFound }
        let run = try RunTable.find(shown.evaluationRun, in: tx)
        let manifest = try shown.files.map { try Authoring.manifest(of: $0) }
        let ancestors = try Self.ancestors(of: listing, in: tx)
        return ListingPages.Listing(
            name: listing.name, title: p.name, summary: shown.summary, glyph: listing.glyph, version: shown.number,
            versionHash: shown.hash, publishedAt: shown.publishedAt, isOpen: shown.files != nil, isSynthetic: p.synthetic,
            forkedFrom: p.source.map { SkillName(handle: $0.handle, slug: $0.slug) }, facts: Self.facts(shown.facts),
            evaluation: evaluation(shown, run), trials: listing.trials,
            luck: run.map { RunNumbers($0).luck(trials: listing.trials) } ?? .unavailable(because: "not evaluated"), sincePublication: Self.since(shown, now),
            instructions: manifest?.instructions, entrySource: manifest?.entrySource, exitSource: manifest?.exitSource,
            versions: versions.map {
                .init(number: $0.number, hash: $0.hash, publishedAt: $0.publishedAt, note: $0.summary, isCurrent: $0.number == p.versionNumber)
            },
            ancestors: ancestors, forks: try ListingTable.forks(of: p.skill, limit: 20, in: tx).map(\.relative), forksTotal: listing.forks,
            backtest: try backtestForm(in: tx), viewer: viewer, isOwner: isOwner, now: now)
    }

    /// Oldest first; as far as they are still listed.
    private static func ancestors(of listing: ListingTable.Row, in tx: borrowing Transaction) throws -> [ListingPages.Relative] {
        var found: [ListingPages.Relative] = []
        var current = listing
        while found.count < 16, let source = current.publication.source, let parent = try ListingTable.find(skill: source.skill, in: tx) {
            found.insert(parent.relative, at: 0)
            current = parent
        }
        return found
    }

    private func evaluation(_ version: PublishedVersionTable.Row, _ run: RunTable.Row?) -> ListingPages.EvaluationState {
        guard let run else { return .failed(reason: "The evaluation's record is missing.", run: version.evaluationRun) }
        switch run.state {
        case .queued: return .pending(RunProgress(stage: "Waiting for its turn", fraction: 0, millisecondsLeft: nil), run: run.order.id)
        case .running:
            return .pending(RunProgress(stage: "Replaying", fraction: run.progress, millisecondsLeft: nil), run: run.order.id)
        case .failed, .cancelled:
            return .failed(reason: run.failure?["message"]?.string ?? "It was cancelled.", run: run.order.id)
        case .completed:
            guard run.report != nil, run.curve != nil, let dataset = run.datasetHash, let log = run.decisionLogHash else {
                return .failed(reason: "The evaluation's report is missing.", run: run.order.id)
            }
            let numbers = RunNumbers(run)
            return .completed(.init(
                run: run.order.id, from: run.order.from.date, to: run.order.to.date, metrics: numbers.metrics,
                equity: numbers.equity(publishedAt: nil), datasetHash: dataset, decisionLogHash: log,
                command: "tradecraft sim --skill \(listing.name.text)@\(version.number) --from \(run.order.from.date) --to \(run.order.to.date) --seed \(run.order.seed)",
                warnings: numbers.warnings))
        }
    }

    private static func since(_ version: PublishedVersionTable.Row, _ now: Instant) -> ListingPages.Since {
        let reason = "forward evaluation needs candles from after publication"
        return .init(days: Int(max(0, now.day - version.publishedAt.day)), change: .unavailable(because: reason), benchmark: .unavailable(because: reason))
    }

    private static func facts(_ facts: JSON) -> ListingPages.Facts {
        func list(_ key: String) -> [String] { facts[key]?.array?.compactMap(\.string) ?? [] }
        func number(_ value: JSON) -> String { value.string ?? value.double.map { JSON.double($0).text } ?? value.text }
        // Stored JSON does not keep the order of members; the manifest's order is the one people know.
        let caps = RiskWords.keys.compactMap { key -> ListingPages.NamedText? in
            guard let value = facts["risk"]?[key], !value.isNull else { return nil }
            return .init(name: RiskWords.name(key), text: RiskWords.value(key, value))
        }
        return .init(
            model: facts["model"]?.string ?? "none, helpers alone", tools: list("tools"), universe: list("universe"),
            timeframe: facts["timeframe"]?.string ?? "", cadence: (facts["cadence"]?.string ?? "").replacing("_", with: " "), caps: caps,
            parameters: (facts["parameters"]?.object ?? []).map { .init(name: $0.0, text: number($0.1)) })
    }

    private func backtestForm(in tx: borrowing Transaction) throws -> BacktestForm {
        let p = listing.publication
        guard let span = try CandleCoverage(in: tx).span(universe: p.universe, timeframe: p.timeframe) else {
            return BacktestForm(datasets: [.init(id: "platform", label: "Platform candles")], dataset: "platform", from: typed?.from ?? "",
                                to: typed?.to ?? "", seed: typed?.seed ?? "1", help: "There are no candles for this universe now.", errors: typed?.errors ?? [])
        }
        let start = max(span.lowerBound.milliseconds, span.upperBound.milliseconds - 30 * Instant.millisecondsPerDay)
        return BacktestForm(
            datasets: [.init(id: "platform", label: p.synthetic ? "Platform candles (synthetic)" : "Platform candles")], dataset: "platform",
            from: typed?.from ?? Instant(milliseconds: start).date.description, to: typed?.to ?? span.upperBound.date.description,
            seed: typed?.seed ?? "1", help: "Data reaches from \(span.lowerBound.date) to \(span.upperBound.date).", errors: typed?.errors ?? [])
    }
}

/// The caps of a manifest in words.
enum RiskWords {
    /// In the order of SKILL.md.
    static let keys = [
        "max_order_usd", "max_position_usd", "max_leverage", "max_open_positions", "max_daily_loss_pct", "max_drawdown_pct",
        "max_orders_per_hour", "stop_loss_pct", "allow_short",
    ]

    static func name(_ key: String) -> String {
        switch key {
        case "max_order_usd": "Order"
        case "max_position_usd": "Position"
        case "max_leverage": "Leverage"
        case "max_open_positions": "Open positions"
        case "max_daily_loss_pct": "Daily loss"
        case "max_drawdown_pct": "Drawdown"
        case "max_orders_per_hour": "Orders an hour"
        case "stop_loss_pct": "Stop loss"
        case "allow_short": "Shorts"
        default: key
        }
    }

    static func value(_ key: String, _ value: JSON) -> String {
        if key == "allow_short" { return value.bool == true ? "allowed" : "not allowed" }
        let text = value.string ?? value.text
        if key.hasSuffix("_usd") { return Money(decimal: text).map { Format.moneyText($0, digits: 0) } ?? text }
        if key.hasSuffix("_pct") { return "\(text) %" }
        return key == "max_leverage" ? "\(text)×" : text
    }
}
