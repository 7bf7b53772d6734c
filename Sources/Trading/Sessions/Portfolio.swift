public import Base

/// A round trip that ended: from flat to flat.
public struct ClosedTrade: Sendable, Hashable {
    /// Index into the universe.
    public let instrument: Int
    /// It was a long position rather than a short one.
    public let isLong: Bool
    /// Milliseconds UTC of the first fill.
    public let entryTime: Int64
    /// Average over everything bought into (or sold into) the position.
    public let entryPrice: Price
    /// Milliseconds UTC of the last fill.
    public let exitTime: Int64
    /// Average over everything that closed it.
    public let exitPrice: Price
    /// Base units that went in and out again; positive.
    public let quantity: Quantity
    /// Fees of all its fills.
    public let fees: Money
    /// Funding paid while it was open; negative was received.
    public let funding: Money
    /// What it made, fees and funding taken off.
    public let profit: Money
    /// Why the last fill happened.
    public let exitReason: OrderPurpose
    /// The order of the first fill; `RunResult.reason(of:)` has the author's words for it.
    public let entryOrder: OrderNumber
    /// The order of the last fill.
    public let exitOrder: OrderNumber
}

/// One instrument's position, by average cost.
///
/// It keeps what the open quantity cost rather than an average price: the cost moves exactly, so nothing is lost or
/// made by rounding an average.
public struct Position: Sendable, Hashable {
    /// Signed; zero when flat.
    public private(set) var quantity = Quantity.zero
    /// What the open quantity cost, signed as the quantity is.
    public private(set) var cost = Money.zero
    /// Milliseconds UTC of the first fill; 0 when flat.
    public private(set) var entryTime: Int64 = 0
    private var entryOrder = OrderNumber(session: 0, sequence: 0)
    // Sums over the round trip that is open; all magnitudes but `realised` and `funding`.
    private var enteredQuantity = Quantity.zero
    private var enteredValue = Money.zero
    private var exitedQuantity = Quantity.zero
    private var exitedValue = Money.zero
    private var realised = Money.zero
    private var fees = Money.zero
    private var funding = Money.zero

    init() {}

    /// Nothing is held.
    public var isFlat: Bool { quantity.isZero }

    /// Average price of the open quantity, half even; zero when flat.
    public func entryPrice() throws(ArithmeticError) -> Price {
        quantity.isZero ? .zero : try average(cost, quantity)
    }

    /// What closing at `mark` would make before costs.
    public func unrealised(at mark: Price) throws(ArithmeticError) -> Money {
        quantity.isZero ? .zero : try mark.times(quantity).subtracting(cost)
    }

    /// Value at `mark`, never negative.
    public func value(at mark: Price) throws(ArithmeticError) -> Money {
        quantity.isZero ? .zero : try mark.times(quantity).magnitude()
    }

    /// Realised less fees and funding of the round trip that is open: what it has put into cash so far.
    public func settled() throws(ArithmeticError) -> Money {
        try realised.subtracting(fees).subtracting(funding)
    }

    mutating func pay(funding amount: Money) throws(ArithmeticError) { funding = try funding.adding(amount) }

    /// More of the same side, or the first of it.
    mutating func enter(_ amount: Quantity, fee: Money, by fill: Fill) throws(ArithmeticError) {
        if quantity.isZero {
            entryTime = fill.at
            entryOrder = fill.order
        }
        let value = try fill.price.times(amount)
        quantity = try quantity.adding(amount)
        cost = try cost.adding(value)
        enteredQuantity = try enteredQuantity.adding(amount.magnitude())
        enteredValue = try enteredValue.adding(value.magnitude())
        fees = try fees.adding(fee)
    }

    /// Less of it: `amount` is signed against the position and not larger. Returns what the part made before fees.
    mutating func leave(_ amount: Quantity, at price: Price, fee: Money) throws(ArithmeticError) -> Money {
        let value = try price.times(amount)
        let part = try cost.scaled(by: amount.raw.magnitudeClamped, over: quantity.raw.magnitudeClamped, .halfEven)
        // The cash flow of the fill is -value; the cost that leaves is `part`.
        let profit = try value.negated().subtracting(part)
        quantity = try quantity.adding(amount)
        cost = try cost.subtracting(part)
        exitedQuantity = try exitedQuantity.adding(amount.magnitude())
        exitedValue = try exitedValue.adding(value.magnitude())
        realised = try realised.adding(profit)
        fees = try fees.adding(fee)
        return profit
    }

