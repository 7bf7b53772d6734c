internal import HTTP

/// Small pieces all our SVG charts share. A chart is an outer SVG without a view box, so that its text keeps its size,
/// and inner ones that stretch, whose strokes do not.
enum Picture {
    /// Width of the stretched coordinate system.
    static let width = 1_000.0

    /// A number of the drawing with one decimal, never an exponent.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "0" }
        let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
        let sign = tenths < 0 ? "-" : ""
        let magnitude = tenths.magnitude
        return magnitude % 10 == 0 ? "\(sign)\(magnitude / 10)" : "\(sign)\(magnitude / 10).\(magnitude % 10)"
    }

    /// A share of the width: `37.5%`.
    static func share(_ position: Double) -> String { number(position * 100) + "%" }

    /// `M0,1L2,3`: a line through the points; a single point becomes a short dash.
    static func line(_ points: [(x: Double, y: Double)]) -> String {
        guard let first = points.first else { return "" }
        var path = "M\(number(first.x)),\(number(first.y))"
        if points.count == 1 { return path + "h4" }
        for point in points.dropFirst() { path += "L\(number(point.x)),\(number(point.y))" }
        return path
    }

    /// `line`, closed down to `base`.
    static func area(_ points: [(x: Double, y: Double)], base: Double) -> String {
        guard let first = points.first, let last = points.last else { return "" }
        return line(points) + "L\(number(last.x)),\(number(base))L\(number(first.x)),\(number(base))Z"
    }

    /// Indices of at most `2 × buckets` values that keep each bucket's lowest and highest, in order, with both ends.
    static func thinned(_ values: [Double], buckets: Int) -> [Int] {
        guard values.count > buckets * 2, buckets > 1 else { return Array(values.indices) }
        var kept: [Int] = [0]
        for bucket in 0..<buckets {
            let from = 1 + (values.count - 2) * bucket / buckets
            let to = 1 + (values.count - 2) * (bucket + 1) / buckets
            guard from < to else { continue }
            var low = from
            var high = from
            for index in from..<to {
                if values[index] < values[low] { low = index }
                if values[index] > values[high] { high = index }
            }
            kept.append(min(low, high))
            if low != high { kept.append(max(low, high)) }
        }
        kept.append(values.count - 1)
        return kept
    }

    /// Time labels under a plot, at `y` pixels.
    static func timeLabels(_ axis: TimeAxis, y: Int) -> [HTML] {
        axis.ticks.map { tick in
            let anchor: HTML = tick.position < 0.04 ? "start" : tick.position > 0.96 ? "end" : "middle"
            let minor: HTML = tick.isMinor ? " chart__tick--minor" : .empty
            return "<text class=\"chart__tick\(minor)\" x=\"\(share(tick.position))\" y=\"\(y)\" text-anchor=\"\(anchor)\">\(tick.label)</text>"
        }
    }

    /// Horizontal grid lines of a plot of `height` pixels that starts at `top`.
    static func grid(_ axis: ValueAxis, top: Int, height: Int) -> [HTML] {
        axis.ticks.map { tick in
            let y = number(Double(top) + Double(height) * (1 - axis.position(tick)))
            let isZero = tick.magnitude < axis.step / 1_000
            let kind: HTML = isZero ? "chart__grid chart__grid--zero" : "chart__grid"
            return "<line class=\"\(kind)\" x1=\"0\" x2=\"100%\" y1=\"\(y)\" y2=\"\(y)\"/>"
        }
    }

    /// The labels of `grid`, in the margin right of it that the style sheet leaves free.
    static func gridLabels(_ axis: ValueAxis, top: Int, height: Int, label: (Double) -> String) -> [HTML] {
        axis.ticks.map { tick in
            let y = number(Double(top) + Double(height) * (1 - axis.position(tick)) + 4)
            return "<text class=\"chart__value\" x=\"100%\" dx=\"8\" y=\"\(y)\">\(label(tick))</text>"
        }
    }
}
