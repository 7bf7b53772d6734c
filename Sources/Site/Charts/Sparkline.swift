internal import HTTP

/// An equity curve the height of a table row, coloured by where it ended.
enum Sparkline {
    static let width = 96.0
    static let height = 24.0

    /// `values` in time order, any unit; what is not finite is skipped. `label` says it in words for screen readers.
    static func html(_ values: [Double], label: String) -> HTML {
        let finite = values.filter(\.isFinite)
        guard let first = finite.first, let last = finite.last else {
            return "<span class=\"muted\">no curve yet</span>"
        }
        let low = finite.min() ?? first
        let high = finite.max() ?? first
        let span = high - low
        let points = Picture.thinned(finite, buckets: 24).map { index in
            let x = finite.count == 1 ? 0 : Double(index) / Double(finite.count - 1) * (width - 4)
            let share = span.isFinite && span > 0 ? (finite[index] - low) / span : 0.5
            return (x: x, y: 3 + (height - 6) * (1 - share))
        }
        let end = points.last ?? (x: 0, y: height / 2)
        let tone: HTML = last > first ? "sparkline--gain" : last < first ? "sparkline--loss" : "sparkline--flat"
        return """
        <svg class="sparkline \(tone)" viewBox="0 0 96 24" width="96" height="24" role="img" aria-label="\(label)">\
        <path d="\(Picture.line(points))"/><circle cx="\(Picture.number(end.x))" cy="\(Picture.number(end.y))" r="2"/></svg>
        """
    }
}
