internal import Base
@testable internal import Site

/// Models of every page, filled with plausible values. Made from a seed, so the same every time.
enum Samples {
    static let now = Instant("2026-01-14T09:30:00Z") ?? Instant(milliseconds: 0)
    static let member = Viewer.member(handle: "mara", token: "token-for-tests")
    static let run = ID<Run>(high: 0x0199_aaaa_bbbb_7000, low: 0x8000_0000_0000_0042)
    static let otherRun = ID<Run>(high: 0x0199_aaaa_bbbb_7000, low: 0x8000_0000_0000_0043)

    static func digest(_ text: String) -> Digest { Digest.of(text) }
    static func date(_ text: String) -> CalendarDate { CalendarDate(text) ?? Instant(milliseconds: 0).date }
    static func glyph(_ own: String, root: String? = nil) -> Glyph { Glyph(root: digest(root ?? own), own: digest(own)) }

    /// A walk of `count` values from 10,000 with a drift a step.
    static func walk(_ seed: UInt64, _ count: Int, drift: Double = 0, swing: Double = 0.004) -> [Double] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        var value = 10_000.0
        return (0..<count).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            value *= 1 + drift + (Double(state >> 11) / Double(1 << 53) - 0.5) * swing
            return value
        }
    }

    static func equity(_ seed: UInt64 = 7, drift: Double = 0.00004) -> EquitySeries {
        let start = date("2025-08-20").start
        let values = walk(seed, 2_880, drift: drift)
        let market = walk(seed + 50, 2_880, drift: 0.00002, swing: 0.006)
        return EquitySeries(
            points: values.indices.map { index in
                .init(time: start.advanced(byMilliseconds: Int64(index) * 3_600_000), equity: values[index], benchmark: market[index])
            },
            publishedAt: start.advanced(byMilliseconds: 83 * 86_400_000),
            inSampleUntil: start.advanced(byMilliseconds: 83 * 86_400_000))
    }

    static var metrics: RunMetrics {
        RunMetrics(
            totalReturn: .value(0.0312), benchmarkReturn: .value(-0.0187), cagr: .unavailable(because: "needs 90 days, has 30"),
            volatility: .value(0.184), sharpe: .value(0.42), sharpeRange: -0.21...1.04, sortino: .value(0.66), calmar: .value(-1.1),
            maxDrawdown: .value(-0.0634), maxDrawdownDays: .value(11.25), profitFactor: .value(1.18), winRate: .value(0.462),
            expectancy: .value(3.12), exposure: .value(0.341), turnover: .value(18.4), trades: 137,
            fees: Money.whole(81), funding: Money(raw: -342_000_000))
    }

    static func row(_ handle: String, _ slug: String, _ summary: String, _ seed: UInt64, drift: Double, synthetic: Bool = true) -> SkillRow {
        let curve = walk(seed, 60, drift: drift, swing: 0.03)
        let change = (curve.last ?? 1) / (curve.first ?? 1) - 1
        return SkillRow(
            name: SkillName(handle: handle, slug: slug), title: slug, summary: summary,
            glyph: seed % 3 == 0 ? glyph(slug, root: "trend-rider") : glyph(slug), timeframe: seed % 2 == 0 ? "5m" : "1h", isSynthetic: synthetic,
            isMine: handle == "mara", evaluated: .value(change),
            sincePublication: seed % 2 == 0 ? .unavailable(because: "published today") : .value(change / 9),
            sharpe: .value(change * 4), sharpeRange: (change * 4 - 0.8)...(change * 4 + 0.8),
            maxDrawdown: .value(-0.02 - change.magnitude / 3), trials: Int(seed) * 7, forks: Int(seed % 5),
            publishedAt: now.advanced(byMilliseconds: -Int64(seed) * 7 * 86_400_000), curve: curve)
    }

    static var rows: [SkillRow] {
        [
            row("mara", "trend-rider", "Follows the 4-hour trend, adds on pullbacks to the fast average, leaves on a close below it.", 3, drift: 0.002),
            row("okafor", "quiet-breakout", "Buys the first close above a two-day range after volatility has dried up.", 4, drift: 0.001, synthetic: false),
            row("lindqvist", "mean-revert-5m", "Fades moves of three deviations when funding disagrees.", 5, drift: -0.001),
            row("mara", "trend-rider-tight", "The same with half the stop.", 6, drift: 0.0005),
            row("tanaka", "carry-basket", "Holds what is paid to be held; rotates weekly.", 8, drift: 0.0001),
            row("reyes", "always-long", "Buys and never sells, to have something to beat.", 9, drift: -0.0004, synthetic: false),
            row("okafor", "news-gullible", "Believes every headline it reads. Kept as a warning.", 11, drift: -0.004),
        ]
    }

    static let cohort = BrowsePages.Cohort(published: 412, positive: 57, median: .value(-0.031), measure: "the standard evaluation")

    static var front: FrontPages.Front { .init(rows: rows, cohort: cohort, trials: 18_204, viewer: .visitor, now: now) }

    static var browse: BrowsePages.Browse {
        .init(
            query: "", sort: .init(value: "evidence", label: "Evidence"),
            sorts: [.init(value: "evidence", label: "Evidence"), .init(value: "newest", label: "Newest"), .init(value: "forks", label: "Forks")],
            facets: [
                .init(title: "Timeframe", options: [
                    .init(label: "5m", count: 210, isActive: true, address: "/skills"),
                    .init(label: "1h", count: 160, isActive: false, address: "/skills?timeframe=1h"),
                    .init(label: "1d", count: 42, isActive: false, address: "/skills?timeframe=1d"),
                ]),
                .init(title: "Model", options: [
                    .init(label: "None, helpers only", count: 301, isActive: false, address: "/skills?model=none"),
                    .init(label: "reference/threshold", count: 111, isActive: false, address: "/skills?model=reference"),
                ]),
                .init(title: "Licence", options: [
                    .init(label: "Open", count: 380, isActive: false, address: "/skills?licence=open"),
                    .init(label: "Closed", count: 32, isActive: false, address: "/skills?licence=closed"),
                ]),
                .init(title: "Data", options: [
                    .init(label: "Recorded", count: 90, isActive: false, address: "/skills?data=recorded"),
                    .init(label: "Synthetic", count: 322, isActive: false, address: "/skills?data=synthetic"),
                ]),
            ],
            activeFilters: [.init(value: "timeframe", label: "5m")], cohort: cohort, rows: rows,
            pagination: .init(what: "skills", label: "1 to 30 of 412", previous: nil, next: "/skills?after=abc"), now: now)
    }

    static let instructions = """
        # Trend rider

        Follow the **4-hour trend** and *nothing else*. When the fast average is above the slow one, buy pullbacks.

        ## Entry

        1. The fast average (`20`) is above the slow one (`50`).
        2. The close is within one ATR of the fast average.
        3. No position is open.

        ## Exit

        - A close below the fast average, or
        - the stop at two ATR.

        > Never average down. See [the original note](https://example.org/note).

        ```
        size = 0.5 when ATR is above its median
        ```
        """

    static let entry = """
        // Buys pullbacks in an established trend.
        export function entry(ctx) {
          const fast = ctx.ema(20);
          const slow = ctx.ema(50);
          if (fast === null || slow === null || fast <= slow) return null;
          const close = ctx.bars.close[ctx.bars.length - 1];
          if (Math.abs(close - fast) > ctx.atr(14)) return null;
          return { side: "long", stop: close - 2 * ctx.atr(14), reason: "pullback to the fast average" };
        }
        """

    static var backtest: BacktestForm {
        .init(datasets: [.init(id: "real", label: "Recorded perps, 5m"), .init(id: "sim", label: "Synthetic market, 5m")],
              dataset: "real", from: "2025-08-20", to: "2025-09-19", seed: "1", help: "Candles reach from 2025-08-20 to 2025-11-20.")
    }

    static func listing(
        viewer: Viewer = .visitor, isOpen: Bool = true,
        state: ListingPages.EvaluationState? = nil
    ) -> ListingPages.Listing {
        .init(
            name: SkillName(handle: "mara", slug: "trend-rider-tight"), title: "Trend rider, tight", summary: "Follows the 4-hour trend with half the stop of its source.",
            glyph: glyph("tight", root: "trend-rider"), version: 3, versionHash: digest("v3"),
            publishedAt: now.advanced(byMilliseconds: -83 * 86_400_000), isOpen: isOpen, isSynthetic: true,
            forkedFrom: SkillName(handle: "okafor", slug: "trend-rider"), forkDiffAddress: "/@mara/trend-rider-tight/diff/1...3",
            facts: .init(
                model: "none", tools: ["bars", "portfolio"], universe: ["SIM-ALPHA", "SIM-BETA", "SIM-GAMMA"], timeframe: "5m", cadence: "every bar",
                caps: [.init(name: "Order", text: "$500"), .init(name: "Position", text: "$1,000"), .init(name: "Leverage", text: "2 ×"),
                       .init(name: "Daily loss", text: "3 %"), .init(name: "Shorts", text: "not allowed")],
                parameters: [.init(name: "fast", text: "20"), .init(name: "slow", text: "50")]),
            evaluation: state ?? .completed(.init(
                run: run, from: date("2025-08-20"), to: date("2025-12-18"), metrics: metrics, equity: equity(),
                datasetHash: digest("data"), decisionLogHash: digest("log"),
                command: "tradecraft verify run.json --skill @mara/trend-rider-tight@3 --seed 1 --from 2025-08-20 --to 2025-12-18",
                warnings: [])),
            trials: 41, luck: .value(0.62), sincePublication: .init(days: 83, change: .value(-0.012), benchmark: .value(0.04)),
            instructions: isOpen ? instructions : nil, entrySource: isOpen ? entry : nil, exitSource: nil,
            versions: [
                .init(number: 3, hash: digest("v3"), publishedAt: now, note: "Half the stop", isCurrent: true),
                .init(number: 2, hash: digest("v2"), publishedAt: now, note: "Longer warm-up", isCurrent: false),
                .init(number: 1, hash: digest("v1"), publishedAt: now, note: "Forked", isCurrent: false),
            ],
            ancestors: [.init(name: SkillName(handle: "okafor", slug: "trend-rider"), glyph: glyph("trend-rider"), version: 2, change: .value(0.051))],
            forks: [.init(name: SkillName(handle: "reyes", slug: "tighter"), glyph: glyph("tighter", root: "trend-rider"), version: 1, change: .value(-0.08))],
            forksTotal: 1, backtest: backtest, viewer: viewer, isOwner: false, now: now)
    }

    static func header(isOwner: Bool = true) -> RunHeader {
        .init(
            id: run, skill: SkillName(handle: "mara", slug: "trend-rider"), title: "Trend rider", version: "v3", glyph: glyph("trend-rider"),
            from: date("2025-08-20"), to: date("2025-09-19"), timeframe: "5m", universe: ["BTC", "ETH", "SOL", "BNB", "XRP"],
            isSynthetic: false, startedBy: "mara", createdAt: now, isOwner: isOwner)
    }

    static var candles: CandleSeries {
        let start = date("2025-08-20").start
        let closes = walk(21, 900, swing: 0.006).map { $0 * 6.4 }
        let bars = closes.indices.dropFirst().map { index in
            CandleSeries.Candle(
                time: start.advanced(byMilliseconds: Int64(index) * 300_000), open: closes[index - 1],
                high: max(closes[index], closes[index - 1]) * 1.0012, low: min(closes[index], closes[index - 1]) * 0.9988, close: closes[index])
        }
        let kinds: [CandleSeries.Mark.Kind] = [.long, .exit, .short, .exit]
        let marks = (0..<16).map { index in
            let bar = bars[20 + index * 50]
            return CandleSeries.Mark(time: bar.time, price: bar.close, kind: kinds[index % 4])
        }
        return CandleSeries(instrument: "BTC", timeframe: "5m", candles: bars, marks: marks)
    }

    static var trades: [RunReport.Trade] {
        (1...8).map { number in
            let profit = Int64(number % 3 == 0 ? -1 : 1) * Int64(number) * 317_000_000
            return .init(
                number: number, instrument: number % 2 == 0 ? "ETH" : "BTC", isLong: number % 4 != 0,
                enteredAt: date("2025-08-21").start.advanced(byMilliseconds: Int64(number) * 9_000_000),
                exitedAt: date("2025-08-21").start.advanced(byMilliseconds: Int64(number) * 9_000_000 + 4_500_000),
                entry: Price(raw: 6_425_050_000_000 + Int64(number) * 1_000_000_000), exit: Price(raw: 6_431_150_000_000),
                quantity: Quantity(raw: 1_500_000), fees: Money(raw: 43_000_000), funding: Money(raw: -1_000_000),
                profit: Money(raw: profit), reason: number % 3 == 0 ? "stop" : "close below the fast average")
        }
    }

    static var report: RunReport {
        .init(
            metrics: metrics, warnings: ["BTC: 5 candles are missing around 2025-09-20 04:00 UTC.", "30 days are few: ratios move a lot with every trade."],
            trials: 41, luck: .value(0.62), equity: EquitySeries(points: Array(equity(9).points.prefix(720))), candles: candles,
            months: [
                .init(year: 2025, month: 8, ratio: 0.041, isPartial: true), .init(year: 2025, month: 9, ratio: -0.009),
                .init(year: 2025, month: 10, ratio: 0.085), .init(year: 2025, month: 11, ratio: -0.12), .init(year: 2026, month: 1, ratio: 0.002, isPartial: true),
            ],
            trades: trades, tradesTotal: 137, tradeSorts: .init(column: "time", isDescending: false, base: "/runs/\(run)?"),
            tradePages: .init(what: "trades", label: "1 to 8 of 137", previous: nil, next: "/runs/\(run)?trades=2#trades"),
            decisions: (1...6).map {
                .init(number: $0, time: date("2025-08-21").start.advanced(byMilliseconds: Int64($0) * 9_000_000), instrument: "BTC",
                      proposal: "entry.ts: long, pullback to the fast average", outcome: $0 == 3 ? "denied: position cap" : "filled at 64,250.5", wasDenied: $0 == 3)
            },
            decisionsTotal: 342, decisionPages: .init(what: "decisions", label: "1 to 6 of 342", previous: nil, next: "/runs/\(run)?decisions=2#decisions"),
            inputs: .init(
                skillHash: digest("skill"), datasetHash: digest("data"), datasetName: "Recorded perps, 5m", engine: "tradecraft 0.1.0", seed: "1",
                startingEquity: Money.whole(10_000), decisionLogHash: digest("log"),
                command: "tradecraft sim --skill @mara/trend-rider@3 --from 2025-08-20 --to 2025-09-19 --seed 1 --json"),
            costs: .init(bars: 43_200, tokens: 0, model: .zero, milliseconds: 1_240))
    }

    static func runPage(_ state: RunState) -> RunPages.Show {
        .init(run: header(), state: state, viewer: member, draftSlug: "trend-rider", compareWith: otherRun, canPublish: true)
    }

    static var decision: DecisionPages.Decision {
        .init(
            run: header(), number: 3, time: date("2025-08-21").start.advanced(byMilliseconds: 27_300_000), instrument: "BTC", decidedBy: "entry.ts",
            answer: "It asked to go long; the engine denied it, because the position would have passed its cap.",
            seen: [("close", "64,250.5"), ("ema(20)", "64,190.2"), ("ema(50)", "63,872.0"), ("atr(14)", "148.3"), ("open positions", "1")],
            toolCalls: [.init(name: "bars", arguments: "{\"instrument\":\"BTC\",\"count\":20}", result: "[[1755734400000,64210.5,64260.0,64201.5,64250.5]]")],
            said: "{\"side\":\"long\",\"size\":1,\"stop\":63953.9,\"reason\":\"pullback to the fast average\"}",
            verdicts: [.init(order: "Buy 0.015 BTC at market", isAllowed: false, reason: "We refused this order: it would take the position to $1,240; the cap is $1,000.")],
            fills: [.init(time: now, side: "Buy", quantity: Quantity(raw: 1_500_000), price: Price(raw: 6_425_050_000_000), fee: Money(raw: 43_000_000))],
            hash: digest("decision"), cost: .zero, tokens: 0, previous: 2, next: 4)
    }

    static var diff: DiffPages.Diff {
        .init(name: SkillName(handle: "mara", slug: "trend-rider"), glyph: glyph("trend-rider"),
              from: .init(number: 2, hash: digest("v2"), publishedAt: now, evaluated: .value(0.01)),
              to: .init(number: 3, hash: digest("v3"), publishedAt: now, evaluated: .value(-0.02)),
              files: [.init(name: "SKILL.md", old: instructions, new: instructions.split(separator: "\n", omittingEmptySubsequences: false).map {
                  $0.hasPrefix("2.") ? "2. The close is within half an ATR." : String($0) }.joined(separator: "\n")),
                      .init(name: "entry.ts", old: entry, new: entry)])
    }

    static var lineage: LineagePages.Lineage {
        let names = [("okafor", "trend-rider", 0), ("mara", "trend-rider-tight", 1), ("reyes", "tighter", 2), ("tanaka", "wide", 1)]
        return .init(name: SkillName(handle: "mara", slug: "trend-rider-tight"), members: names.map { handle, slug, depth in
            .init(relative: .init(name: SkillName(handle: handle, slug: slug), glyph: glyph(slug, root: "trend-rider"), version: 1, change: .value(0.01)),
                  depth: depth, publishedAt: now)
        }, trials: 96)
    }

    static var comparison: [ComparePages.Column] {
        [1, 2].map { seed in
            .init(run: header(), metrics: metrics, skillHash: digest("s\(seed)"), datasetHash: digest("d"), seed: "\(seed)",
                  decisionLogHash: digest("l\(seed)"), curve: walk(UInt64(seed), 60, swing: 0.03))
        }
    }

    static let templates: [StudioPages.Template] = [
        .init(id: "trend", title: "Trend", summary: "Two averages and a stop. Trades rarely, loses in sideways markets.", marks: ["5m", "Helpers only"]),
        .init(id: "reversion", title: "Mean reversion", summary: "Fades large moves inside a range. Wins often, loses big when the range breaks.", marks: ["5m", "Helpers only"]),
        .init(id: "breakout", title: "Breakout", summary: "Buys a close above the range of the last two days.", marks: ["15m", "Helpers only"]),
        .init(id: "agent", title: "Agent", summary: "A reference model reads the bars and proposes orders; no key needed.", marks: ["1h", "reference/threshold"]),
    ]

    static var studio: StudioPages.Studio {
        .init(
            skills: [
                .init(name: SkillName(handle: "mara", slug: "trend-rider"), title: "Trend rider", glyph: glyph("trend-rider"), publishedVersion: 3, hasChanges: true,
                      updatedAt: now.advanced(byMilliseconds: -600_000), evaluated: .value(0.0312), forkedFrom: nil),
                .init(name: SkillName(handle: "mara", slug: "tight"), title: "Trend rider, tight", glyph: glyph("tight", root: "trend-rider"), publishedVersion: nil, hasChanges: true,
                      updatedAt: now.advanced(byMilliseconds: -86_400_000), evaluated: .unavailable(because: "not published"), forkedFrom: SkillName(handle: "okafor", slug: "trend-rider")),
            ],
            runs: [
                ownRun(.queued(position: 3)),
                ownRun(.running(.init(stage: "Replaying bars", fraction: 0.42, millisecondsLeft: 12_000))),
                ownRun(.completed(change: .value(0.031))),
                ownRun(.failed("entry.ts, line 6: ctx.emma is not a function")),
                ownRun(.cancelled),
            ],
            runPages: .none, templates: templates, token: "token-for-tests", now: now)
    }

    static func ownRun(_ state: StudioPages.OwnRun.State) -> StudioPages.OwnRun {
        .init(id: run, title: "Trend rider", version: "draft", glyph: glyph("trend-rider"), from: date("2025-08-20"), to: date("2025-09-19"),
              createdAt: now.advanced(byMilliseconds: -90_000), state: state)
    }

    static func editor(errors: [FieldError] = []) -> EditorPages.Editor {
        .init(
            name: SkillName(handle: "mara", slug: "trend-rider"), title: "Trend rider", glyph: glyph("trend-rider"),
            manifest: "---\nname: Trend rider\nslug: trend-rider\nsummary: Follows the trend.\nmodel: none\nuniverse: [BTC, ETH]\ntimeframe: 5m\ncadence: every_bar\nrisk:\n  max_position_usd: 1000\nlicence: open\n---\n\(instructions)",
            entry: entry, exit: "", errors: errors, savedAt: now.advanced(byMilliseconds: -180_000), revision: "7", publishedVersion: 3, hasChanges: true,
            forkedFrom: nil, isOpen: true, backtest: backtest,
            lastRun: .init(id: run, from: date("2025-08-20"), to: date("2025-09-19"), change: .value(0.031), curve: walk(3, 60, drift: 0.001, swing: 0.03)),
            publishErrors: [], token: "token-for-tests", now: now)
    }

    static let documents: [DocsPages.Document] = [
        .init(slug: "execution", title: "Execution", summary: "When an order fills, at which price and at which cost.", markdown: "# Execution\n\nA decision made on the close of bar *t* executes no earlier than the open of *t* + 1.\n\n## Orders\n\n| kind | fills | fee |\n|---|---|---|\n| market | next open, plus slippage | taker |\n| limit | when the price trades through | maker |\n\n## Stops\n\n- inside the bar, worst side first\n- gaps fill at the gap\n\nSee [metrics](/docs/metrics)."),
        .init(slug: "metrics", title: "Metrics", summary: "How each number is computed and when it is not given.", markdown: "# Metrics"),
        .init(slug: "authoring", title: "Authoring guide", summary: "From a template to a published skill.", markdown: "# Authoring"),
    ]

    static var author: AuthorPages.Author {
        .init(handle: "mara", displayName: "Mara Lind", joinedAt: date("2025-06-01").start, rows: rows.filter { $0.name.handle == "mara" },
              cohort: .init(published: 2, positive: 2, median: .value(0.021), measure: "the standard evaluation"), trials: 63, forks: 4, isViewer: false, now: now)
    }

    /// Every page by name, for tests that look at all of them.
    static var pages: [(name: String, page: Page)] {
        let failure = RunFailure(message: "entry.ts threw: ctx.emma is not a function", file: "entry.ts", line: 3,
                                 excerpt: "2  export function entry(ctx) {\n3    const fast = ctx.emma(20);\n4    const slow = ctx.ema(50);",
                                 advice: "Change line 3 in the editor, save, and run it again.")
        let errors = [FieldError(field: "manifest", message: "SKILL.md, line 6: unknown key “unverse”. Did you mean “universe”?"),
                      FieldError(field: "entry", message: "entry.ts, line 3: ctx.emma is not a function")]
        let emptyStudio = StudioPages.Studio(skills: [], runs: [], runPages: .none, templates: templates, token: "t", now: now)
        let emptyBrowse = BrowsePages.Browse(query: "zzz", sort: browse.sort, sorts: browse.sorts, facets: [], activeFilters: [],
                                             cohort: .init(published: 0, positive: 0, median: .unavailable(because: "none"), measure: ""), rows: [], pagination: .none, now: now)
        return [
            ("front", FrontPages.show(front)), ("browse", BrowsePages.index(browse)), ("browse-empty", BrowsePages.index(emptyBrowse)),
            ("listing", ListingPages.show(listing())), ("listing-member", ListingPages.show(listing(viewer: member, isOpen: false))),
            ("listing-pending", ListingPages.show(listing(state: .pending(.init(stage: "Replaying bars", fraction: 0.3, millisecondsLeft: nil), run: run)))),
            ("author", AuthorPages.show(author)), ("run", RunPages.show(runPage(.completed(report)))),
            ("run-queued", RunPages.show(runPage(.queued(position: 4)))),
            ("run-running", RunPages.show(runPage(.running(.init(stage: "Replaying bars", fraction: 0.42, millisecondsLeft: 12_000))))),
            ("run-failed", RunPages.show(runPage(.failed(failure)))), ("run-cancelled", RunPages.show(runPage(.cancelled(at: now)))),
            ("decision", DecisionPages.show(decision)), ("studio", StudioPages.index(studio)), ("studio-empty", StudioPages.index(emptyStudio)),
            ("new", NewSkillPages.show(templates, token: "t")), ("editor", EditorPages.show(editor())), ("editor-errors", EditorPages.show(editor(errors: errors))),
            ("diff", DiffPages.show(diff)), ("lineage", LineagePages.show(lineage)), ("compare", ComparePages.show(comparison)),
            ("docs", DocsPages.index(documents)), ("docs-execution", DocsPages.show(documents[0], among: documents)),
            ("error-404", ErrorPages.show(status: 404, requestID: "req-1")), ("error-500", ErrorPages.show(status: 500, requestID: "req-2")),
        ]
    }
}
