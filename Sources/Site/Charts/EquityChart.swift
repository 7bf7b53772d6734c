internal import Base
internal import HTTP

/// Equity and, on the same time axis, drawdown under it: the SVG that needs no script.
enum EquityChart {
    static let equityTop = 20
    static let equityHeight = 220
    static let drawdownTop = 282
    static let drawdownHeight = 72
    static let height = 384
    /// Each curve keeps at most twice as many points.
    static let bucketsMax = 260

    /// A figure whose `title` is the answer as a sentence. `id` is unique on the page; `source` is the JSON of the same
    /// series for the script, when there is one.
    static func figure(_ series: EquitySeries, title: String, id: String, source: String?) -> HTML {
        let changes = series.changes
        guard !changes.isEmpty else {
            return """
            <figure class="chart chart--empty"><figcaption class="chart__title">\(title)</figcaption>\
            <p class="chart__note">There is no equity to draw yet. The curve appears when the run has replayed its first bars.</p></figure>
            """
        }
        let hasBenchmark = changes.contains { $0.benchmark != nil }
        let attributes: HTML = source.map { "data-chart=\"equity\" data-src=\"\($0)\"" } ?? .empty
        return """
        <figure class="chart" \(attributes)>
        <figcaption class="chart__title" id="\(id)-title">\(title)</figcaption>
        \(legend(series, hasBenchmark: hasBenchmark))
        <div class="chart__stage">\(picture(series, changes, id: id))</div>
        \(table(changes, benchmarkName: hasBenchmark ? series.benchmarkName : nil))
        </figure>
        """
    }

    private static func legend(_ series: EquitySeries, hasBenchmark: Bool) -> HTML {
        let benchmark: HTML = hasBenchmark
            ? "<li><svg class=\"chart__key\" viewBox=\"0 0 16 8\" aria-hidden=\"true\"><path class=\"chart__benchmark\" d=\"M0 4h16\"/></svg>\(series.benchmarkName)</li>"
            : .empty
        let shade: HTML = series.inSampleUntil == nil
            ? .empty
            : "<li><svg class=\"chart__key\" viewBox=\"0 0 16 8\" aria-hidden=\"true\"><rect class=\"chart__shade chart__shade--key\" width=\"16\" height=\"8\"/></svg>In sample: the author could see this data</li>"
        return """
        <ul class="chart__legend">\
        <li><svg class="chart__key" viewBox="0 0 16 8" aria-hidden="true"><path class="chart__line" d="M0 4h16"/></svg>Equity, change since start</li>\
        \(benchmark)\(shade)</ul>
        """
    }

    private static func picture(_ series: EquitySeries, _ changes: [EquitySeries.Change], id: String) -> HTML {
        let time = TimeAxis(start: changes.first?.time ?? 0, end: changes.last?.time ?? 0)
        let values = ValueAxis(covering: changes.lazy.flatMap { [$0.change, $0.benchmark ?? $0.change] }, including: [0])
        let falls = ValueAxis(covering: changes.lazy.map(\.drawdown), including: [0], ticks: 2)
        let kept = Picture.thinned(changes.map(\.change), buckets: bucketsMax).map { changes[$0] }
        let deepest = Picture.thinned(changes.map(\.drawdown), buckets: bucketsMax).map { changes[$0] }
        let equity = kept.map { point($0.time, $0.change, time, values, equityHeight) }
        let benchmark = kept.compactMap { change in
            change.benchmark.map { point(change.time, $0, time, values, equityHeight) }
        }
        let fall = deepest.map { point($0.time, $0.drawdown, time, falls, drawdownHeight) }
        let zero = Double(drawdownHeight) * (1 - falls.position(0))
        let percent: (ValueAxis) -> (Double) -> String = { axis in
            { Format.percentText($0, digits: axis.digits(factor: 100)) ?? "" }
        }
        return """
        <svg class="chart__picture" width="100%" height="\(height)" role="img" aria-labelledby="\(id)-title \(id)-desc">
        <desc id="\(id)-desc">\(summary(changes, series))</desc>
        \(shade(series, time))\
        \(Picture.grid(values, top: equityTop, height: equityHeight))\(Picture.grid(falls, top: drawdownTop, height: drawdownHeight))
        \(stretched(top: equityTop, height: equityHeight, """
        <path class="chart__benchmark" d="\(Picture.line(benchmark))"/><path class="chart__line" d="\(Picture.line(equity))"/>
        """))
        \(stretched(top: drawdownTop, height: drawdownHeight, """
        <path class="chart__fall" d="\(Picture.area(fall, base: zero))"/><path class="chart__fall-line" d="\(Picture.line(fall))"/>
        """))
        \(publication(series, time))\
        \(Picture.gridLabels(values, top: equityTop, height: equityHeight, label: percent(values)))\
        <text class="chart__axis" x="0" y="\(drawdownTop - 12)">Drawdown from the peak</text>\
        \(Picture.gridLabels(falls, top: drawdownTop, height: drawdownHeight, label: percent(falls)))\
        \(Picture.timeLabels(time, y: height - 8))
        </svg>
        """
    }

