internal import Base
internal import HTTP

/// Candles of one instrument and what was traded on them.
struct CandleSeries: Sendable, Hashable {
    struct Candle: Sendable, Hashable {
        /// Open time.
        let time: Instant
        let open: Double
        let high: Double
        let low: Double
        let close: Double
        var isDrawable: Bool {
            open.isFinite && high.isFinite && low.isFinite && close.isFinite && low <= high
        }
    }

    /// A fill, drawn as a shape: up for buying into a long, down for selling into a short, a ring for leaving.
    struct Mark: Sendable, Hashable {
        enum Kind: String, Sendable { case long, short, exit }
        let time: Instant
        let price: Double
        let kind: Kind
    }

    let instrument: String
    /// `5m`.
    let timeframe: String
    var candles: [Candle]
    var marks: [Mark]

    /// What `web/js/chart.js` reads: `[time ms, open, high, low, close]` rows, thinned to at most `candlesMax`.
    func json(candlesMax: Int = 3_000) -> JSON {
        [
            "instrument": .string(instrument),
            "timeframe": .string(timeframe),
            "candles": .array(grouped(atMost: candlesMax).map {
                .array([.int($0.time.milliseconds), .double($0.open), .double($0.high), .double($0.low), .double($0.close)])
            }),
            "marks": .array(marks.filter(\.price.isFinite).map {
                ["time": .int($0.time.milliseconds), "price": .double($0.price), "kind": .string($0.kind.rawValue)]
            }),
        ]
    }

    /// Neighbouring candles joined so that at most `count` remain.
    func grouped(atMost count: Int) -> [Candle] {
        let usable = candles.filter(\.isDrawable)
        guard usable.count > count, count > 0 else { return usable }
        let size = (usable.count + count - 1) / count
        return stride(from: 0, to: usable.count, by: size).map { from in
            let group = usable[from..<min(from + size, usable.count)]
            let first = usable[from]
            return group.dropFirst().reduce(first) { joined, next in
                Candle(time: first.time, open: first.open, high: max(joined.high, next.high),
                       low: min(joined.low, next.low), close: next.close)
            }
        }
    }
}

/// Candles with entries and exits as an SVG that needs no script.
enum CandleChart {
    static let top = 20
    static let plotHeight = 240
    static let height = 292
    static let candlesMax = 160

    static func figure(_ series: CandleSeries, title: String, id: String, source: String?) -> HTML {
        let candles = series.grouped(atMost: candlesMax)
        guard let first = candles.first, let last = candles.last else {
            return """
            <figure class="chart chart--empty"><figcaption class="chart__title">\(title)</figcaption>\
            <p class="chart__note">There are no candles for \(series.instrument) in this span.</p></figure>
            """
        }
        let time = TimeAxis(start: first.time.milliseconds, end: last.time.milliseconds)
        let prices = ValueAxis(covering: candles.lazy.flatMap { [$0.low, $0.high] })
        let price: (Double) -> String = { Format.decimal($0, digits: prices.digits()) ?? "" }
        let marks = series.marks.filter {
            $0.price.isFinite && $0.time.milliseconds >= time.start && $0.time.milliseconds <= time.end
        }.prefix(400)
        let attributes: HTML = source.map { "data-chart=\"candles\" data-src=\"\($0)\"" } ?? .empty
        return """
        <figure class="chart" \(attributes)>
        <figcaption class="chart__title" id="\(id)-title">\(title)</figcaption>
        \(legend)
        <div class="chart__stage"><svg class="chart__picture" width="100%" height="\(height)" role="img" aria-labelledby="\(id)-title">
        \(Picture.grid(prices, top: top, height: plotHeight))
        <svg x="0" y="\(top)" width="100%" height="\(plotHeight)" viewBox="0 0 1000 \(plotHeight)" preserveAspectRatio="none">\(bodies(candles, prices))</svg>
        \(marks.map { shape($0, time, prices) })
        \(Picture.gridLabels(prices, top: top, height: plotHeight, label: price))\(Picture.timeLabels(time, y: height - 8))
        </svg></div>
        </figure>
        """
    }

    private static let legend: HTML = """
        <ul class="chart__legend">\
        <li><svg class="chart__key" viewBox="-8 -6 16 12" aria-hidden="true"><path class="mark mark--long" d="M0-5 5 4H-5z"/></svg>Entered long</li>\
        <li><svg class="chart__key" viewBox="-8 -6 16 12" aria-hidden="true"><path class="mark mark--short" d="M0 5 5-4H-5z"/></svg>Entered short</li>\
        <li><svg class="chart__key" viewBox="-8 -6 16 12" aria-hidden="true"><circle class="mark mark--exit" r="4"/></svg>Left</li></ul>
        """

    private static func bodies(_ candles: [CandleSeries.Candle], _ prices: ValueAxis) -> [HTML] {
        let step = Picture.width / Double(candles.count)
        let y: (Double) -> Double = { Double(plotHeight) * (1 - prices.position($0)) }
        var wicks = ["", ""]
        var boxes = ["", ""]
        for (index, candle) in candles.enumerated() {
            let side = candle.close >= candle.open ? 0 : 1
            let middle = (Double(index) + 0.5) * step
            let upper = y(max(candle.open, candle.close))
            let bodyHeight = max(y(min(candle.open, candle.close)) - upper, 0.8)
            wicks[side] += "M\(Picture.number(middle)),\(Picture.number(y(candle.high)))V\(Picture.number(y(candle.low)))"
            boxes[side] += "M\(Picture.number(middle - step * 0.32)),\(Picture.number(upper))h\(Picture.number(step * 0.64))"
                + "v\(Picture.number(bodyHeight))h\(Picture.number(-step * 0.64))z"
        }
        return [
            "<path class=\"candle__wick candle__wick--up\" d=\"\(wicks[0])\"/><path class=\"candle__body candle__body--up\" d=\"\(boxes[0])\"/>",
            "<path class=\"candle__wick candle__wick--down\" d=\"\(wicks[1])\"/><path class=\"candle__body candle__body--down\" d=\"\(boxes[1])\"/>",
        ]
    }

    private static func shape(_ mark: CandleSeries.Mark, _ time: TimeAxis, _ prices: ValueAxis) -> HTML {
        let x = Picture.share(time.position(mark.time.milliseconds))
        let y = Double(top) + Double(plotHeight) * (1 - prices.position(mark.price))
        let drawing: HTML = switch mark.kind {
        case .long: "<path class=\"mark mark--long\" d=\"M0 2 5 11H-5z\"/>"
        case .short: "<path class=\"mark mark--short\" d=\"M0-2 5-11H-5z\"/>"
        case .exit: "<circle class=\"mark mark--exit\" r=\"4\"/>"
        }
        return "<svg x=\"\(x)\" y=\"\(Picture.number(y))\" overflow=\"visible\">\(drawing)</svg>"
    }
}
