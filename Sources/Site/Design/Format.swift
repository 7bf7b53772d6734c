internal import Base
internal import HTTP

/// Every number, time and hash on our pages is written here, so that the same value looks the same everywhere.
///
/// A real minus (U+2212), a no-break space before units, a comma between thousands, UTC for all times.
enum Format {
    static let minus = "\u{2212}"
    static let space = "\u{A0}"

    // MARK: Plain text

    /// `value` with exactly `digits` decimals and thousands separators; nil unless finite. Halves away from zero.
    /// Beyond 10¹⁵ it switches to `1.2e18`, so no magnitude can trap or fill the page.
    static func decimal(_ value: Double, digits: Int, signed: Bool = false) -> String? {
        guard value.isFinite else { return nil }
        let places = min(max(digits, 0), 8)
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15 * scale, scaled < 9e18 else { return exponent(value, signed: signed) }
        let units = Int64(scaled)
        let divisor = Int64(scale)
        var text = thousands(units / divisor)
        if places > 0 {
            let fraction = String(units % divisor)
            text += "." + String(repeating: "0", count: places - fraction.count) + fraction
        }
        if units == 0 { return text }
        return (value < 0 ? minus : signed ? "+" : "") + text
    }

    /// A ratio as percent text: 0.031 is `+3.1 %`. Nil unless finite.
    static func percentText(_ ratio: Double, digits: Int = 1, signed: Bool = true) -> String? {
        decimal(ratio * 100, digits: digits, signed: signed).map { $0 + space + "%" }
    }

    /// 12345 is `12,345`.
    static func count(_ value: Int) -> String { (value < 0 ? minus : "") + thousands(Int64(clamping: value)) }

    /// `1 trade`, `2 trades`.
    static func count(_ value: Int, _ singular: String, _ plural: String? = nil) -> String {
        count(value) + space + (value == 1 ? singular : plural ?? singular + "s")
    }

    /// `$1,240.50`; `digits` decimals, two unless told.
    static func moneyText(_ value: Money, digits: Int = 2, signed: Bool = false) -> String {
        dollars(value.double, digits: digits, signed: signed) ?? "n/a"
    }

    /// `−$3.20` for a Double of dollars; nil unless finite.
    static func dollars(_ value: Double, digits: Int = 2, signed: Bool = false) -> String? {
        guard let text = decimal(value.magnitude, digits: digits) else { return nil }
        let isZero = !text.utf8.contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
        return (isZero ? "" : value < 0 ? minus : signed ? "+" : "") + "$" + text
    }

    /// The exact decimal of a price or quantity, with separators and a real minus: `64,250.5`.
    static func exact(_ value: some FixedPoint) -> String {
        let parts = value.description.split(separator: "-").last.map(String.init) ?? "0"
        let pieces = parts.split(separator: ".")
        let whole = thousands(Int64(pieces.first ?? "0") ?? 0)
        let fraction = pieces.count > 1 ? "." + pieces[1] : ""
        return (value.isNegative ? minus : "") + whole + fraction
    }

    /// `20 Aug 2025`.
    static func dateText(_ instant: Instant) -> String {
        let date = instant.date
        return "\(date.day) \(monthName(date.month)) \(date.year)"
    }

    /// `20 Aug 2025 14:05 UTC`; seconds only when asked.
    static func timeText(_ instant: Instant, seconds: Bool = false) -> String {
        dateText(instant) + space + clock(instant, seconds: seconds) + space + "UTC"
    }

    /// `14:05`, UTC.
    static func clock(_ instant: Instant, seconds: Bool = false) -> String {
        let withinDay = Int(floorRemainder(instant.milliseconds, Instant.millisecondsPerDay) / 1_000)
        let text = two(withinDay / 3_600) + ":" + two(withinDay / 60 % 60)
        return seconds ? text + ":" + two(withinDay % 60) : text
    }

