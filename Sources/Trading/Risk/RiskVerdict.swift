public import Base

/// What the risk engine says about one order.
public enum RiskVerdict: Sendable, Hashable {
    case allowed
    case denied(Denial)

    /// The order may go out.
    public var isAllowed: Bool { if case .allowed = self { true } else { false } }
}

/// Why we refuse an order, with the numbers that decided it.
public enum Denial: Sendable, Hashable {
    case notInUniverse(index: Int)
    case sizeInvalid(Double)
    case stopInvalid(Double)
    case targetInvalid(Double)
    /// The stop must be on the losing side of the last close.
    case stopWrongSide(stop: Double, mark: Price)
    /// The target must be on the winning side of the last close.
    case targetWrongSide(target: Double, mark: Price)
    /// No bar of the instrument has closed yet.
    case noMark
    /// The instrument's bar of this tick is missing; the last one closed at `lastAt`.
    case staleMark(lastAt: Int64)
    case nothingToClose
    /// Rounds down to no lot at all.
    case belowLot(lot: Quantity)
    case shortNotAllowed
    case orderValue(value: Money, cap: Money)
    case positionValue(value: Money, cap: Money)
    /// In hundredths: 150 is 1.5×.
    case leverage(hundredths: Int64, cap: Int64)
    case openPositions(count: Int, cap: Int)
    case ordersPerHour(count: Int, cap: Int)
    case halted(Halt.Kind)
    case paused
    case stopped
    case killed
    /// The numbers are too large to calculate with.
    case outOfRange

    /// Stable name for logs and APIs.
    public var code: String {
        switch self {
        case .notInUniverse: "not_in_universe"
        case .sizeInvalid: "size_invalid"
        case .stopInvalid: "stop_invalid"
        case .targetInvalid: "target_invalid"
        case .stopWrongSide: "stop_wrong_side"
        case .targetWrongSide: "target_wrong_side"
        case .noMark: "no_mark"
        case .staleMark: "stale_mark"
        case .nothingToClose: "nothing_to_close"
        case .belowLot: "below_lot"
        case .shortNotAllowed: "short_not_allowed"
        case .orderValue: "max_order_usd"
        case .positionValue: "max_position_usd"
        case .leverage: "max_leverage"
        case .openPositions: "max_open_positions"
        case .ordersPerHour: "max_orders_per_hour"
        case .halted(let kind): "halted_" + kind.rawValue
        case .paused: "paused"
        case .stopped: "stopped"
        case .killed: "killed"
        case .outOfRange: "out_of_range"
        }
    }

    /// The figures behind the code: what it would have been, and what the cap is. Part of the decision log.
    public var numbers: [(String, JSON)] {
        switch self {
        case .notInUniverse(let index): [("index", .int(index))]
        case .sizeInvalid(let size): [("size", .exact(size))]
        case .stopInvalid(let stop): [("stop", .exact(stop))]
        case .targetInvalid(let target): [("target", .exact(target))]
        case .stopWrongSide(let stop, let mark): [("stop", .exact(stop)), ("mark", .decimal(mark))]
        case .targetWrongSide(let target, let mark): [("target", .exact(target)), ("mark", .decimal(mark))]
        case .staleMark(let lastAt): [("last_time", .int(lastAt))]
        case .belowLot(let lot): [("lot", .decimal(lot))]
        case .orderValue(let value, let cap), .positionValue(let value, let cap):
            [("value", .decimal(value)), ("cap", .decimal(cap))]
        case .leverage(let hundredths, let cap): [("value", .int(hundredths)), ("cap", .int(cap))]
        case .openPositions(let count, let cap), .ordersPerHour(let count, let cap):
            [("value", .int(count)), ("cap", .int(cap))]
        case .noMark, .nothingToClose, .shortNotAllowed, .halted, .paused, .stopped, .killed, .outOfRange: []
        }
    }

    /// One sentence for people.
    public var sentence: String { "We refused this order: " + reason + "." }

    private var reason: String {
        switch self {
        case .notInUniverse: "the instrument is not in the skill's universe"
        case .sizeInvalid(let size): "size must be above 0 and at most 1, and it was \(size)"
        case .stopInvalid(let stop): "the stop must be a price, and it was \(stop)"
        case .targetInvalid(let target): "the target must be a price, and it was \(target)"
        case .stopWrongSide(let stop, let mark): "the stop \(stop) is on the wrong side of the last price \(mark)"
        case .targetWrongSide(let target, let mark):
            "the target \(target) is on the wrong side of the last price \(mark)"
        case .noMark: "the instrument has no price yet"
        case .staleMark(let lastAt): "the instrument has had no candle since \(Instant(milliseconds: lastAt))"
        case .nothingToClose: "there is no position to close"
        case .belowLot(let lot): "it is smaller than one lot of \(lot)"
        case .shortNotAllowed: "the skill may not sell short"
        case .orderValue(let value, let cap): "its value is \(value.dollarsUp); the cap is \(cap.dollars)"
        case .positionValue(let value, let cap):
            "it would take the position to \(value.dollarsUp); the cap is \(cap.dollars)"
        case .leverage(let hundredths, let cap):
            "it would take leverage to \(ratio(hundredths))×; the cap is \(ratio(cap))×"
        case .openPositions(let count, let cap): "it would make \(count) open positions; the cap is \(cap)"
        case .ordersPerHour(let count, let cap): "it would be order \(count) within an hour; the cap is \(cap)"
        case .halted(.dailyLoss): "the daily loss limit was reached; trading resumes on the next UTC day"
        case .halted(.drawdown): "the drawdown limit was reached"
        case .halted(.liquidation): "the account was liquidated"
        case .halted(.ruin): "no equity is left"
        case .paused: "the session is paused"
        case .stopped: "the session is stopped"
        case .killed: "the kill switch was pulled"
        case .outOfRange: "its numbers are too large"
        }
    }

    private func ratio(_ hundredths: Int64) -> String {
        "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
    }
}

extension JSON {
    /// A number as it is, `"NaN"` and `"Infinity"` spelled out: a log that drops them hides the interesting ones.
    static func exact(_ value: Double) -> JSON {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return .double(value)
    }
}

extension Money {
    /// `$1,240.00`, to the nearest cent: for sentences, never for calculation.
    public var dollars: String { inDollars(.halfEven) }
    /// The same, rounded up, so that a value above a cap never reads like the cap.
    var dollarsUp: String { inDollars(.up) }

    private func inDollars(_ rounding: Rounding) -> String {
        // Beyond Int64 in cents is impossible: raw is at most 2⁶³ and is divided by 10⁶.
        let cents = (try? divideWide(Int128(raw), by: 1_000_000, rounding)) ?? 0
        let digits = Array(String(cents.magnitude / 100))
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { grouped.append(",") }
            grouped.append(digit)
        }
        let fraction = cents.magnitude % 100
        return (cents < 0 ? "-$" : "$") + grouped + "." + (fraction < 10 ? "0" : "") + String(fraction)
    }
}
