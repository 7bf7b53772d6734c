/// Statistics of closed trades, from what each earned after fees and funding. Also fits returns of periods.
public struct TradeStatistics: Sendable, Hashable {
    /// Trades that earned.
    public let wins: Int
    /// Trades that lost.
    public let losses: Int
    /// Trades that did neither.
    public let breakevens: Int
    /// Sum of what the winners earned.
    public let grossProfit: Double
    /// Sum of what the losers lost, as a positive number.
    public let grossLoss: Double
    /// Sum over all.
    public let net: Double
    private let deviation: Double?

    /// One figure a trade, quote currency. Figures that are not finite are left out.
    public init(pnls all: [Double]) {
        let pnls = all.filter(\.isFinite)
        wins = pnls.count { $0 > 0 }
        losses = pnls.count { $0 < 0 }
        breakevens = pnls.count - wins - losses
        grossProfit = pnls.reduce(0) { $0 + max($1, 0) }
        grossLoss = pnls.reduce(0) { $0 + max(-$1, 0) }
        let net = pnls.reduce(0, +)
        self.net = net
        let mean = net / Double(max(pnls.count, 1))
        deviation = pnls.count < 2 ? nil
            : (pnls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(pnls.count - 1)).squareRoot()
    }

    /// All trades.
    public var count: Int { wins + losses + breakevens }
    /// Gross profit over gross loss; nil without a loser.
    public var profitFactor: Double? { grossLoss > 0 ? grossProfit / grossLoss : nil }
    /// Winners among the decided; nil when none was decided.
    public var winRate: Double? { ratio(Double(wins), wins + losses) }
    /// Winners among all; nil without trades.
    public var winRateOfAll: Double? { ratio(Double(wins), count) }
    /// Mean of the winners.
    public var averageWin: Double? { ratio(grossProfit, wins) }
    /// Mean of the losers, positive.
    public var averageLoss: Double? { ratio(grossLoss, losses) }
    /// Average win over average loss.
    public var payoff: Double? {
        guard let averageWin, let averageLoss, averageLoss > 0 else { return nil }
        return averageWin / averageLoss
    }
    /// Mean over all trades; nil without trades.
    public var expectancy: Double? { ratio(net, count) }
    /// Mean over the decided ones.
    public var expectancyOfDecided: Double? { ratio(net, wins + losses) }
    /// (1 + payoff)·win rate − 1: what one unit of risk earns.
    public var expectancyRatio: Double? {
        guard let payoff, let winRate else { return nil }
        return (1 + payoff) * winRate - 1
    }
    /// Share of the account Kelly's formula for fixed odds would stake: p − (1 − p)/payoff. May be negative.
    public var kelly: Double? {
        guard let payoff, payoff > 0, let winRate else { return nil }
        return winRate - (1 - winRate) / payoff
    }
    /// System quality number (Tharp): √N · mean / sample deviation; nil below two trades.
    public var systemQuality: Double? {
        guard let deviation, deviation > 0, let expectancy else { return nil }
        return Double(count).squareRoot() * expectancy / deviation
    }

    private func ratio(_ sum: Double, _ count: Int) -> Double? { count > 0 ? sum / Double(count) : nil }
}
