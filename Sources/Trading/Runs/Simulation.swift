internal import Base

/// A session and a simulated venue, moved together from tick to tick. A value: copied to look ahead.
struct Simulation: Sendable {
    private(set) var session: Session
    private var venue: SimulatedVenue
    private let costs: CostModel
    /// Milliseconds UTC of the last tick; nil before the first.
    private var lastTime: Int64?
    /// Effects not yet acted on; empty between calls, kept for its storage.
    private var pending: [SessionEffect] = []

    init(session: Session, costs: CostModel) {
        self.session = session
        self.costs = costs
        venue = SimulatedVenue(instruments: session.instruments, costs: costs)
    }

    /// Plays the bars that close at `tick`: opens, then what happens inside, then funding, then the closes.
    mutating func advance(to tick: Int, of market: MarketData, recorder: inout RunRecorder) throws(ArithmeticError) {
        let time = market.ticks[tick]
        let opened = time - market.timeframe.milliseconds
        if session.portfolio.openCount > 0 {
            try payFunding(hours: Self.hours(after: lastTime ?? opened, upTo: opened), recorder: &recorder, tick: tick)
        }
        if !venue.isIdle { try execute(tick, of: market, recorder: &recorder) }
        if session.portfolio.openCount > 0 { try liquidate(tick, of: market, recorder: &recorder) }
        for instrument in market.instruments.indices {
            guard let bar = market.bar(instrument, atTick: tick) else { continue }
            try session.step(
                .bar(instrument: instrument, close: market.series[instrument].close[bar], at: time), into: &pending)
        }
        if session.portfolio.openCount > 0 {
            let hours = Self.hours(after: max(lastTime ?? opened, opened), upTo: time)
            try payFunding(hours: hours, recorder: &recorder, tick: tick)
        }
        try session.step(.tick(at: time), into: &pending)
        try settle(tick, recorder: &recorder)
        lastTime = time
        try recorder.note(session)
    }

    /// Hands a decision's proposals to the session at the tick just played.
    mutating func decide(_ proposals: [Signal], at tick: Int, recorder: inout RunRecorder) throws(ArithmeticError) {
        try session.step(.proposals(proposals), into: &pending)
        try settle(tick, recorder: &recorder)
    }