    private static func point(
        _ milliseconds: Int64, _ value: Double, _ time: TimeAxis, _ axis: ValueAxis, _ height: Int
    ) -> (x: Double, y: Double) {
        (time.position(milliseconds) * Picture.width, Double(height) * (1 - axis.position(value)))
    }

    private static func stretched(top: Int, height: Int, _ content: HTML) -> HTML {
        """
        <svg x="0" y="\(top)" width="100%" height="\(height)" viewBox="0 0 1000 \(height)" preserveAspectRatio="none">\(content)</svg>
        """
    }

    private static func shade(_ series: EquitySeries, _ time: TimeAxis) -> HTML {
        guard let until = series.inSampleUntil else { return .empty }
        let width = Picture.share(time.position(until.milliseconds))
        return "<rect class=\"chart__shade\" x=\"0\" y=\"\(equityTop)\" width=\"\(width)\" height=\"\(drawdownTop + drawdownHeight - equityTop)\"/>"
    }

    private static func publication(_ series: EquitySeries, _ time: TimeAxis) -> HTML {
        guard let at = series.publishedAt, at.milliseconds >= time.start, at.milliseconds <= time.end else { return .empty }
        let position = time.position(at.milliseconds)
        let x = Picture.share(position)
        let anchor: HTML = position > 0.5 ? "end" : "start"
        return """
        <line class="chart__event" x1="\(x)" x2="\(x)" y1="\(equityTop)" y2="\(drawdownTop + drawdownHeight)"/>\
        <text class="chart__event-label" x="\(x)" y="12" text-anchor="\(anchor)">Published \(Format.dateText(at))</text>
        """
    }

    private static func summary(_ changes: [EquitySeries.Change], _ series: EquitySeries) -> String {
        guard let last = changes.last, let first = changes.first else { return "" }
        let worst = changes.map(\.drawdown).min() ?? 0
        var text = "From \(Format.dateText(Instant(milliseconds: first.time))) to \(Format.dateText(Instant(milliseconds: last.time))): "
            + "equity \(Format.percentText(last.change) ?? "n/a"), deepest drawdown \(Format.percentText(worst) ?? "n/a")"
        if let benchmark = last.benchmark.flatMap({ Format.percentText($0) }) { text += ", \(series.benchmarkName) \(benchmark)" }
        return text + ". The values are in the table below."
    }

    /// At most 25 evenly spaced points, the last one among them.
    private static func table(_ changes: [EquitySeries.Change], benchmarkName: String?) -> HTML {
        let count = min(changes.count, 25)
        let rows = (0..<count).map { changes[count == 1 ? 0 : (changes.count - 1) * $0 / (count - 1)] }
        let head: HTML = benchmarkName.map { "<th scope=\"col\" class=\"number\">\($0)</th>" } ?? .empty
        let body = rows.map { row in
            let benchmark: HTML = benchmarkName == nil ? .empty : "<td class=\"number\">\(Format.change(figure(row.benchmark)))</td>"
            return """
            <tr><th scope="row">\(Format.time(Instant(milliseconds: row.time)))</th>\
            <td class="number">\(Format.change(.value(row.change)))</td>\
            <td class="number">\(Format.change(.value(row.drawdown)))</td>\(benchmark)</tr>
            """ as HTML
        }
        return """
        <details class="chart__table"><summary>The same as a table</summary>
        <div class="table-frame" tabindex="0" role="region" aria-label="Equity over time"><table class="table table--compact">
        <thead><tr><th scope="col">Time, UTC</th><th scope="col" class="number">Equity</th><th scope="col" class="number">Drawdown</th>\(head)</tr></thead>
        <tbody>\(body)</tbody></table></div></details>
        """
    }

    private static func figure(_ value: Double?) -> Figure {
        value.map(Figure.value) ?? .unavailable(because: "no benchmark price at this time")
    }
}
