internal import Base
internal import HTTP

/// A published skill as lists show it. Numbers come from its version's standard evaluation.
struct SkillRow: Sendable, Hashable {
    let name: SkillName
    let title: String
    let summary: String
    let glyph: Glyph
    /// `5m`.
    let timeframe: String
    let isSynthetic: Bool
    /// Owned by the viewer.
    var isMine = false
    /// Total return of the standard evaluation.
    let evaluated: Figure
    let sincePublication: Figure
    let sharpe: Figure
    /// The 95 % interval of the Sharpe ratio, when it can be given.
    var sharpeRange: ClosedRange<Double>?
    let maxDrawdown: Figure
    /// Runs counted in the lineage.
    let trials: Int
    let forks: Int
    let publishedAt: Instant
    /// Equity, oldest first; a few dozen values are plenty.
    let curve: [Double]
}

/// The dense table of front page, browse and author page; rows become cards on small screens.
enum SkillList {
    static func html(_ rows: [SkillRow], now: Instant, caption: String) -> HTML {
        """
        <table class="table table--cards"><caption class="visually-hidden">\(caption)</caption>
        <thead><tr><th scope="col">Skill</th><th scope="col" class="number">Evaluation</th>\
        <th scope="col">Equity</th><th scope="col" class="number">Sharpe (95 %)</th>\
        <th scope="col" class="number">Max drawdown</th><th scope="col" class="number">Since publ.</th>\
        <th scope="col" class="number">Trials</th><th scope="col" class="number">Age</th><th scope="col" class="number">Forks</th></tr></thead>
        <tbody>\(rows.map { row($0, now: now) })</tbody></table>
        """
    }

    private static func row(_ row: SkillRow, now: Instant) -> HTML {
        let (age, overflow) = now.milliseconds.subtractingReportingOverflow(row.publishedAt.milliseconds)
        let evaluated = row.evaluated.number.flatMap { Format.percentText($0) } ?? "not evaluated"
        return """
        <tr><th scope="row">\(name(row))</th>\
        <td class="number" data-label="Evaluation">\(Format.change(row.evaluated))</td>\
        <td data-label="Equity">\(Sparkline.html(row.curve, label: "Equity in the evaluation: \(evaluated)"))</td>\
        <td class="number" data-label="Sharpe (95 %)">\(Format.ratio(row.sharpe))\(range(row.sharpeRange))</td>\
        <td class="number" data-label="Max drawdown">\(Format.percent(row.maxDrawdown))</td>\
        <td class="number" data-label="Since publ.">\(Format.change(row.sincePublication))</td>\
        <td class="number" data-label="Trials">\(row.trials)</td>\
        <td class="number" data-label="Age"><time datetime="\(row.publishedAt.description)">\(overflow ? "n/a" : Format.age(milliseconds: age))</time></td>\
        <td class="number" data-label="Forks">\(row.forks)</td></tr>
        """
    }

    private static func name(_ row: SkillRow) -> HTML {
        let mine: HTML = row.isMine ? "<span class=\"badge badge--mine\">Mine</span>" : .empty
        let synthetic: HTML = row.isSynthetic ? Pieces.syntheticBadge : .empty
        return """
        <div class="skill-name">\(row.glyph.html(.medium))<div class="skill-name__text">\
        <a class="skill-name__link" href="\(Paths.listing(row.name))"><span class="skill-name__author">@\(row.name.handle)/</span>\(row.name.slug)</a>\
        <span class="skill-name__summary">\(row.summary)</span>\
        <span class="badges"><span class="badge">\(row.timeframe)</span>\(synthetic)\(mine)</span></div></div>
        """
    }

    private static func range(_ range: ClosedRange<Double>?) -> HTML {
        guard let range, let low = Format.decimal(range.lowerBound, digits: 1), let high = Format.decimal(range.upperBound, digits: 1)
        else { return .empty }
        return " <span class=\"skill-range\">\(low) to \(high)</span>"
    }
}