    /// Two largest units of a span: `42 s`, `3 min 20 s`, `5 h 12 min`, `83 d`. Negative spans read as 0 s.
    static func duration(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds / 1_000)
        switch seconds {
        case ..<60: return "\(seconds)\(space)s"
        case ..<3_600: return pair(seconds / 60, "min", seconds % 60, "s")
        case ..<86_400: return pair(seconds / 3_600, "h", seconds / 60 % 60, "min")
        case ..<(86_400 * 10): return pair(seconds / 86_400, "d", seconds / 3_600 % 24, "h")
        default: return thousands(seconds / 86_400) + space + "d"
        }
    }

    /// The largest unit of a span, for lists: `42 s`, `15 min`, `5 h`, `83 d`. Negative spans read as 0 s.
    static func age(milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds / 1_000)
        switch seconds {
        case ..<60: return "\(seconds)\(space)s"
        case ..<3_600: return "\(seconds / 60)\(space)min"
        case ..<86_400: return "\(seconds / 3_600)\(space)h"
        default: return thousands(seconds / 86_400) + space + "d"
        }
    }

    /// `Jan` for 1; months outside 1 to 12 are clamped.
    static func monthName(_ month: Int) -> String {
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][min(max(month, 1), 12) - 1]
    }

    // MARK: Markup

    /// A change in teal or orange-red with its sign: `+3.1 %`, `−0.4 %`.
    static func change(_ figure: Figure, digits: Int = 1) -> HTML {
        render(figure, text: { percentText($0, digits: digits) }, coloured: true)
    }

    /// A share without colour: `54.2 %`; a drawdown keeps its minus.
    static func percent(_ figure: Figure, digits: Int = 1) -> HTML {
        render(figure, text: { percentText($0, digits: digits, signed: false) }, coloured: false)
    }

    /// A ratio with two decimals: `0.42`, `−1.10`.
    static func ratio(_ figure: Figure, digits: Int = 2) -> HTML {
        render(figure, text: { decimal($0, digits: digits) }, coloured: false)
    }

    /// A gain or loss in dollars with sign and colour.
    static func profit(_ value: Money) -> HTML {
        toned(moneyText(value, signed: true), by: value.double)
    }

    /// `text` in the colour of the sign of `value`; no colour for 0.
    static func toned(_ text: String, by value: Double) -> HTML {
        if value > 0 { return "<span class=\"gain\">\(text)</span>" }
        if value < 0 { return "<span class=\"loss\">\(text)</span>" }
        return "\(text)"
    }

    /// `n/a`, with the reason on hover and on keyboard focus, and in the text for screen readers.
    static func notAvailable(_ reason: String) -> HTML {
        """
        <span class="na" tabindex="0">n/a<span class="na__reason"> (\(reason))</span></span>
        """
    }

    /// A UTC date; scripts add the reader's own time on hover.
    static func date(_ instant: Instant) -> HTML {
        "<time datetime=\"\(instant.description)\">\(dateText(instant))</time>"
    }

    /// A UTC date and time; scripts add the reader's own time on hover.
    static func time(_ instant: Instant, seconds: Bool = false) -> HTML {
        "<time datetime=\"\(instant.description)\">\(timeText(instant, seconds: seconds))</time>"
    }

    /// How long ago, `3 h 5 min ago`, with the exact time in `datetime`.
    static func age(_ instant: Instant, now: Instant) -> HTML {
        let (span, overflow) = now.milliseconds.subtractingReportingOverflow(instant.milliseconds)
        let text = overflow ? dateText(instant) : duration(milliseconds: span) + " ago"
        return "<time datetime=\"\(instant.description)\">\(text)</time>"
    }

    /// Ten characters shown, all 64 selected and copied: the style cuts, not the text.
    static func hash(_ digest: Digest) -> HTML { code(digest.hex) }

    /// Any long identifier, shown cut to ten characters and copied whole.
    static func code(_ text: String) -> HTML {
        "<code class=\"hash\" data-copy title=\"\(text)\">\(text)</code>"
    }

    // MARK: Pieces

    private static func render(_ figure: Figure, text: (Double) -> String?, coloured: Bool) -> HTML {
        switch figure {
        case .unavailable(let reason): return notAvailable(reason)
        case .value(let value):
            guard let text = text(value) else { return notAvailable("not a finite number") }
            return coloured ? toned(text, by: isZero(text) ? 0 : value) : "\(text)"
        }
    }

    private static func isZero(_ text: String) -> Bool {
        !text.utf8.contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
    }

    private static func thousands(_ value: Int64) -> String {
        let digits = Array(String(value.magnitude).utf8)
        var out: [UInt8] = []
        out.reserveCapacity(digits.count + digits.count / 3)
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { out.append(UInt8(ascii: ",")) }
            out.append(digit)
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func exponent(_ value: Double, signed: Bool) -> String {
        var mantissa = value.magnitude
        var power = 0
        while mantissa >= 10 {
            mantissa /= 10
            power += 1
        }
        let tenths = Int((mantissa * 10).rounded())
        return (value < 0 ? minus : signed ? "+" : "") + "\(tenths / 10).\(tenths % 10)e\(power)"
    }

    private static func pair(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(space)\(unit)" : "\(large)\(space)\(unit) \(small)\(space)\(smallUnit)"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }

    private static func floorRemainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
