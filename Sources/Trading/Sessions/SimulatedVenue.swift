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

    /// An order whose moment has come: where it stands in the book, and on which terms it executes.
    struct Due {
        fileprivate let index: Int
        fileprivate let price: Price
        fileprivate let isMaker: Bool
        fileprivate var noWorseThan: Price?
    }

    /// The next order that executes at the open, or nil. Ask again until nil: each may bring new orders.
    func dueAtOpen(_ moment: Moment) -> Due? {
        for index in book.indices where book[index].order.instrument == moment.instrument {
            let isBuy = book[index].order.isBuy
            switch book[index].order.kind {
            case .market: return Due(index: index, price: moment.open, isMaker: false)
            case .stop(let trigger):
                guard isBuy ? moment.open >= trigger : moment.open <= trigger else { continue }
                return Due(index: index, price: moment.open, isMaker: false)
            case .limit(let limit):
                guard isBuy ? moment.open < limit : moment.open > limit else { continue }
                guard book[index].arrived == moment.tick else { return Due(index: index, price: limit, isMaker: true) }
                return Due(index: index, price: moment.open, isMaker: false, noWorseThan: limit)
            }
        }
        return nil
    }

    /// The next order that executes after the open, or nil: stops first, the worst is assumed.
    func dueInside(_ moment: Moment) -> Due? {
        var target: Due?
        for index in book.indices where book[index].order.instrument == moment.instrument {
            let isBuy = book[index].order.isBuy
            switch book[index].order.kind {
            case .market: continue
            case .stop(let trigger):
                guard isBuy ? moment.high >= trigger : moment.low <= trigger else { continue }
                return Due(index: index, price: trigger, isMaker: false)
            case .limit(let limit):
                guard target == nil, isBuy ? moment.low < limit : moment.high > limit else { continue }
                target = Due(index: index, price: limit, isMaker: true)
            }
        }
        return target
    }

    /// Executes what is due: taking pays slippage and the taker fee, resting the maker fee.
    mutating func execute(_ due: Due, _ moment: Moment, session: Session) throws(ArithmeticError) -> Event {
        let instrument = instruments[moment.instrument]
        if due.isMaker {
            return try execute(
                due.index, at: due.price, feePPM: instrument.makerFeePPM, isMaker: true, moment, session: session)
        }
        let isBuy = book[due.index].order.isBuy
        var price = try costs.slipped(due.price, isBuy: isBuy, tick: instrument.tickSize)
        if let limit = due.noWorseThan { price = isBuy ? min(price, limit) : max(price, limit) }
        return try execute(
            due.index, at: price, feePPM: instrument.takerFeePPM, isMaker: false, moment, session: session)
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