    /// The finished round trip; the position is reset.
    mutating func finish(by fill: Fill, wasLong: Bool) throws(ArithmeticError) -> ClosedTrade {
        let trade = ClosedTrade(
            instrument: fill.instrument, isLong: wasLong, entryTime: entryTime,
            entryPrice: try average(enteredValue, enteredQuantity), exitTime: fill.at,
            exitPrice: try average(exitedValue, exitedQuantity), quantity: exitedQuantity, fees: fees, funding: funding,
            profit: try settled(), exitReason: fill.purpose, entryOrder: entryOrder, exitOrder: fill.order)
        self = Position()
        return trade
    }
}

/// `value / quantity`, half even.
private func average(_ value: Money, _ quantity: Quantity) throws(ArithmeticError) -> Price {
    Price(raw: try divideWide(Int128(value.raw) * Int128(fixedPointUnit), by: Int128(quantity.raw), .halfEven))
}

extension Int64 {
    /// The absolute value; the one number without one becomes the largest.
    var magnitudeClamped: Int64 { self == .min ? .max : abs(self) }
}

/// Cash and positions of one session: a margin account, where a position costs nothing but its fees until it moves.
///
/// To the unit, always: `equity = start − Σ price × quantity of every fill − fees − funding + Σ mark × position`.
public struct Portfolio: Sendable, Hashable {
    /// What the account began with.
    public let start: Money
    /// Start plus everything realised, less fees and funding.
    public private(set) var cash: Money
    /// One an instrument of the universe.
    public private(set) var positions: [Position]
    /// Profit of closed quantity before fees and funding.
    public private(set) var realised = Money.zero
    /// Fees paid on all fills.
    public private(set) var fees = Money.zero
    /// Funding paid; negative was received.
    public private(set) var funding = Money.zero
    /// Value of everything bought and sold, both sides counted.
    public private(set) var turnover = Money.zero
    /// Positions that are not flat.
    public private(set) var openCount = 0

    /// An account of `start` USD and nothing held in `instrumentCount` instruments.
    public init(start: Money, instrumentCount: Int) {
        self.start = start
        cash = start
        positions = Array(repeating: Position(), count: instrumentCount)
    }

    /// Books an execution. A fill that crosses zero closes one round trip and opens the next, its fee shared by
    /// quantity. The trade it closed, if it closed one. After an error the portfolio is not to be used any more.
    public mutating func apply(_ fill: Fill) throws(ArithmeticError) -> ClosedTrade? {
        let before = positions[fill.instrument].quantity
        let opposes = !before.isZero && before.isNegative != fill.quantity.isNegative
        turnover = try turnover.adding(fill.price.times(fill.quantity).magnitude())
        fees = try fees.adding(fill.fee)
        cash = try cash.subtracting(fill.fee)
        guard opposes else {
            if before.isZero { openCount += 1 }
            try positions[fill.instrument].enter(fill.quantity, fee: fill.fee, by: fill)
            return nil
        }
        let after = try before.adding(fill.quantity)
        let crosses = !after.isZero && after.isNegative != before.isNegative
        let closing = crosses ? try before.negated() : fill.quantity
        let share = (closing.raw.magnitudeClamped, of: fill.quantity.raw.magnitudeClamped)
        let closingFee = crosses ? try fill.fee.scaled(by: share.0, over: share.of, .halfEven) : fill.fee
        let profit = try positions[fill.instrument].leave(closing, at: fill.price, fee: closingFee)
        realised = try realised.adding(profit)
        cash = try cash.adding(profit)
        guard positions[fill.instrument].isFlat else { return nil }
        openCount -= 1
        let trade = try positions[fill.instrument].finish(by: fill, wasLong: before.isPositive)
        if crosses {
            openCount += 1
            try positions[fill.instrument].enter(after, fee: fill.fee.subtracting(closingFee), by: fill)
        }
        return trade
    }

    /// Takes a funding payment for an open position; negative is received.
    public mutating func pay(funding amount: Money, instrument: Int) throws(ArithmeticError) {
        try positions[instrument].pay(funding: amount)
        funding = try funding.adding(amount)
        cash = try cash.subtracting(amount)
    }

    /// Cash plus unrealised profit, each position at its mark.
    public func equity(at marks: [Price]) throws(ArithmeticError) -> Money {
        guard openCount > 0 else { return cash }
        var sum = cash
        for index in positions.indices where !positions[index].isFlat {
            sum = try sum.adding(positions[index].unrealised(at: marks[index]))
        }
        return sum
    }

    /// Value of all positions, longs and shorts both counted positive.
    public func grossValue(at marks: [Price]) throws(ArithmeticError) -> Money {
        guard openCount > 0 else { return .zero }
        var sum = Money.zero
        for index in positions.indices where !positions[index].isFlat {
            sum = try sum.adding(positions[index].value(at: marks[index]))
        }
        return sum
    }
}
