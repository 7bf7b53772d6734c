internal import Base

/// An order the venue would not have.
public struct RejectedOrder: Sendable, Hashable {
    /// The order.
    public let order: OrderNumber
    /// Why.
    public let rejection: Rejection
    /// Milliseconds UTC.
    public let at: Int64
}

/// Everything a run leaves behind, growing only at the end, so that a look ahead is undone by cutting it back.
struct RunRecorder {
    /// Figures that are sums: restored as they were when a look ahead is undone.
    struct Totals {
        var orders = 0
        var denied = 0
        /// Ticks with a position.
        var exposedTicks = 0
        /// Sum over ticks of gross position value over equity.
        var grossRatios = 0.0
        /// Sum over ticks of equity, raw.
        var equitySum: Int128 = 0
    }

    /// Where everything ended at some tick.
    struct Bookmark {
        fileprivate let equity: Int
        fileprivate let fills: Int
        fileprivate let trades: Int
        fileprivate let halts: Int
        fileprivate let rejections: Int
        fileprivate let totals: Totals
    }

    /// Equity after each tick.
    private(set) var equity: [Money] = []
    private(set) var fills: [Fill] = []
    private(set) var trades: [ClosedTrade] = []
    private(set) var halts: [Halt] = []
    private(set) var rejections: [RejectedOrder] = []
    private(set) var totals = Totals()
    /// Judgements and orders of the decision being applied; taken by `takeOutcome`.
    private var judgements: [Judgement] = []
    private var orders: [Order] = []

    init(ticks: Int) { equity.reserveCapacity(ticks) }

    var bookmark: Bookmark {
        Bookmark(equity: equity.count, fills: fills.count, trades: trades.count, halts: halts.count,
                 rejections: rejections.count, totals: totals)
    }

    mutating func rewind(to bookmark: Bookmark) {
        equity.removeLast(equity.count - bookmark.equity)
        fills.removeLast(fills.count - bookmark.fills)
        trades.removeLast(trades.count - bookmark.trades)
        halts.removeLast(halts.count - bookmark.halts)
        rejections.removeLast(rejections.count - bookmark.rejections)
        totals = bookmark.totals
    }

    /// What the decision just applied came to; forgets what came before it.
    mutating func takeOutcome() -> (judgements: [Judgement], orders: [Order]) {
        defer { clearOutcome() }
        return (judgements, orders)
    }

    /// Forgets orders the session made by itself: they belong to no decision.
    mutating func clearOutcome() {
        judgements.removeAll(keepingCapacity: true)
        orders.removeAll(keepingCapacity: true)
    }

    mutating func note(_ effect: SessionEffect) {
        switch effect {
        case .submit(let order):
            totals.orders += 1
            orders.append(order)
        case .judged(let judgement):
            if !judgement.verdict.isAllowed { totals.denied += 1 }
            judgements.append(judgement)
        case .closed(let trade): trades.append(trade)
        case .halted(let halt): halts.append(halt)
        case .cancel, .resumed: break
        }
    }

    mutating func note(_ fill: Fill) { fills.append(fill) }

    mutating func note(_ rejection: Rejection, of order: OrderNumber, at time: Int64) {
        rejections.append(RejectedOrder(order: order, rejection: rejection, at: time))
    }

    /// The end of a tick.
    mutating func note(_ session: Session) throws(ArithmeticError) {
        equity.append(session.equity)
        totals.equitySum += Int128(session.equity.raw)
        guard session.portfolio.openCount > 0 else { return }
        totals.exposedTicks += 1
        if session.equity.isPositive {
            totals.grossRatios += try session.portfolio.grossValue(at: session.marks).double / session.equity.double
        }
    }
}
