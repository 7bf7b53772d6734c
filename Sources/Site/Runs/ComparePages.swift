internal import Base
internal import HTTP

/// `/compare?run=…&run=…`: the numbers of two to four runs side by side.
enum ComparePages {
    struct Column: Sendable, Hashable {
        let run: RunHeader
        let metrics: RunMetrics
        let skillHash: Digest
        let datasetHash: Digest
        let seed: String
        let decisionLogHash: Digest
        let curve: [Double]
    }

    static func show(_ columns: [Column]) -> Page {
        Page(
            title: "Compare runs", section: .skills,
            body: """
            <div class="page"><div class="page__head"><div class="page__title"><h1>Compare runs</h1></div></div>
            <p class="answer">\(answer(columns))</p>
            <div class="section">\(columns.isEmpty ? Pieces.empty("Nothing to compare", "Open a run and press Compare.") : table(columns))</div></div>
            """)
    }

    private static func answer(_ columns: [Column]) -> HTML {
        guard let first = columns.first, columns.count > 1 else { return "Choose at least two runs." }
        if columns.allSatisfy({ $0.decisionLogHash == first.decisionLogHash }) { return "These runs decided the same, bit for bit." }
        var different: [String] = []
        if columns.contains(where: { $0.skillHash != first.skillHash }) { different.append("skill") }
        if columns.contains(where: { $0.datasetHash != first.datasetHash }) { different.append("candles") }
        if columns.contains(where: { $0.seed != first.seed }) { different.append("seed") }
        return different.isEmpty
            ? "The same inputs gave different decisions: the engine changed between these runs."
            : "These runs differ in: \(different.joined(separator: ", "))."
    }

    private static func table(_ columns: [Column]) -> HTML {
        func row(_ name: String, _ value: (Column) -> HTML) -> HTML {
            "<tr><th scope=\"row\">\(name)</th>\(columns.map { "<td class=\"number\">\(value($0))</td>" as HTML })</tr>"
        }
        let head = columns.map { column in
            "<th scope=\"col\" class=\"number\"><a href=\"\(url: Paths.run(column.run.id))\">\(column.run.title), \(column.run.version)</a></th>" as HTML
        }
        return Pieces.frame("Runs side by side", """
            <table class="table table--compact"><thead><tr><th scope="col">Run</th>\(head)</tr></thead><tbody>
            \(row("Span") { "\($0.run.from.description) to \($0.run.to.description)" })
            \(row("Equity") { Sparkline.html($0.curve, label: "Equity of \($0.run.title)") })
            \(row("Total return") { Format.change($0.metrics.totalReturn) })
            \(row("Buy and hold") { Format.change($0.metrics.benchmarkReturn) })
            \(row("Sharpe") { Format.ratio($0.metrics.sharpe) })
            \(row("Sortino") { Format.ratio($0.metrics.sortino) })
            \(row("Max drawdown") { Format.percent($0.metrics.maxDrawdown) })
            \(row("Profit factor") { Format.ratio($0.metrics.profitFactor) })
            \(row("Win rate") { Format.percent($0.metrics.winRate) })
            \(row("Trades") { "\(Format.count($0.metrics.trades))" })
            \(row("Exposure") { Format.percent($0.metrics.exposure) })
            \(row("Fees") { "\(Format.moneyText($0.metrics.fees))" })
            \(row("Seed") { "<code>\($0.seed)</code>" })
            \(row("Skill") { Format.hash($0.skillHash) })
            \(row("Candles") { Format.hash($0.datasetHash) })
            \(row("Decision log") { Format.hash($0.decisionLogHash) })
            </tbody></table>
            """)
    }
}
