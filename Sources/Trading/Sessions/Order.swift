public import Base

/// Names one order for ever: a function of the session and of how many orders it made before, so that a replay or a
/// restart makes the same numbers and a venue can recognise a duplicate.
public struct OrderNumber: Sendable, Hashable, Comparable {
    /// The session's own number, `Session.number`.
    public let session: UInt64
    /// From 1, rising by one an order; 0 for what the venue does on its own, a liquidation.
    public let sequence: Int

    /// The number of the `sequence`-th order of `session`.
    public init(session: UInt64, sequence: Int) {
        self.session = session
        self.sequence = sequence
    }

    /// By age within a session.
    public static func < (a: Self, b: Self) -> Bool { (a.session, a.sequence) < (b.session, b.sequence) }
}

/// Why an order exists. Of a fill that closes, it is the reason the trade ended.
public enum OrderPurpose: String, Sendable, Hashable, CaseIterable {
    /// Opens a position or adds to one.
    case entry
    /// Closes because a signal said `exit`.
    case exit
    /// Closes because a signal wants the other side.
    case reversal
    /// The protective stop, the author's or the mandatory one.
    case stop
    /// The author's target.
    case target
    /// Flattens because the day's loss limit was reached.
    case dailyLoss = "daily_loss"
    /// Flattens because the drawdown limit was reached.
    case drawdown
    /// Flattens because no equity was left.
    case ruin
    /// Flattens because a person said so.
    case flatten
    /// Flattens because a person pulled the kill switch.
    case kill
    /// The venue closed the position at maintenance margin.
    case liquidation

    /// Rests beside a position to protect it; replaced and cancelled with it.
    var isProtective: Bool { self == .stop || self == .target }
}

/// What we ask a venue to do.
public struct Order: Sendable, Hashable {
    /// How the order executes.
    public enum Kind: Sendable, Hashable {
        /// At once, at whatever price there is.
        case market
        /// At this price or better, resting until then.
        case limit(Price)
        /// As a market order once the price has reached this one.
        case stop(Price)

        /// `market`, `limit` or `stop`.
        public var name: String {
            switch self {
            case .market: "market"
            case .limit: "limit"
            case .stop: "stop"
            }
        }

        /// The limit or trigger price, nil for a market order.
        public var price: Price? {
            switch self {
            case .market: nil
            case .limit(let price), .stop(let price): price
            }
        }
    }

    /// Names the order.
    public let number: OrderNumber
    /// Index into the universe.
    public let instrument: Int
    /// What is still to be filled: positive buys, negative sells, a multiple of the lot size.
    public internal(set) var quantity: Quantity
    /// How it executes.
    public let kind: Kind
    /// May only make a position smaller; the venue cuts it to the position.
    public let reduceOnly: Bool
    /// Why it exists.
    public let purpose: OrderPurpose
    /// For entries: the author's stop, put in place when the entry fills.
    public let stop: Price?
    /// For entries: the author's target, put in place when the entry fills.
    public let target: Price?
    /// Milliseconds UTC of the tick the order was made at.
    public let madeAt: Int64

    /// An order as the session makes it; `stop` and `target` belong to entries only.
    public init(
        number: OrderNumber, instrument: Int, quantity: Quantity, kind: Kind, reduceOnly: Bool, purpose: OrderPurpose,
        stop: Price? = nil, target: Price? = nil, madeAt: Int64
    ) {
        self.number = number
        self.instrument = instrument
        self.quantity = quantity
        self.kind = kind
        self.reduceOnly = reduceOnly
        self.purpose = purpose
        self.stop = stop
        self.target = target
        self.madeAt = madeAt
    }

    /// Buys rather than sells.
    public var isBuy: Bool { quantity.isPositive }
}

/// One execution, as the venue reports it.
public struct Fill: Sendable, Hashable {
    /// The order that was filled; sequence 0 for a liquidation.
    public let order: OrderNumber
    /// Index into the universe.
    public let instrument: Int
    /// Positive bought, negative sold; never zero.
    public let quantity: Quantity
    /// What it executed at, slippage in.
    public let price: Price
    /// USD paid; negative is a rebate.
    public let fee: Money
    /// The order rested and somebody else took it.
    public let isMaker: Bool
    /// Why the order existed.
    public let purpose: OrderPurpose
    /// Milliseconds UTC: for a simulated fill the close of the bar it happened in.
    public let at: Int64

    /// An execution; `quantity` is signed.
    public init(
        order: OrderNumber, instrument: Int, quantity: Quantity, price: Price, fee: Money, isMaker: Bool,
        purpose: OrderPurpose, at: Int64
    ) {
        self.order = order
        self.instrument = instrument
        self.quantity = quantity
        self.price = price
        self.fee = fee
        self.isMaker = isMaker
        self.purpose = purpose
        self.at = at
    }
}

/// Why a venue would not take or execute an order. *Rejected* is the venue's word; ours is *denied*.
public enum Rejection: String, Sendable, Hashable, CaseIterable {
    case belowMinimumValue = "below_minimum_value"
    case lotSize = "lot_size"
    case tickSize = "tick_size"
    case insufficientMargin = "insufficient_margin"
    case nothingToReduce = "nothing_to_reduce"

    /// One sentence for people.
    public var sentence: String {
        switch self {
        case .belowMinimumValue: "The venue rejected this order: it is below the minimum order value."
        case .lotSize: "The venue rejected this order: the quantity is not a whole number of lots."
        case .tickSize: "The venue rejected this order: the price is not a whole number of ticks."
        case .insufficientMargin: "The venue rejected this order: there is not enough margin for it."
        case .nothingToReduce: "The venue rejected this order: there is no position left to reduce."
        }
    }
}
