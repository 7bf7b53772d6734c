internal import Base

/// Cross margin: one account, all positions; when equity falls below the maintenance margin of all of them, the venue
/// closes all of them.
///
/// Inside a bar every open position is assumed to move from the open to its worst side at once and evenly; the
/// liquidation happens where equity meets maintenance margin on that way, or at the open when the gap was that large.
enum Liquidation {
    /// The price at which each open position is closed, zero for those that are flat; nil when the margin holds.
    /// `opens` and `worst` are the bar's open and its extreme against the position.
    static func prices(
        of portfolio: Portfolio, instruments: [Instrument], opens: [Price], worst: [Price]
    ) throws(ArithmeticError) -> [Price]? {
        let atWorst = try excess(of: portfolio, instruments: instruments, at: worst)
        guard atWorst.isNegative else { return nil }
        let atOpen = try excess(of: portfolio, instruments: instruments, at: opens)
        var way: Int64 = 0
        if atOpen.isPositive {
            let span = Int128(atOpen.raw) - Int128(atWorst.raw)
            way = try divideWide(Int128(atOpen.raw) * 1_000_000, by: span, .up)
        }
        var prices = opens
        for index in prices.indices where !portfolio.positions[index].isFlat {
            let distance = try worst[index].subtracting(opens[index])
            prices[index] = try opens[index].adding(distance.scaled(by: way, over: 1_000_000, .halfEven))
        }
        return prices
    }

    /// The margin one position needs at `price` to be left alone.
    static func maintenance(
        of position: Position, at price: Price, _ instrument: Instrument
    ) throws(ArithmeticError) -> Money {
        try position.value(at: price).scaled(by: instrument.maintenanceMarginPPM, over: 1_000_000, .up)
    }

    /// Equity less maintenance margin at `prices`.
    private static func excess(
        of portfolio: Portfolio, instruments: [Instrument], at prices: [Price]
    ) throws(ArithmeticError) -> Money {
        var excess = try portfolio.equity(at: prices)
        for index in instruments.indices where !portfolio.positions[index].isFlat {
            excess = try excess.subtracting(
                maintenance(of: portfolio.positions[index], at: prices[index], instruments[index]))
        }
        return excess
    }
}
