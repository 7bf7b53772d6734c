public import Base

/// One skill at work on one account: what happened comes in, what to do about it goes out.
///
/// No clock, no I/O, no randomness: a backtest, a paper run and a live deployment are three drivers of this one type,
/// and the same inputs give the same effects in each. A value: a driver copies it to look ahead and drops the copy.
///
/// A step that throws met numbers beyond 64-bit money; the session must not be stepped any further.
public struct Session: Sendable {
    /// What a person has made of it.
    public enum Mode: String, Sendable, Hashable { case running, paused, stopped, killed }

    /// Keeps the order numbers of different sessions apart.
    public let number: UInt64
    /// The universe, in the manifest's order.
    public let instruments: [Instrument]
    /// The limits it enforces.
    public let caps: RiskCaps
    /// Cash and positions.
    public private(set) var portfolio: Portfolio
    /// What a person has made of it.
    public private(set) var mode = Mode.running
    /// Why it opens nothing, when a limit stopped it.
    public private(set) var halt: Halt?
    /// Equity at the last tick.
    public private(set) var equity: Money
    /// Milliseconds UTC of the last tick; 0 before the first.
    public private(set) var time: Int64 = 0
    /// Orders that are out: sent and neither filled, rejected nor cancelled. Oldest first.
    public private(set) var working: [Order] = []
    /// Last close of each instrument; zero before its first bar.
    public private(set) var marks: [Price]
    /// Milliseconds UTC each of `marks` closed at.
    public private(set) var markTimes: [Int64]
    /// Orders made so far.
    public private(set) var sequence = 0

    private var limits: LossLimits
    private(set) var rate = OrderRate()
    /// The author's stop and target of each open position.
    private var authorStops: [Price?]
    private var authorTargets: [Price?]
    private let flatViews: [PositionView]

    /// A session with `start` USD and nothing held. `number` is a function of what the session is.
    public init(number: UInt64, instruments: [Instrument], caps: RiskCaps, start: Money) {
        self.number = number
        self.instruments = instruments
        self.caps = caps
        portfolio = Portfolio(start: start, instrumentCount: instruments.count)
        equity = start
        marks = Array(repeating: .zero, count: instruments.count)
        markTimes = Array(repeating: .min, count: instruments.count)
        limits = LossLimits(start: start)
        authorStops = Array(repeating: nil, count: instruments.count)
        authorTargets = authorStops
        flatViews = Array(repeating: .flat, count: instruments.count)
    }

    /// Takes one input and appends what follows from it to `effects`, in order.
    public mutating func step(_ input: SessionInput, into effects: inout [SessionEffect]) throws(ArithmeticError) {
        switch input {
        case .bar(let instrument, let close, let at):
            marks[instrument] = close
            markTimes[instrument] = at
        case .tick(let at): try tick(at, into: &effects)
        case .fill(let fill): try take(fill, into: &effects)
        case .rejected(let number, _): try lost(number, into: &effects)
        case .cancelled(let number): _ = remove(number)
        case .funding(let instrument, let amount): try portfolio.pay(funding: amount, instrument: instrument)
        case .proposals(let signals):
            for (index, signal) in signals.enumerated() { try judge(signal, proposal: index, into: &effects) }
        case .command(let command): try obey(command, into: &effects)
        }
    }

    /// The same, with the effects as a value.
    public mutating func step(_ input: SessionInput) throws(ArithmeticError) -> [SessionEffect] {
        var effects: [SessionEffect] = []
        try step(input, into: &effects)
        return effects
    }

    /// The portfolio as helpers, tools and pages see it, at the last tick's marks.
    public func view() throws(ArithmeticError) -> PortfolioView {
        guard portfolio.openCount > 0 else {
            return PortfolioView(equity: equity, cash: portfolio.cash, positions: flatViews)
        }
        var views = flatViews
        for index in views.indices where !portfolio.positions[index].isFlat {
            let position = portfolio.positions[index]
            views[index] = PositionView(
                quantity: position.quantity, entryPrice: try position.entryPrice(), entryTime: position.entryTime,
                unrealised: try position.unrealised(at: marks[index]))
        }
        return PortfolioView(equity: equity, cash: portfolio.cash, positions: views)
    }

    /// The position of `instrument` once its working orders have filled, protective ones left out: signed.
    public func projected(_ instrument: Int) throws(ArithmeticError) -> Quantity {
        var quantity = portfolio.positions[instrument].quantity
        for order in working where order.instrument == instrument && !order.purpose.isProtective {
            quantity = try quantity.adding(order.quantity)
        }
        return quantity
    }

    // MARK: Time and limits

    private mutating func tick(_ at: Int64, into effects: inout [SessionEffect]) throws(ArithmeticError) {
        time = at
        equity = try portfolio.equity(at: marks)
        if let until = halt?.until, at > until {
            halt = nil
            effects.append(.resumed(at: at))
        }
        guard let reached = try limits.observe(equity, at: at, caps: caps) else { return }
        try apply(reached, into: &effects)
    }

    /// A halt for good replaces one for the day; nothing replaces a halt for good.
    private mutating func apply(_ reached: Halt, into effects: inout [SessionEffect]) throws(ArithmeticError) {
        if let halt, halt.until == nil || reached.until != nil { return }
        halt = reached
        effects.append(.halted(reached))
        switch reached.kind {
        case .dailyLoss: try flatten(.dailyLoss, into: &effects)
        case .drawdown: try flatten(.drawdown, into: &effects)
        case .ruin: try flatten(.ruin, into: &effects)
        case .liquidation: cancelAll(into: &effects) { _ in true }
        }
    }