    /// Acts on effects until there are none.
    private mutating func settle(_ tick: Int, recorder: inout RunRecorder) throws(ArithmeticError) {
        var next = 0
        while next < pending.count {
            let effect = pending[next]
            next += 1
            recorder.note(effect)
            switch effect {
            case .submit(let order):
                if let rejection = try venue.submit(order, mark: session.marks[order.instrument], tick: tick) {
                    recorder.note(rejection, of: order.number, at: session.time)
                    try session.step(.rejected(order.number, rejection), into: &pending)
                }
            case .cancel(let number): venue.cancel(number)
            case .judged, .closed, .halted, .resumed: break
            }
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// All opens come before anything inside a bar: they happen at the same moment.
    private mutating func execute(
        _ tick: Int, of market: MarketData, recorder: inout RunRecorder
    ) throws(ArithmeticError) {
        for instrument in market.instruments.indices {
            guard let moment = Self.moment(instrument, tick, of: market) else { continue }
            while let due = venue.dueAtOpen(moment) {
                try take(venue.execute(due, moment, session: session), tick, recorder: &recorder)
            }
        }
        for instrument in market.instruments.indices {
            guard let moment = Self.moment(instrument, tick, of: market) else { continue }
            while let due = venue.dueInside(moment) {
                try take(venue.execute(due, moment, session: session), tick, recorder: &recorder)
            }
        }
    }

    private mutating func take(
        _ event: SimulatedVenue.Event, _ tick: Int, recorder: inout RunRecorder
    ) throws(ArithmeticError) {
        switch event {
        case .fill(let fill):
            recorder.note(fill)
            try session.step(.fill(fill), into: &pending)
        case .rejected(let number, let rejection):
            recorder.note(rejection, of: number, at: session.time)
            try session.step(.rejected(number, rejection), into: &pending)
        case .cancelled(let number): try session.step(.cancelled(number), into: &pending)
        }
        try settle(tick, recorder: &recorder)
    }

    private mutating func liquidate(
        _ tick: Int, of market: MarketData, recorder: inout RunRecorder
    ) throws(ArithmeticError) {
        guard try !holdsMargin(tick, of: market) else { return }
        var opens = session.marks
        var worst = session.marks
        for instrument in market.instruments.indices where !session.portfolio.positions[instrument].isFlat {
            guard let moment = Self.moment(instrument, tick, of: market) else { continue }
            opens[instrument] = moment.open
            worst[instrument] = session.portfolio.positions[instrument].quantity.isPositive ? moment.low : moment.high
        }
        guard let prices = try Liquidation.prices(
            of: session.portfolio, instruments: market.instruments, opens: opens, worst: worst) else { return }
        for index in market.instruments.indices where !session.portfolio.positions[index].isFlat {
            let quantity = try session.portfolio.positions[index].quantity.negated()
            let instrument = market.instruments[index]
            let price = try costs.slipped(prices[index], isBuy: quantity.isPositive, tick: instrument.tickSize)
            let fee = try price.times(quantity).magnitude().scaled(by: instrument.takerFeePPM, over: 1_000_000, .up)
            let number = OrderNumber(session: session.number, sequence: 0)
            try take(.fill(Fill(
                order: number, instrument: index, quantity: quantity, price: price, fee: fee, isMaker: false,
                purpose: .liquidation, at: market.ticks[tick])), tick, recorder: &recorder)
        }
    }

    /// Whether equity at every position's worst price of the bar covers maintenance margin: almost always.
    private func holdsMargin(_ tick: Int, of market: MarketData) throws(ArithmeticError) -> Bool {
        var excess = session.portfolio.cash
        for index in market.instruments.indices where !session.portfolio.positions[index].isFlat {
            let position = session.portfolio.positions[index]
            var price = session.marks[index]
            if let bar = market.bar(index, atTick: tick) {
                price = position.quantity.isPositive ? market.series[index].low[bar] : market.series[index].high[bar]
            }
            excess = try excess.adding(position.unrealised(at: price))
                .subtracting(Liquidation.maintenance(of: position, at: price, market.instruments[index]))
        }
        return !excess.isNegative
    }

    /// Longs pay a positive rate, at the last close.
    private mutating func payFunding(hours: Int64, recorder: inout RunRecorder, tick: Int) throws(ArithmeticError) {
        guard hours > 0 else { return }
        let (rate, overflow) = costs.fundingPerHourPPB.multipliedReportingOverflow(by: hours)
        guard !overflow else { throw .overflow }
        for instrument in session.instruments.indices where !session.portfolio.positions[instrument].isFlat {
            let value = try session.marks[instrument].times(session.portfolio.positions[instrument].quantity)
            let amount = try value.scaled(by: rate, over: 1_000_000_000, .halfEven)
            try session.step(.funding(instrument: instrument, amount: amount), into: &pending)
        }
        try settle(tick, recorder: &recorder)
    }

    /// Full hours in `(start, end]`.
    private static func hours(after start: Int64, upTo end: Int64) -> Int64 {
        func hour(_ time: Int64) -> Int64 {
            let (quotient, remainder) = time.quotientAndRemainder(dividingBy: Instant.millisecondsPerHour)
            return remainder < 0 ? quotient - 1 : quotient
        }
        return max(0, hour(end) - hour(start))
    }

    private static func moment(_ instrument: Int, _ tick: Int, of market: MarketData) -> SimulatedVenue.Moment? {
        guard let bar = market.bar(instrument, atTick: tick) else { return nil }
        return SimulatedVenue.Moment(
            instrument: instrument, tick: tick, time: market.ticks[tick], open: market.series[instrument].open[bar],
            high: market.series[instrument].high[bar], low: market.series[instrument].low[bar])
    }
}
