internal import HTTP

/// The return of one calendar month, UTC.
struct MonthlyReturn: Sendable, Hashable {
    let year: Int
    /// 1 to 12.
    let month: Int
    /// 0.031 is +3.1 %.
    let ratio: Double
    /// The run covers only a part of this month.
    var isPartial = false
}

/// Years down, months across, shaded by size. The shade repeats the number, it never replaces it.
enum MonthlyTable {
    static func html(_ months: [MonthlyReturn]) -> HTML {
        guard !months.isEmpty else { return "<p class=\"muted\">The run ended before its first month did.</p>" }
        let years = months.map(\.year).reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }.sorted()
        let head = (1...12).map { "<th scope=\"col\" class=\"number\">\(Format.monthName($0))</th>" as HTML }
        let body = years.map { year in
            let cells = (1...12).map { month in cell(months.first { $0.year == year && $0.month == month }) }
            return "<tr><th scope=\"row\">\(year)</th>\(cells)<td class=\"number monthly__year\">\(total(months, year))</td></tr>" as HTML
        }
        let note: HTML = months.contains(where: \.isPartial) ? "<p class=\"table-note\">* The run covers a part of this month.</p>" : .empty
        return """
        <div class="table-frame" tabindex="0" role="region" aria-label="Monthly returns"><table class="table table--compact monthly">
        <thead><tr><th scope="col">%</th>\(head)<th scope="col" class="number">Year</th></tr></thead><tbody>\(body)</tbody></table></div>\(note)
        """
    }

    /// `heat--gain-1` to `heat--loss-4`: steps at 1, 3 and 8 %.
    static func heat(_ ratio: Double) -> String {
        guard ratio.isFinite, ratio.magnitude >= 0.0005 else { return "heat--none" }
        let level = ratio.magnitude < 0.01 ? 1 : ratio.magnitude < 0.03 ? 2 : ratio.magnitude < 0.08 ? 3 : 4
        return "heat--\(ratio > 0 ? "gain" : "loss")-\(level)"
    }

    private static func cell(_ month: MonthlyReturn?) -> HTML {
        guard let month, let text = Format.decimal(month.ratio * 100, digits: 1, signed: true) else {
            return "<td class=\"number muted\">–</td>"
        }
        return "<td class=\"number \(heat(month.ratio))\">\(text)\(month.isPartial ? "*" : "")</td>"
    }

    private static func total(_ months: [MonthlyReturn], _ year: Int) -> HTML {
        let product = months.filter { $0.year == year && $0.ratio.isFinite }.reduce(1.0) { $0 * (1 + $1.ratio) }
        return Format.decimal((product - 1) * 100, digits: 1, signed: true).map { Format.toned($0, by: product - 1) }
            ?? Format.notAvailable("not a finite number")
    }
}
