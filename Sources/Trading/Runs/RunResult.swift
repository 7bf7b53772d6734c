public import Base

/// A position that was still open when the data ended, marked at the last close.
public struct OpenTrade: Sendable, Hashable {
    /// Index into the universe.
    public let instrument: Int
    /// Signed.
    public let quantity: Quantity
    /// Average over what is open.
    public let entryPrice: Price
    /// Milliseconds UTC of the first fill.
    public let entryTime: Int64
    /// Last close.
    public let mark: Price
    /// Profit at the mark, before the cost of closing.
    public let unrealised: Money

    static func list(of session: Session) throws(ArithmeticError) -> [OpenTrade] {
        var list: [OpenTrade] = []
        for index in session.instruments.indices where !session.portfolio.positions[index].isFlat {
            let position = session.portfolio.positions[index]
            list.append(OpenTrade(
                instrument: index, quantity: position.quantity, entryPrice: try position.entryPrice(),
                entryTime: position.entryTime, mark: session.marks[index],
                unrealised: try position.unrealised(at: session.marks[index])))
        }
        return list
    }
}

/// One point of an equity curve.
public struct EquityPoint: Sendable, Hashable {
    /// Milliseconds UTC.
    public let time: Int64
    /// Everything at marks, costs paid.
    public let equity: Money

    /// Equity at a moment.
    public init(time: Int64, equity: Money) {
        self.time = time
        self.equity = equity
    }
}

/// The raw facts of a finished run. `RunReport` puts them into the outward form.
public struct RunResult: Sendable {
    /// Skill, seed, model.
    public let identity: RunIdentity
    /// Start equity and costs.
    public let recipe: Recipe
    /// Names of the universe, in order; trades and fills index into it.
    public let instruments: [String]
    /// Bar length.
    public let timeframe: Timeframe
    /// First moment of the span.
    public let from: Instant
    /// First moment after it.
    public let to: Instant
    /// Names the data.
    public let datasetHash: Digest
    /// Bars replayed, all instruments.
    public let bars: Int
    /// Moments at which at least one bar closed.
    public let ticks: Int
    /// In order.
    public let decisions: [DecisionRecord]
    /// The head of the decision log.
    public let decisionLogHash: Digest
    /// The start, then the close of every UTC day up to the last tick's; days without data repeat the day before.
    public let daily: [EquityPoint]
    /// At most about 2,000 points for charts; the highest and the lowest of every stretch are among them.
    public let curve: [EquityPoint]
    /// Every execution, in order.
    public let fills: [Fill]
    /// Round trips that ended, in order of their end.
    public let trades: [ClosedTrade]
    /// Positions open at the end.
    public let openTrades: [OpenTrade]
    /// Limits that were reached, in order.
    public let halts: [Halt]
    /// Orders sent to the venue: entries, exits, stops, targets, flattenings.
    public let orders: Int
    /// Orders we refused.
    public let denied: Int
    /// Orders the venue refused.
    public let rejections: [RejectedOrder]
    /// Equity at the last tick; the start when there was none.
    public let finalEquity: Money
    /// Paid on all fills.
    public let fees: Money
    /// Paid; negative was received.
    public let funding: Money
    /// Value of all fills, both sides counted.
    public let turnover: Money
    /// Mean of equity over the ticks.
    public let meanEquity: Double
    /// Share of ticks with a position, 0 to 1.
    public let exposure: Double
    /// Mean over ticks of gross position value over equity.
    public let grossExposure: Double
    /// Of all decisions.
    public let tokens: Int
    /// USD paid to model providers.
    public let cost: Money
    /// What the author logged.
    public let log: [LogLine]
    /// What a reader must know before believing the figures.
    public let warnings: [String]
    /// The author's words by order sequence; looked up, never walked.
    private let reasons: [Int: String]

    init(
        identity: RunIdentity, recipe: Recipe, market: MarketData, session: Session, recorder: RunRecorder,
        decisions: [DecisionRecord], decisionLogHash: Digest, openTrades: [OpenTrade], tokens: Int, cost: Money,
        log: [LogLine]
    ) {
        self.identity = identity
        self.recipe = recipe
        instruments = market.instruments.map(\.name)
        timeframe = market.timeframe
        from = market.from
        to = market.to
        datasetHash = market.hash
        bars = market.barCount
        ticks = market.ticks.count
        self.decisions = decisions
        self.decisionLogHash = decisionLogHash
        let curves = EquityCurve(
            start: recipe.startEquity, from: market.from, ticks: market.ticks, equity: recorder.equity)
        daily = curves.daily
        curve = curves.downsampled(pointsMax: 2_000)
        fills = recorder.fills
        trades = recorder.trades
        self.openTrades = openTrades
        halts = recorder.halts
        orders = recorder.totals.orders
        denied = recorder.totals.denied
        rejections = recorder.rejections
        finalEquity = session.equity
        fees = session.portfolio.fees
        funding = session.portfolio.funding
        turnover = session.portfolio.turnover
        let count = Double(max(1, market.ticks.count))
        meanEquity = market.ticks.isEmpty
            ? recipe.startEquity.double : Double(recorder.totals.equitySum) / Double(fixedPointUnit) / count
        exposure = Double(recorder.totals.exposedTicks) / count
        grossExposure = recorder.totals.grossRatios / count
        self.tokens = tokens
        self.cost = cost
        self.log = log
        var reasons: [Int: String] = [:]
        for decision in decisions {
            for outcome in decision.outcomes {
                for case let order? in outcome.judgements.map(\.order) { reasons[order.sequence] = outcome.signal.reason }
            }
        }
        self.reasons = reasons
        warnings = Self.warnings(days: curves.daily.count - 1, ticks: market.ticks.count, openTrades: openTrades,
                                 halts: recorder.halts, instruments: market)
    }

    private static func warnings(
        days: Int, ticks: Int, openTrades: [OpenTrade], halts: [Halt], instruments market: MarketData
    ) -> [String] {
        var warnings: [String] = []
        if ticks == 0 { warnings.append("There are no candles in this span.") }
        for index in market.instruments.indices where market.series[index].isEmpty && ticks > 0 {
            warnings.append("\(market.instruments[index].name) has no candles in this span.")
        }
        if days < PerformanceMetrics.daysMin {
            let count = days == 1 ? "1 daily return" : "\(days) daily returns"
            warnings.append("The span has \(count); ratios need at least \(PerformanceMetrics.daysMin) to mean anything.")
        }
        if !openTrades.isEmpty {
            let names = openTrades.map { market.instruments[$0.instrument].name }.joined(separator: ", ")
            warnings.append(
                "Positions still open at the end are counted at the last price, without the cost of closing: \(names).")
        }
        for halt in halts where halt.until == nil {
            warnings.append("At \(Instant(milliseconds: halt.at)): " + halt.sentence)
        }
        return warnings
    }

    /// The figures of the run.
    public var metrics: PerformanceMetrics {
        PerformanceMetrics.compute(
            daily: dailyEquity, tradePnls: tradeProfits, fees: fees.double, funding: funding.double,
            turnoverNotional: turnover.double, meanEquity: meanEquity, exposure: exposure)
    }

    /// The author's words for an order that a proposal made; nil for stops, targets and what the engine did itself.
    public func reason(of order: OrderNumber) -> String? {
        reasons[order.sequence]
    }

    /// Equity at the start and at each UTC day's close, for the metrics.
    public var dailyEquity: [Double] { daily.map(\.equity.double) }
    /// Profit of each closed trade, fees and funding taken off, for the metrics.
    public var tradeProfits: [Double] { trades.map(\.profit.double) }
}
