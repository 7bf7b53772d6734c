public import Base

/// What a person may tell a running session.
public enum SessionCommand: String, Sendable, Hashable, CaseIterable {
    /// No new positions until `resume`; exits and protective orders go on.
    case pause
    /// Ends a pause. It ends no halt, stop or kill.
    case resume
    /// No new positions ever again; exits and protective orders go on.
    case stop
    /// Closes every position now; the session goes on.
    case flatten
    /// Cancels and closes everything, and takes nothing more, exits included. For good.
    case kill
}

/// Everything that can happen to a session. Time only ever arrives in here, and never goes back.
public enum SessionInput: Sendable {
    /// A bar of one instrument closed at this price; followed by `tick` once all bars of the moment are in.
    case bar(instrument: Int, close: Price, at: Int64)
    /// All bars that close at this moment, milliseconds UTC, are in.
    case tick(at: Int64)
    /// The venue executed an order, or part of it.
    case fill(Fill)
    /// The venue would not have an order.
    case rejected(OrderNumber, Rejection)
    /// The venue dropped an order.
    case cancelled(OrderNumber)
    /// Funding was paid (negative: received) on an open position.
    case funding(instrument: Int, amount: Money)
    /// Somebody decided something at the last tick.
    case proposals([Signal])
    /// A person said something.
    case command(SessionCommand)
}

/// What a proposal came to. A reversal makes two of these: one for the close, one for the opening.
public struct Judgement: Sendable, Hashable {
    /// What the order would have done, or does.
    public enum Action: String, Sendable, Hashable { case open, close }
    /// Index into the proposals of the decision.
    public let proposal: Int
    /// Opens (or adds), or closes.
    public let action: Action
    /// Allowed, or denied and why.
    public let verdict: RiskVerdict
    /// The order it became; nil when denied.
    public let order: OrderNumber?

    /// The order may go out.
    public var isAllowed: Bool { verdict.isAllowed }

    /// A judgement on proposal number `proposal` of a decision.
    public init(proposal: Int, action: Action, verdict: RiskVerdict, order: OrderNumber?) {
        self.proposal = proposal
        self.action = action
        self.verdict = verdict
        self.order = order
    }
}

/// Everything a session asks the world to do, or wants known.
public enum SessionEffect: Sendable, Hashable {
    /// Send this order to the venue.
    case submit(Order)
    /// Take this order back.
    case cancel(OrderNumber)
    /// A proposal was judged.
    case judged(Judgement)
    /// A round trip ended.
    case closed(ClosedTrade)
    /// The session takes no new positions from now on.
    case halted(Halt)
    /// The halt is over.
    case resumed(at: Int64)
}

/// Why a session stopped opening positions on its own.
public struct Halt: Sendable, Hashable {
    /// What was reached.
    public enum Kind: String, Sendable, Hashable {
        case dailyLoss = "daily_loss"
        case drawdown
        case liquidation
        /// Nothing was left.
        case ruin
    }

    /// What was reached.
    public let kind: Kind
    /// Milliseconds UTC.
    public let at: Int64
    /// Equity at that moment.
    public let equity: Money
    /// The equity at or below which the limit is reached.
    public let threshold: Money
    /// Milliseconds UTC from which new positions are allowed again; nil is never.
    public let until: Int64?

    /// A halt at `at`; `until` nil is for good.
    public init(kind: Kind, at: Int64, equity: Money, threshold: Money, until: Int64?) {
        self.kind = kind
        self.at = at
        self.equity = equity
        self.threshold = threshold
        self.until = until
    }

    /// One sentence for people.
    public var sentence: String {
        switch kind {
        case .dailyLoss:
            "The daily loss limit was reached: equity fell to \(equity.dollars), the limit was \(threshold.dollars). "
                + "Everything was closed until the next UTC day."
        case .drawdown:
            "The drawdown limit was reached: equity fell to \(equity.dollars), the limit was \(threshold.dollars). "
                + "Everything was closed for good."
        case .liquidation:
            "The venue liquidated the account at maintenance margin; equity was \(equity.dollars). Trading ended."
        case .ruin: "Nothing was left: equity was \(equity.dollars). Trading ended."
        }
    }
}
