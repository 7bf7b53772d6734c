internal import Base
internal import HTTP

/// `/runs/{id}/decisions/{n}`: one turn, from what was seen to what was filled.
enum DecisionPages {
    struct Decision: Sendable {
        let run: RunHeader
        let number: Int
        let time: Instant
        let instrument: String
        /// `entry.ts`, `exit.ts`, `reference/threshold`.
        let decidedBy: String
        /// One sentence: what came of it.
        let answer: String
        /// Name and value of what was seen: `close` `64,250.5`.
        let seen: [(name: String, value: String)]
        let toolCalls: [ToolCall]
        /// What the model or helper said, verbatim.
        let said: String
        let verdicts: [Verdict]
        let fills: [Fill]
        let hash: Digest
        /// Of the model call.
        let cost: Money
        let tokens: Int
        let previous: Int?
        let next: Int?
    }

    struct ToolCall: Sendable, Hashable {
        let name: String
        let arguments: String
        let result: String
    }

    struct Verdict: Sendable, Hashable {
        /// `Buy 0.015 BTC at market`.
        let order: String
        let isAllowed: Bool
        /// `It would take the position to $1,240; the cap is $1,000.`
        let reason: String
    }

    struct Fill: Sendable, Hashable {
        let time: Instant
        let side: String
        let quantity: Quantity
        let price: Price
        let fee: Money
    }

    static func show(_ page: Decision) -> Page {
        Page(
            title: "Decision \(page.number) of a run of \(page.run.title)",
            description: page.answer, section: .skills,
            body: """
            <div class="page page--narrow">
            <div class="page__head"><div class="page__title"><p class="page__path"><a href="\(Paths.run(page.run.id))#decisions">Run of \(page.run.title)</a></p>
            <h1>Decision \(Format.count(page.number))</h1>
            <p class="badges"><span class="badge">\(page.instrument)</span><span class="badge">\(Format.time(page.time, seconds: true))</span><span class="badge">\(page.decidedBy)</span>\(page.run.isSynthetic ? Pieces.syntheticBadge : .empty)</p></div></div>
            <p class="answer">\(page.answer)</p>
            <div class="section decision-flow">\(steps(page))</div>
            <section class="section" aria-labelledby="record"><h2 class="section__title" id="record">Record</h2>\(Pieces.facts([
                Pieces.fact("Hash", Format.hash(page.hash)),
                Pieces.fact("Model tokens", "\(Format.count(page.tokens))"),
                Pieces.fact("Model cost", "\(Format.moneyText(page.cost, digits: 4))"),
            ]))</section>
            \(neighbours(page))
            </div>
            """)
    }

    private static func steps(_ page: Decision) -> [HTML] {
        let seen = page.seen.map { Pieces.fact($0.name, "\($0.value)") }
        let calls = page.toolCalls.map { call in
            "<h3><code>\(call.name)</code></h3><pre class=\"code code--wrap\" tabindex=\"0\"><code>\(call.arguments)</code></pre><pre class=\"code code--wrap\" tabindex=\"0\"><code>\(call.result)</code></pre>" as HTML
        }
        let verdicts = page.verdicts.map { verdict in
            Pieces.notice("\(verdict.isAllowed ? "Allowed" : "Denied"): \(verdict.order)", "<p>\(verdict.reason)</p>", kind: verdict.isAllowed ? .done : .error)
        }
        let fills = page.fills.map { fill in
            "<tr><th scope=\"row\">\(Format.time(fill.time, seconds: true))</th><td>\(fill.side)</td><td class=\"number\">\(Format.exact(fill.quantity))</td><td class=\"number\">\(Format.exact(fill.price))</td><td class=\"number\">\(Format.moneyText(fill.fee))</td></tr>" as HTML
        }
        return [
            step("What it saw", seen.isEmpty ? "<p class=\"muted\">Nothing was recorded.</p>" : Pieces.facts(seen)),
            page.toolCalls.isEmpty ? .empty : step("What it asked", "\(calls)"),
            step("What it said", page.said.isEmpty ? "<p class=\"muted\">No action.</p>" : "<pre class=\"code code--wrap\" tabindex=\"0\"><code>\(page.said)</code></pre>"),
            step("What the engine allowed", verdicts.isEmpty ? "<p class=\"muted\">No order was proposed.</p>" : "\(verdicts)"),
            step("What was filled", fills.isEmpty ? "<p class=\"muted\">Nothing.</p>" : Pieces.frame("Fills", """
            <table class="table table--compact"><thead><tr><th scope="col">Time</th><th scope="col">Side</th><th scope="col" class="number">Quantity</th><th scope="col" class="number">Price</th><th scope="col" class="number">Fee</th></tr></thead><tbody>\(fills)</tbody></table>
            """)),
        ]
    }

    private static func step(_ title: String, _ content: HTML) -> HTML {
        "<section class=\"decision-step\"><h2>\(title)</h2>\(content)</section>"
    }

    private static func neighbours(_ page: Decision) -> HTML {
        let previous: HTML = page.previous.map { "<a class=\"button\" rel=\"prev\" href=\"\(Paths.decision(page.run.id, $0))\">\(Icon.left)Previous decision</a>" } ?? "<span></span>"
        let next: HTML = page.next.map { "<a class=\"button\" rel=\"next\" href=\"\(Paths.decision(page.run.id, $0))\">Next decision\(Icon.right)</a>" } ?? "<span></span>"
        return "<nav class=\"decision-nav\" aria-label=\"Decisions\">\(previous)\(next)</nav>"
    }
}
