internal import Base
internal import Storage

extension DecisionPages.Decision {
    /// From the stored record; what was filled is told by the record after it.
    init(_ row: RunDecisionTable.Row, next: RunDecisionTable.Row?, run: RunHeader) {
        let decision = row.decision ?? .object([])
        let proposals = decision["proposals"]?.array ?? []
        let verdicts = DecisionPages.verdicts(decision["verdicts"]?.array ?? [], proposals)
        let orders = (decision["orders"]?.array ?? []).compactMap { $0["number"]?.int }
        let fills = [decision, next?.decision].flatMap { $0?["fills"]?.array ?? [] }
            .filter { fill in fill["order"]?.int.map(orders.contains) ?? false }.compactMap(DecisionPages.fill)
        let record = decision["record"] ?? .null
        let names = proposals.compactMap { $0["instrument"]?.string }
        self.init(
            run: run, number: row.number, time: row.at,
            instrument: names.isEmpty ? run.universe.joined(separator: ", ") : DecisionPages.unique(names).joined(separator: ", "),
            decidedBy: record["model"]?.string ?? (record["by"]?.string == "helper" ? "helper" : "unknown"),
            answer: DecisionPages.answer(verdicts: verdicts, fills: fills.count), seen: DecisionPages.seen(decision),
            toolCalls: DecisionPages.toolCalls(record), said: DecisionPages.said(record), verdicts: verdicts, fills: fills,
            hash: decision["hash"]?.string.flatMap { Digest(hex: $0) } ?? Digest.of(""),
            cost: decision["cost"]?.string.flatMap { Money(decimal: $0) } ?? .zero,
            tokens: decision["tokens"]?.int.map { Int(clamping: $0) } ?? 0,
            previous: row.number > 0 ? row.number - 1 : nil, next: next?.number)
    }
}

extension DecisionPages {
    static func unique(_ names: [String]) -> [String] { names.reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }

    static func answer(verdicts: [Verdict], fills: Int) -> String {
        if verdicts.isEmpty { return "It proposed nothing." }
        let denied = verdicts.count { !$0.isAllowed }
        if denied == verdicts.count { return "The engine denied what it proposed, so nothing changed." }
        let orders = Format.count(verdicts.count - denied, "order")
        let filled = fills == 0 ? "none was filled before the next decision" : "\(Format.count(fills, "fill")) followed"
        return "\(orders) allowed\(denied > 0 ? ", \(Format.count(denied)) denied" : ""); \(filled)."
    }

    static func verdicts(_ verdicts: [JSON], _ proposals: [JSON]) -> [Verdict] {
        verdicts.map { verdict in
            let index = verdict["proposal"]?.int.flatMap { Int(exactly: $0) } ?? -1
            let proposal = proposals.indices.contains(index) ? proposals[index] : .null
            let instrument = proposal["instrument"]?.string ?? "?"
            let isAllowed = verdict["allowed"]?.bool ?? false
            let said = proposal["reason"]?.string ?? ""
            return Verdict(
                order: "\((verdict["action"]?.string ?? "order").replacing("_", with: " ")) \(instrument), \(proposal["side"]?.string ?? "?")",
                isAllowed: isAllowed, reason: isAllowed ? said : verdict["sentence"]?.string ?? verdict["code"]?.string ?? said)
        }
    }

    static func fill(_ fill: JSON) -> Fill? {
        guard let time = fill["time"]?.int, let quantity = fill["quantity"]?.string.flatMap({ Quantity(decimal: $0) }),
              let price = fill["price"]?.string.flatMap({ Price(decimal: $0) }) else { return nil }
        return Fill(
            time: Instant(milliseconds: time), side: quantity.isNegative ? "Sell" : "Buy", quantity: (try? quantity.magnitude()) ?? quantity,
            price: price, fee: fill["fee"]?.string.flatMap { Money(decimal: $0) } ?? .zero)
    }

    static func seen(_ decision: JSON) -> [(name: String, value: String)] {
        let account = [("Equity", "equity"), ("Cash", "cash")].compactMap { label, key in
            decision[key]?.string.flatMap { Money(decimal: $0) }.map { (name: label, value: Format.moneyText($0)) }
        }
        // A model is told what it may know in the first message of its first turn.
        let told = decision["record"]?["turns"]?.array?.first?["sent"]?.array?.compactMap { $0["content"]?.string }.last
        return account + (told.map { [(name: "Told to the model", value: $0)] } ?? [])
    }

    static func said(_ record: JSON) -> String {
        guard let turns = record["turns"]?.array else {
            return record["signals"]?.array.map { $0.map(\.prettyText).joined(separator: "\n") } ?? (record.isNull ? "" : record.prettyText)
        }
        return turns.compactMap { $0["answer"]?["text"]?.string }.filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// Each call with its answer, which stands in what was sent next.
    static func toolCalls(_ record: JSON) -> [ToolCall] {
        let turns = record["turns"]?.array ?? []
        let results = turns.flatMap { $0["sent"]?.array ?? [] }
        return turns.flatMap { $0["answer"]?["calls"]?.array ?? $0["answer"]?["tool_calls"]?.array ?? [] }.map { call in
            let id = call["id"]?.string
            let result = results.first { id != nil && ($0["call"]?.string ?? $0["tool_call_id"]?.string) == id }
            return ToolCall(
                name: call["name"]?.string ?? "?", arguments: call["arguments"].map { $0.string ?? $0.text } ?? "",
                result: result?["content"].map { $0.string ?? $0.text } ?? "No answer was recorded.")
        }
    }
}
