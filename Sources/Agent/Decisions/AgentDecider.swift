internal import Base
public import Trading

/// Decides by asking a model, alone or together with helpers.
///
/// - `every_bar` or a duration: the model is asked at that cadence. Helpers, if any, act on their own at every bar;
///   where both speak at one tick, the helper's proposals come first.
/// - `on_signal`: the model is asked when a helper signals. The signal is shown to the model and does not act itself.
///
/// Every time the model is asked there is a decision, also when it proposes nothing. Decisions depend on the brief, the
/// market up to their tick, the portfolio, the seed and the provider's answers, and on nothing else.
public struct AgentDecider: Decider {
    private let market: MarketData
    private let brief: AgentBrief
    private let provider: any ModelProvider
    private let seed: UInt64
    private let budget: AgentBudget
    private let system: String
    private let systemHash: Digest
    private let names: [String]
    private var inner: (any Decider)?
    private var runTokens = 0
    private var runCost = Money.zero

    /// `inner` decides for the helpers; `on_signal` needs one.
    public init(
        market: MarketData, brief: AgentBrief, provider: any ModelProvider, seed: UInt64, inner: (any Decider)? = nil,
        budget: AgentBudget = .standard
    ) {
        self.market = market
        self.brief = brief
        self.provider = provider
        self.seed = seed
        self.inner = inner
        self.budget = budget
        system = AgentContext.system(brief)
        systemHash = Digest.of(system)
        names = market.instruments.map(\.name)
    }

    /// What the helpers logged.
    public var log: [LogLine] { inner?.log ?? [] }

    public func lookahead(from tick: Int) -> Int {
        let helper = inner?.lookahead(from: tick)
        if brief.cadence == .onSignal { return max(1, helper ?? market.ticks.count - tick) }
        let model = (firstDue(in: tick..<max(tick, market.ticks.count)) ?? market.ticks.count - 1) - tick + 1
        return max(1, min(helper ?? model, model))
    }

    public mutating func next(in ticks: Range<Int>, portfolios: [PortfolioView]) throws -> Decision? {
        precondition(portfolios.count == ticks.count, "Invariant: one portfolio a tick.")
        let due = firstDue(in: ticks)
        let end = due.map { $0 + 1 } ?? ticks.upperBound
        let helped = try inner?.next(in: ticks.lowerBound..<end, portfolios: Array(portfolios.prefix(end - ticks.lowerBound)))
        let asked: Int
        if let helped {
            guard brief.cadence == .onSignal || helped.tick == due else { return helped }
            asked = helped.tick
        } else {
            guard let due else { return nil }
            asked = due
        }
        return try ask(at: asked, portfolio: portfolios[asked - ticks.lowerBound], helped: helped)
    }

    /// The first tick of the range at which the model is asked whatever helpers say.
    private func firstDue(in ticks: Range<Int>) -> Int? {
        switch brief.cadence {
        case .everyBar: ticks.first
        case .onSignal: nil
        case .every(let span): ticks.first { isDue($0, span) }
        }
    }

    /// True for the first tick at or after a multiple of `span`. Looks back only: data that ends here or starts later
    /// gives the same answer wherever the tick before is the same.
    private func isDue(_ tick: Int, _ span: Int64) -> Bool {
        guard span > 0 else { return true }
        let now = market.ticks[tick]
        let before = tick > 0 ? market.ticks[tick - 1] : now - market.timeframe.milliseconds
        return floorQuotient(now, span) > floorQuotient(before, span)
    }

    private func floorQuotient(_ value: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private mutating func ask(at tick: Int, portfolio: PortfolioView, helped: Decision?) throws -> Decision {
        let time = market.ticks[tick]
        try checkRunBudget(time)
        let context = AgentContext(brief: brief, window: MarketWindow(market, tick: tick), portfolio: portfolio,
                                   signals: helped?.proposals ?? [])
        var turn = AgentTurn(brief: brief, budget: budget, seed: seed, system: system, systemHash: systemHash)
        do {
            try turn.run(context: context, provider: provider)
        } catch let failure as DeciderFailure {
            throw failure
        } catch let error as ModelProviderError {
            throw DeciderFailure(kind: .provider, time: time, message: error.message)
        } catch {
            throw DeciderFailure(kind: .provider, time: time, message: "The model's provider failed: \(error)")
        }
        runTokens = saturatingSum(runTokens, turn.tokens)
        runCost = (try? runCost.adding(turn.cost)) ?? Money(raw: .max)  // an absurd bill counts as the largest one
        var record = turn.record(names: names).object ?? []
        if let helped { record.append(("helper", helped.record)) }
        let acting = brief.cadence == .onSignal ? [] : helped?.proposals ?? []
        return Decision(
            tick: tick, proposals: acting + turn.proposals, record: .object(record),
            tokens: saturatingSum(turn.tokens, helped?.tokens ?? 0), cost: turn.cost)
    }

    private func checkRunBudget(_ time: Int64) throws(DeciderFailure) {
        guard runTokens < budget.tokensPerRunMax else {
            throw DeciderFailure(kind: .budget, time: time, message: "The model has used the run's "
                + "\(budget.tokensPerRunMax) tokens. Choose a shorter span or a slower cadence.")
        }
        if let most = budget.costPerRunMax, runCost >= most {
            throw DeciderFailure(kind: .budget, time: time, message: "The model has cost the run's \(most) USD. Choose a "
                + "shorter span, a slower cadence or a cheaper model.")
        }
    }
}
