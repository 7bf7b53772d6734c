internal import Base

/// A perpetuals venue made of candles.
///
/// - An order sent at the close of a bar executes no earlier than the open of its instrument's next bar.
/// - Market orders and triggered stops pay slippage and the taker fee.
/// - A limit order executes only when the price trades *through* it, at its own price, for the maker fee. One that is
///   already through when it arrives takes at the open.
/// - Stops trigger inside the bar and go before limits: when both lie inside a bar, the stop is what happened.
/// - A stop beyond the open executes at the open: gaps fill at the gap.
/// - An instrument without a bar trades nothing; its orders wait.
public struct SimulatedVenue: Sendable {
    private struct Resting: Sendable {
        var order: Order
        /// Index of the tick during or after whose bar it arrived.
        let arrived: Int
    }

    /// What happened to an order.
    enum Event: Sendable {
        case fill(Fill)
        case rejected(OrderNumber, Rejection)
        case cancelled(OrderNumber)
    }

    /// The bar of one instrument that is being played, and the account it is played on.
    struct Moment {
        let instrument: Int
        let tick: Int
        /// Close of the bar, milliseconds UTC.
        let time: Int64
        let open: Price
        let high: Price
        let low: Price
    }

    let instruments: [Instrument]
    let costs: CostModel
    private var book: [Resting] = []

    init(instruments: [Instrument], costs: CostModel) {
        self.instruments = instruments
        self.costs = costs
    }

    /// No order rests or waits.
    var isIdle: Bool { book.isEmpty }

    /// Takes an order in, or says why not.
    mutating func submit(_ order: Order, mark: Price, tick: Int) throws(ArithmeticError) -> Rejection? {
        let instrument = instruments[order.instrument]
        guard !order.quantity.isZero, order.quantity.raw % instrument.lotSize.raw == 0 else { return .lotSize }
        if let price = order.kind.price {
            guard price.isPositive, price.raw % instrument.tickSize.raw == 0 else { return .tickSize }
        }
        if !order.reduceOnly, try mark.times(order.quantity.magnitude()) < instrument.orderValueMin {
            return .belowMinimumValue
        }
        book.append(Resting(order: order, arrived: tick))
        return nil
    }

    /// Takes an order back; one that is gone is gone.
    mutating func cancel(_ number: OrderNumber) { book.removeAll { $0.order.number == number } }

    /// The next thing that happens at the open, or nil. Ask again until nil: each answer may bring new orders.
    mutating func eventAtOpen(_ moment: Moment, session: Session) throws(ArithmeticError) -> Event? {
        for index in book.indices where book[index].order.instrument == moment.instrument {
            let order = book[index].order
            switch order.kind {
            case .market:
                return try take(index, at: moment.open, moment, session: session)
            case .stop(let trigger):
                guard order.isBuy ? moment.open >= trigger : moment.open <= trigger else { continue }
                return try take(index, at: moment.open, moment, session: session)
            case .limit(let limit):
                guard order.isBuy ? moment.open < limit : moment.open > limit else { continue }
                guard book[index].arrived == moment.tick else { return try make(index, at: limit, moment, session: session) }
                return try take(index, at: moment.open, noWorseThan: limit, moment, session: session)
            }
        }
        return nil
    }

    /// The next thing that happens after the open, or nil: stops first, the worst is assumed.
    mutating func eventInside(_ moment: Moment, session: Session) throws(ArithmeticError) -> Event? {
        for index in book.indices where book[index].order.instrument == moment.instrument {
            guard case .stop(let trigger) = book[index].order.kind else { continue }
            if book[index].order.isBuy ? moment.high >= trigger : moment.low <= trigger {
                return try take(index, at: trigger, moment, session: session)
            }
        }
        for index in book.indices where book[index].order.instrument == moment.instrument {
            guard case .limit(let limit) = book[index].order.kind else { continue }
            if book[index].order.isBuy ? moment.low < limit : moment.high > limit {
                return try make(index, at: limit, moment, session: session)
            }
        }
        return nil
    }

    /// Executes at once: slippage, taker fee, and for orders that open the margin check.
    private mutating func take(
        _ index: Int, at price: Price, noWorseThan limit: Price? = nil, _ moment: Moment, session: Session
    ) throws(ArithmeticError) -> Event {
        let instrument = instruments[moment.instrument]
        let isBuy = book[index].order.isBuy
        var slipped = try costs.slipped(price, isBuy: isBuy, tick: instrument.tickSize)
        if let limit { slipped = isBuy ? min(slipped, limit) : max(slipped, limit) }
        return try execute(index, at: slipped, feePPM: instrument.takerFeePPM, isMaker: false, moment, session: session)
    }

    private mutating func make(
        _ index: Int, at price: Price, _ moment: Moment, session: Session
    ) throws(ArithmeticError) -> Event {
        let fee = instruments[moment.instrument].makerFeePPM
        return try execute(index, at: price, feePPM: fee, isMaker: true, moment, session: session)
    }

    private mutating func execute(
        _ index: Int, at price: Price, feePPM: Int64, isMaker: Bool, _ moment: Moment, session: Session
    ) throws(ArithmeticError) -> Event {
        let order = book.remove(at: index).order
        var quantity = order.quantity
        let held = session.portfolio.positions[order.instrument].quantity
        if order.reduceOnly {
            guard !held.isZero, held.isNegative != quantity.isNegative else { return .cancelled(order.number) }
            if quantity.raw.magnitude > held.raw.magnitude { quantity = try held.negated() }
        } else if try !hasMargin(for: quantity, order.instrument, at: price, session: session) {
            return .rejected(order.number, .insufficientMargin)
        }
        let fee = try price.times(quantity).magnitude().scaled(by: feePPM, over: 1_000_000, .up)
        return .fill(Fill(
            order: order.number, instrument: order.instrument, quantity: quantity, price: price, fee: fee,
            isMaker: isMaker, purpose: order.purpose, at: moment.time))
    }

    /// Whether equity covers the initial margin of everything once this has filled.
    private func hasMargin(
        for quantity: Quantity, _ instrument: Int, at price: Price, session: Session
    ) throws(ArithmeticError) -> Bool {
        var marks = session.marks
        marks[instrument] = price
        var margin = Money.zero
        for index in instruments.indices {
            var held = session.portfolio.positions[index].quantity
            if index == instrument { held = try held.adding(quantity) }
            guard !held.isZero else { continue }
            let value = try marks[index].times(held.magnitude())
            margin = try margin.adding(value.scaled(by: 1, over: Int64(max(1, instruments[index].leverageMax)), .up))
        }
        return try session.portfolio.equity(at: marks) >= margin
    }
}
