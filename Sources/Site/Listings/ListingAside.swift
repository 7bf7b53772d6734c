internal import Base
internal import HTTP

/// The side of a listing: what the manifest says, and the form that tests it.
enum ListingAside {
    static func html(_ page: ListingPages.Listing) -> HTML {
        let facts = page.facts
        let caps = facts.caps.map { Pieces.fact($0.name, "\($0.text)") }
        let parameters = facts.parameters.map { Pieces.fact($0.name, "\($0.text)") }
        let tools = facts.tools.isEmpty ? "none" : facts.tools.joined(separator: ", ")
        return """
        <div class="card"><h2 class="card__title">Facts</h2>\(Pieces.facts([
            Pieces.fact("Model", "\(facts.model)"),
            Pieces.fact("Tools", "\(tools)"),
            Pieces.fact("Universe", "\(facts.universe.joined(separator: ", "))"),
            Pieces.fact("Timeframe", "\(facts.timeframe)"),
            Pieces.fact("Decides", "\(facts.cadence)"),
            Pieces.fact("Published", Format.date(page.publishedAt)),
            Pieces.fact("Hash", Format.hash(page.versionHash)),
        ]))</div>
        <div class="card"><h2 class="card__title">Risk caps</h2>\(caps.isEmpty ? "<p class=\"muted small\">The engine's own limits only.</p>" : Pieces.facts(caps))</div>
        \(parameters.isEmpty ? .empty : "<div class=\"card\"><h2 class=\"card__title\">Parameters</h2>\(Pieces.facts(parameters))</div>")
        <div class="card" id="backtest"><h2 class="card__title">Backtest v\(page.version)</h2>\(backtest(page))</div>
        """
    }

    private static func backtest(_ page: ListingPages.Listing) -> HTML {
        switch page.viewer {
        case .visitor: """
            <p class="small muted">Run it on a span of your choice. The run is counted as a trial of this lineage.</p>
            <p><a class="button" href="\(Paths.logIn)?next=\(Paths.encoded(Paths.listing(page.name) + "#backtest"))">Log in to backtest</a></p>
            """
        case .member(_, let token):
            page.backtest.html(post: Paths.runs(of: page.name), token: token, isPrimary: false)
        }
    }
}

/// The dataset, span and seed of a run to start.
struct BacktestForm: Sendable, Hashable {
    struct Dataset: Sendable, Hashable {
        let id: String
        /// `Binance perps, 5m (synthetic)`.
        let label: String
    }

    let datasets: [Dataset]
    let dataset: String
    let from: String
    let to: String
    let seed: String
    /// `Data reaches from 2025-08-20 to 2025-11-20.`
    let help: String
    var errors: [FieldError] = []

    /// Fields `dataset`, `from`, `to`, `seed`.
    func html(post: String, token: String, isPrimary: Bool) -> HTML {
        let kind: HTML = isPrimary ? "button button--primary" : "button"
        return """
        <form class="form backtest-form" method="post" action="\(post)">\(Form.token(token))
        \(Form.summary(errors, title: "The run was not started"))
        \(Form.select(id: "dataset", name: "dataset", label: "Candles", options: datasets.map { ($0.id, $0.label) }, selected: dataset, help: help, errors: errors))
        <div class="form__row">\(Form.input(id: "from", name: "from", label: "From", value: from, type: "date", errors: errors, attributes: "required"))\
        \(Form.input(id: "to", name: "to", label: "To, exclusive", value: to, type: "date", errors: errors, attributes: "required"))</div>
        \(Form.input(id: "seed", name: "seed", label: "Seed", value: seed, help: "The same seed gives the same run.", errors: errors, attributes: "inputmode=\"numeric\" pattern=\"[0-9]{1,18}\" required"))
        <div class="form__actions"><button class="\(kind)" type="submit">\(Icon.play)Run backtest</button></div></form>
        """
    }
}
