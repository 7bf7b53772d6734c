internal import Base
internal import HTTP

/// The report of a finished run: warnings first, then the answer, the picture, the numbers, the trades, the inputs.
enum RunReportPages {
    static func body(_ page: RunPages.Show, _ report: RunReport) -> HTML {
        let id = page.run.id
        return """
        \(warnings(page, report))
        <p class="answer">\(answer(page, report))</p>
        <nav class="tabs" aria-label="Sections of this report"><a href="#curve">Curve</a><a href="#numbers">Numbers</a><a href="#months">Months</a><a href="#trades">Trades</a><a href="#decisions">Decisions</a><a href="#inputs">Inputs</a></nav>
        <section class="section" id="curve" aria-labelledby="curve-heading"><h2 class="section__title" id="curve-heading">Curve</h2>
        \(EquityChart.figure(report.equity, title: curveTitle(report), id: "equity", source: Paths.equity(id)))</section>
        \(candles(report, id))
        <section class="section" id="numbers" aria-labelledby="numbers-heading"><h2 class="section__title" id="numbers-heading">Numbers</h2>\(MetricList.html(report.metrics))</section>
        <section class="section" id="months" aria-labelledby="months-heading"><h2 class="section__title" id="months-heading">Monthly returns</h2>\(MonthlyTable.html(report.months))</section>
        \(trades(page, report))
        \(decisions(page, report))
        \(inputs(report))
        \(next(page))
        """
    }

    private static func warnings(_ page: RunPages.Show, _ report: RunReport) -> HTML {
        var notices: [HTML] = page.run.isSynthetic ? [Pieces.syntheticNotice] : []
        if !report.warnings.isEmpty {
            let items = report.warnings.map { "<li>\($0)</li>" as HTML }
            notices.append(Pieces.notice("Read these numbers with care", "<ul>\(items)</ul>", kind: .warning))
        }
        return notices.isEmpty ? .empty : "<div class=\"notices\">\(notices)</div>"
    }

    private static func answer(_ page: RunPages.Show, _ report: RunReport) -> HTML {
        let days = page.run.to.daysSinceEpoch - page.run.from.daysSinceEpoch
        let metrics = report.metrics
        let luck: HTML = switch report.luck {
        case .value(let value) where value.isFinite:
            "the chance that its Sharpe is luck is \(Format.percent(.value(value), digits: 0))"
        case .value: "the chance that its Sharpe is luck can't be given"
        case .unavailable(let reason): "the chance that its Sharpe is luck can't be given yet: \(reason)"
        }
        return """
        Over \(Format.count(Int(clamping: days), "day")): <strong>\(Format.change(metrics.totalReturn))</strong>, \
        buy and hold \(Format.change(metrics.benchmarkReturn)); deepest drawdown \(Format.percent(metrics.maxDrawdown)) \
        in \(Format.count(metrics.trades, "trade")). \(Format.count(report.trials, "trial")) in this lineage; \(luck).
        """
    }

    private static func curveTitle(_ report: RunReport) -> String {
        guard let total = report.metrics.totalReturn.number, let text = Format.percentText(total) else {
            return "Equity and drawdown over the run"
        }
        guard let benchmark = report.metrics.benchmarkReturn.number, let other = Format.percentText(benchmark) else {
            return "The skill ended at \(text)"
        }
        let verb = total > benchmark ? "did better than" : total < benchmark ? "did worse than" : "did as well as"
        return "The skill ended at \(text) and \(verb) buy and hold (\(other))"
    }

    private static func candles(_ report: RunReport, _ id: ID<Run>) -> HTML {
        guard let series = report.candles else { return .empty }
        let entries = series.marks.filter { $0.kind != .exit }.count
        return """
        <section class="section" aria-labelledby="candles-heading"><h2 class="section__title" id="candles-heading">Entries and exits</h2>
        \(CandleChart.figure(series, title: "\(series.instrument): \(Format.count(entries, "entry", "entries")) on \(series.timeframe) candles",
                             id: "candles", source: Paths.candles(id, series.instrument)))</section>
        """
    }

    // MARK: Trades

    private static func trades(_ page: RunPages.Show, _ report: RunReport) -> HTML {
        let content: HTML = report.trades.isEmpty
            ? Pieces.empty("No trade was closed", "The skill never opened a position, or the span ended with the first one open. The decisions below say why.")
            : """
            \(Pieces.frame("Trades", """
            <table class="table table--compact"><thead><tr>\(sortable("Entered, UTC", "time", report.tradeSorts))\
            \(sortable("Instrument", "instrument", report.tradeSorts))<th scope="col">Side</th><th scope="col" class="number">Entry</th>\
            <th scope="col" class="number">Exit</th><th scope="col" class="number">Quantity</th><th scope="col" class="number">Held</th>\
            <th scope="col" class="number">Fees</th><th scope="col" class="number">Funding</th>\(sortable("P&L", "profit", report.tradeSorts, isNumber: true))\
            <th scope="col">Left because</th></tr></thead><tbody>\(report.trades.map(trade))</tbody></table>
            """))
            \(Pieces.pagination(report.tradePages))
            """
        return """
        <section class="section" id="trades" aria-labelledby="trades-heading"><div class="front__table-head"><h2 id="trades-heading">\(Format.count(report.tradesTotal, "trade"))</h2>\
        <a class="button" href="\(Paths.trades(page.run.id))" download>\(Icon.download)CSV</a></div>\(content)</section>
        """
    }

