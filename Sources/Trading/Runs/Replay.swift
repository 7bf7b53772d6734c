internal import Base

/// A run under way: the simulation, what it left behind so far, and the log of its decisions.
struct Replay {
    /// A point to go back to.
    struct Checkpoint {
        fileprivate let simulation: Simulation
        fileprivate let bookmark: RunRecorder.Bookmark
    }

    private(set) var simulation: Simulation
    private(set) var decisions: [DecisionRecord] = []
    private let market: MarketData
    private let recipe: Recipe
    private let identity: RunIdentity
    private let names: [String]
    private var recorder: RunRecorder
    private var log: DecisionLog
    /// Events up to here are in the log.
    private var loggedFills = 0
    private var loggedRejections = 0
    private var loggedHalts = 0
    private var tokens = 0
    private var cost = Money.zero

    init(market: MarketData, caps: RiskCaps, recipe: Recipe, identity: RunIdentity) {
        self.market = market
        self.recipe = recipe
        self.identity = identity
        names = market.instruments.map(\.name)
        log = DecisionLog(header: DecisionLog.header(identity, dataset: market.hash, recipe: recipe))
        let number = log.head.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let session = Session(number: number, instruments: market.instruments, caps: caps, start: recipe.startEquity)
        simulation = Simulation(session: session, costs: recipe.costs)
        recorder = RunRecorder(ticks: market.ticks.count)
    }

    var checkpoint: Checkpoint { Checkpoint(simulation: simulation, bookmark: recorder.bookmark) }

    mutating func goBack(to checkpoint: Checkpoint) {
        simulation = checkpoint.simulation
        recorder.rewind(to: checkpoint.bookmark)
    }

    /// Plays `ticks` as if nothing were decided; `portfolios` are those after each of them.
    mutating func play(_ ticks: Range<Int>, portfolios: inout [PortfolioView]) throws(BacktestRefusal) {
        portfolios.removeAll(keepingCapacity: true)
        for tick in ticks {
            do throws(ArithmeticError) {
                try simulation.advance(to: tick, of: market, recorder: &recorder)
                portfolios.append(try simulation.session.view())
            } catch {
                throw .outOfRange(time: market.ticks[tick])
            }
        }
    }

    /// Plays `ticks` for good.
    mutating func play(_ ticks: Range<Int>) throws(BacktestRefusal) {
        for tick in ticks {
            do throws(ArithmeticError) {
                try simulation.advance(to: tick, of: market, recorder: &recorder)
            } catch {
                throw .outOfRange(time: market.ticks[tick])
            }
        }
    }

    /// Applies a decision at the tick played last, and writes it into the log.
    mutating func apply(_ decision: Decision) throws(BacktestRefusal) {
        let time = market.ticks[decision.tick]
        recorder.clearOutcome()
        do throws(ArithmeticError) {
            try simulation.decide(decision.proposals, at: decision.tick, recorder: &recorder)
            cost = try cost.adding(decision.cost)
        } catch {
            throw .outOfRange(time: time)
        }
        let (sum, overflow) = tokens.addingReportingOverflow(decision.tokens)
        tokens = overflow ? .max : sum
        let outcome = recorder.takeOutcome()
        let session = simulation.session
        let entry = JSON.object([
            ("n", .int(decisions.count)), ("time", .int(time)), ("record", decision.record),
            ("tokens", .int(decision.tokens)), ("cost", .decimal(decision.cost)),
            ("equity", .decimal(session.equity)), ("cash", .decimal(session.portfolio.cash)),
            ("proposals", .array(decision.proposals.map { DecisionEntry.proposal($0, names) })),
            ("verdicts", .array(outcome.judgements.map(DecisionEntry.verdict))),
            ("orders", .array(outcome.orders.map { DecisionEntry.order($0, names) })),
        ] + eventsSinceLast())
        let canonical = entry.canonicalBytes
        log.fold(canonical)
        let outcomes = decision.proposals.indices.map { index in
            ProposalOutcome(
                signal: decision.proposals[index], judgements: outcome.judgements.filter { $0.proposal == index })
        }
        decisions.append(DecisionRecord(
            number: decisions.count, tick: decision.tick, time: time, outcomes: outcomes, tokens: decision.tokens,
            cost: decision.cost, canonical: canonical, hash: log.head))
    }

    private mutating func eventsSinceLast() -> [(String, JSON)] {
        let fills = recorder.fills[loggedFills...].map { DecisionEntry.fill($0, names) }
        let rejections = recorder.rejections[loggedRejections...].map(DecisionEntry.rejection)
        let halts = recorder.halts[loggedHalts...].map(DecisionEntry.halt)
        loggedFills = recorder.fills.count
        loggedRejections = recorder.rejections.count
        loggedHalts = recorder.halts.count
        return [("fills", .array(fills)), ("rejections", .array(rejections)), ("halts", .array(halts))]
    }

    /// Ends the run: the last entry of the log, and everything it was for.
    mutating func finish(log lines: [LogLine]) throws(BacktestRefusal) -> RunResult {
        let end = market.ticks.last ?? market.from.milliseconds
        let session = simulation.session
        let entry = JSON.object([
            ("end", true), ("equity", .decimal(session.equity)), ("cash", .decimal(session.portfolio.cash)),
            ("trades", .int(recorder.trades.count)), ("decisions", .int(decisions.count)),
            ("halt_count", .int(recorder.halts.count)),
        ] + eventsSinceLast())
        log.fold(entry.canonicalBytes)
        let open: [OpenTrade]
        do throws(ArithmeticError) {
            open = try OpenTrade.list(of: session)
        } catch {
            throw .outOfRange(time: end)
        }
        return RunResult(
            identity: identity, recipe: recipe, market: market, session: session, recorder: recorder,
            decisions: decisions, decisionLogHash: log.head, openTrades: open, tokens: tokens, cost: cost, log: lines)
    }
}
