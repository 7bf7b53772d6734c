/// How a list of skills may be sorted. Raw values stand in URLs and in the API.
///
/// None of them is "best": each sorts by one figure of the standard evaluation, and skills without that figure come last.
public enum ListingOrder: String, Sendable, Hashable, CaseIterable {
    case newest, evidence, sharpe, totalReturn = "return", drawdown, trades, name

    public static let standard = ListingOrder.newest

    /// On the page.
    public var label: String {
        switch self {
        case .newest: "Newest"
        case .evidence: "Most evidence"
        case .sharpe: "Sharpe ratio"
        case .totalReturn: "Return"
        case .drawdown: "Smallest drawdown"
        case .trades: "Most trades"
        case .name: "Name"
        }
    }

    /// What is compared, larger first; nil for orders that are not by a figure. `evidence` is the number of bars.
    public func rank(_ figures: ListingFigures?) -> Double? {
        guard let figures else { return nil }
        switch self {
        case .newest, .name: return nil
        case .evidence: return Double(figures.bars)
        case .sharpe: return figures.sharpe
        case .totalReturn: return figures.totalReturn
        case .drawdown: return figures.maxDrawdown.map { -$0 }
        case .trades: return Double(figures.trades)
        }
    }
}