    private static func sortable(_ label: String, _ column: String, _ sort: RunReport.TradeSort, isNumber: Bool = false) -> HTML {
        let isCurrent = sort.column == column
        let order = isCurrent && sort.isDescending ? "asc" : "desc"
        let arrow: HTML = isCurrent ? (sort.isDescending ? "<span aria-hidden=\"true\">↓</span>" : "<span aria-hidden=\"true\">↑</span>") : .empty
        let aria: HTML = isCurrent ? (sort.isDescending ? " aria-sort=\"descending\"" : " aria-sort=\"ascending\"") : .empty
        let current: HTML = isCurrent ? " aria-current=\"true\"" : .empty
        let kind: HTML = isNumber ? " class=\"number\"" : .empty
        return """
        <th scope="col"\(kind)\(aria)><a class="table__sort" href="\(url: sort.base + "sort=\(column)&order=\(order)#trades")"\(current)>\(label)\(arrow)</a></th>
        """
    }

    private static func trade(_ trade: RunReport.Trade) -> HTML {
        let (held, overflow) = trade.exitedAt.milliseconds.subtractingReportingOverflow(trade.enteredAt.milliseconds)
        return """
        <tr><th scope="row">\(Format.time(trade.enteredAt))</th><td>\(trade.instrument)</td><td>\(trade.isLong ? "Long" : "Short")</td>\
        <td class="number">\(Format.exact(trade.entry))</td><td class="number">\(Format.exact(trade.exit))</td>\
        <td class="number">\(Format.exact(trade.quantity))</td><td class="number">\(overflow ? "n/a" : Format.duration(milliseconds: held))</td>\
        <td class="number">\(Format.moneyText(trade.fees))</td><td class="number">\(Format.moneyText(trade.funding, signed: true))</td>\
        <td class="number">\(Format.profit(trade.profit))</td><td>\(trade.reason)</td></tr>
        """
    }

    // MARK: Decisions, inputs, next

    private static func decisions(_ page: RunPages.Show, _ report: RunReport) -> HTML {
        let rows = report.decisions.map { row in
            let outcome: HTML = row.wasDenied ? "<span class=\"loss\">\(row.outcome)</span>" : "\(row.outcome)"
            return """
            <tr><th scope="row"><a href="\(Paths.decision(page.run.id, row.number))">#\(Format.count(row.number))</a></th>\
            <td>\(Format.time(row.time))</td><td>\(row.instrument)</td><td class="table__wrap">\(row.proposal)</td><td class="table__wrap">\(outcome)</td></tr>
            """ as HTML
        }
        let content: HTML = rows.isEmpty
            ? Pieces.empty("No decision was recorded", "A decision is written whenever a helper signals or the model is asked. Neither happened in this span.")
            : """
            \(Pieces.frame("Decisions", """
            <table class="table table--compact"><thead><tr><th scope="col">Decision</th><th scope="col">Time</th><th scope="col">Instrument</th>\
            <th scope="col">Asked for</th><th scope="col">What happened</th></tr></thead><tbody>\(rows)</tbody></table>
            """))\(Pieces.pagination(report.decisionPages))
            """
        return """
        <section class="section" id="decisions" aria-labelledby="decisions-heading"><h2 class="section__title" id="decisions-heading">\(Format.count(report.decisionsTotal, "decision"))</h2>\(content)</section>
        """
    }

    private static func inputs(_ report: RunReport) -> HTML {
        let inputs = report.inputs
        let left = Pieces.facts([
            Pieces.fact("Skill", Format.hash(inputs.skillHash)),
            Pieces.fact("Candles", "\(inputs.datasetName) \(Format.hash(inputs.datasetHash))"),
            Pieces.fact("Engine", "\(inputs.engine)"),
            Pieces.fact("Seed", "<code>\(inputs.seed)</code>"),
            Pieces.fact("Starting equity", "\(Format.moneyText(inputs.startingEquity))"),
        ])
        let right = Pieces.facts([
            Pieces.fact("Decision log", Format.hash(inputs.decisionLogHash)),
            Pieces.fact("Bars replayed", "\(Format.count(report.costs.bars))"),
            Pieces.fact("Engine time", "\(Format.duration(milliseconds: report.costs.milliseconds))"),
            Pieces.fact("Model tokens", "\(Format.count(report.costs.tokens))"),
            Pieces.fact("Model cost", "\(Format.moneyText(report.costs.model))"),
        ])
        return """
        <section class="section" id="inputs" aria-labelledby="inputs-heading"><h2 class="section__title" id="inputs-heading">Exact inputs</h2>
        <p class="section__lead">The same skill, candles, engine and seed give the same decision log hash. Run this and compare:</p>
        \(Pieces.command(inputs.command))<div class="metrics metrics--wide section__below">\(left)\(right)</div></section>
        """
    }

    private static func next(_ page: RunPages.Show) -> HTML {
        var steps: [HTML] = []
        if let slug = page.draftSlug {
            if page.canPublish { steps.append("<a class=\"button button--primary\" href=\"\(Paths.editor(slug))#publish\">Publish this version</a>") }
            steps.append("<a class=\"button\" href=\"\(Paths.editor(slug))\">Back to the editor</a>")
        }
        if let other = page.compareWith {
            steps.append("<a class=\"button\" href=\"\(Paths.compare(page.run.id, other))\">Compare with the previous run</a>")
        }
        if let skill = page.run.skill { steps.append("<a class=\"button\" href=\"\(Paths.listing(skill))\">Open the listing</a>") }
        return steps.isEmpty ? .empty : "<section class=\"section\" aria-label=\"Next steps\"><div class=\"next-steps\">\(steps)</div></section>"
    }
}