    private mutating func obey(_ command: SessionCommand, into effects: inout [SessionEffect]) throws(ArithmeticError) {
        guard mode != .killed else { return }
        switch command {
        case .pause: if mode == .running { mode = .paused }
        case .resume: if mode == .paused { mode = .running }
        case .stop:
            mode = .stopped
            cancelAll(into: &effects) { $0.purpose == .entry }
        case .flatten: try flatten(.flatten, into: &effects)
        case .kill:
            mode = .killed
            try flatten(.kill, into: &effects)
        }
    }

    /// Takes back what would open and closes what is open. Protective orders stay until the position is gone.
    private mutating func flatten(
        _ purpose: OrderPurpose, into effects: inout [SessionEffect]
    ) throws(ArithmeticError) {
        cancelAll(into: &effects) { $0.purpose == .entry }
        for instrument in instruments.indices where !portfolio.positions[instrument].isFlat {
            let open = try projected(instrument)
            guard !open.isZero else { continue }
            submit(instrument, try open.negated(), .market, reduceOnly: true, purpose: purpose, into: &effects)
        }
    }

    // MARK: Orders

    /// Makes, remembers and sends an order. Its number.
    @discardableResult
    mutating func submit(
        _ instrument: Int, _ quantity: Quantity, _ kind: Order.Kind, reduceOnly: Bool, purpose: OrderPurpose,
        stop: Price? = nil, target: Price? = nil, into effects: inout [SessionEffect]
    ) -> OrderNumber {
        sequence += 1
        let order = Order(
            number: OrderNumber(session: number, sequence: sequence), instrument: instrument, quantity: quantity,
            kind: kind, reduceOnly: reduceOnly, purpose: purpose, stop: stop, target: target, madeAt: time)
        working.append(order)
        if !purpose.isProtective { rate.note(at: time) }
        effects.append(.submit(order))
        return order.number
    }

    private mutating func cancelAll(into effects: inout [SessionEffect], where doomed: (Order) -> Bool) {
        for order in working where doomed(order) { effects.append(.cancel(order.number)) }
        working.removeAll(where: doomed)
    }

    private mutating func remove(_ number: OrderNumber) -> Order? {
        guard let index = working.firstIndex(where: { $0.number == number }) else { return nil }
        return working.remove(at: index)
    }

    /// The venue would not have an order. A position whose stop was refused is closed: unprotected is not an option.
    private mutating func lost(_ number: OrderNumber, into effects: inout [SessionEffect]) throws(ArithmeticError) {
        guard let order = remove(number), order.purpose == .stop,
              !portfolio.positions[order.instrument].isFlat else { return }
        let open = try projected(order.instrument)
        guard !open.isZero else { return }
        submit(order.instrument, try open.negated(), .market, reduceOnly: true, purpose: .stop, into: &effects)
    }

    // MARK: Fills

    /// Books a fill. One for an order we no longer know is booked too: what the venue did is what happened.
    private mutating func take(_ fill: Fill, into effects: inout [SessionEffect]) throws(ArithmeticError) {
        let order = try reduce(fill)
        let instrument = fill.instrument
        let before = portfolio.positions[instrument].quantity
        if let trade = try portfolio.apply(fill) { effects.append(.closed(trade)) }
        if fill.purpose == .liquidation {
            equity = try portfolio.equity(at: marks)
            let end = Halt(kind: .liquidation, at: fill.at, equity: equity, threshold: .zero, until: nil)
            try apply(end, into: &effects)
        }
        let after = portfolio.positions[instrument].quantity
        if after.isZero {
            authorStops[instrument] = nil
            authorTargets[instrument] = nil
            cancelAll(into: &effects) { $0.instrument == instrument && $0.reduceOnly }
            return
        }
        let isNew = before.isZero || before.isNegative != after.isNegative
        guard isNew || after.raw.magnitude > before.raw.magnitude else { return }
        authorStops[instrument] = order?.stop ?? (isNew ? nil : authorStops[instrument])
        authorTargets[instrument] = order?.target ?? (isNew ? nil : authorTargets[instrument])
        try protect(instrument, into: &effects)
    }

    /// Takes the filled part off the working order; the order is forgotten when nothing of it is left.
    private mutating func reduce(_ fill: Fill) throws(ArithmeticError) -> Order? {
        guard let index = working.firstIndex(where: { $0.number == fill.order }) else { return nil }
        let order = working[index]
        let rest = try order.quantity.subtracting(fill.quantity)
        if rest.isZero || rest.isNegative != order.quantity.isNegative {
            working.remove(at: index)
        } else {
            working[index].quantity = rest
        }
        return order
    }

    /// Puts stop and target beside a position that is new or larger, in place of those it had.
    private mutating func protect(_ instrument: Int, into effects: inout [SessionEffect]) throws(ArithmeticError) {
        cancelAll(into: &effects) { $0.instrument == instrument && $0.purpose.isProtective }
        let position = portfolio.positions[instrument]
        let isLong = position.quantity.isPositive
        let closing = try position.quantity.negated()
        let tickSize = instruments[instrument].tickSize
        let stop = try RiskEngine.stop(
            author: authorStops[instrument], entry: position.entryPrice(), isLong: isLong, caps: caps, tick: tickSize)
        if let stop {
            submit(instrument, closing, .stop(stop), reduceOnly: true, purpose: .stop, into: &effects)
        }
        if let target = authorTargets[instrument] {
            // Away from the entry: the author asked for at least this much.
            let price = max(try target.rounded(toMultipleOf: tickSize, isLong ? .up : .down), tickSize)
            submit(instrument, closing, .limit(price), reduceOnly: true, purpose: .target, into: &effects)
        }
    }
}
