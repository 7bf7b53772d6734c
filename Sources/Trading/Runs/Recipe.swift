public import Base

/// What trading costs in a simulation, beyond the fees of the instrument.
public struct CostModel: Sendable, Hashable {
    /// Parts per million by which an order that takes executes worse than the price it met. 200 is two basis points.
    public var slippagePPM: Int64
    /// Parts per billion of a position's value an hour; longs pay, shorts receive, and the other way round when it is
    /// negative. 12,500 is 0.00125 %, the venue's rate when perpetual and index trade level.
    public var fundingPerHourPPB: Int64

    /// Two basis points of slippage and 0.00125 % funding an hour unless told otherwise.
    public init(slippagePPM: Int64 = 200, fundingPerHourPPB: Int64 = 12_500) {
        self.slippagePPM = slippagePPM
        self.fundingPerHourPPB = fundingPerHourPPB
    }

    /// `price` made worse for whoever buys or sells at it, and a whole number of ticks, at least one.
    public func slipped(_ price: Price, isBuy: Bool, tick: Price) throws(ArithmeticError) -> Price {
        let factor = isBuy ? 1_000_000 + slippagePPM : 1_000_000 - slippagePPM
        let worse = try price.scaled(by: factor, over: 1_000_000, isBuy ? .up : .down)
        return max(try worse.rounded(toMultipleOf: tick, isBuy ? .up : .down), tick)
    }
}

/// The conditions of a simulation that neither the skill nor the data fix. Part of the decision log's header.
public struct Recipe: Sendable, Hashable {
    /// USD the account begins with.
    public var startEquity: Money
    /// Slippage and funding.
    public var costs: CostModel

    /// 10,000 USD and the default costs unless told otherwise.
    public init(startEquity: Money = .whole(10_000), costs: CostModel = CostModel()) {
        self.startEquity = startEquity
        self.costs = costs
    }

    /// The standard recipe: the one behind every number of a listing.
    public static let standard = Recipe()

    /// As it is hashed and shown.
    public var json: JSON {
        [
            "start_equity": .decimal(startEquity),
            "slippage_ppm": .int(costs.slippagePPM),
            "funding_per_hour_ppb": .int(costs.fundingPerHourPPB),
        ]
    }
}

/// What a run is of, apart from its data and recipe.
public struct RunIdentity: Sendable, Hashable {
    /// Names the skill's content.
    public let skillHash: Digest
    /// Seeds whatever randomness the decider has.
    public let seed: UInt64
    /// `provider/model`, nil for helpers alone.
    public let model: String?

    /// A run of the skill with this hash.
    public init(skillHash: Digest, seed: UInt64, model: String?) {
        self.skillHash = skillHash
        self.seed = seed
        self.model = model
    }

    /// The seed as JSON: a number while every reader of JSON holds it exactly, else its digits as text.
    var seedJSON: JSON { seed <= 1 << 53 ? .int(Int64(seed)) : .string(String(seed)) }
}
