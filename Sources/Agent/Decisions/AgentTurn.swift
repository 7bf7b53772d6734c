internal import Base
internal import Trading

/// One tick of the agent: ask, run the calls, ask again, until the model is done or the tick's budget is.
struct AgentTurn {
    let brief: AgentBrief
    let budget: AgentBudget
    let seed: UInt64
    /// The system message, the same at every tick; records name it by its hash.
    let system: String
    let systemHash: Digest

    private var messages: [ModelRequest.Message] = []
    private var turns: [JSON] = []
    private var counts: [ToolOutcome.Kind: Int] = [:]
    private var calls = 0
    private(set) var proposals: [Signal] = []
    private(set) var tokens = 0
    private(set) var cost = Money.zero
    private(set) var firstRequest: Digest?
    /// Why the tick ended: `done`, or the name of the limit it reached.
    private(set) var ended = "done"

    init(brief: AgentBrief, budget: AgentBudget, seed: UInt64, system: String, systemHash: Digest) {
        self.brief = brief
        self.budget = budget
        self.seed = seed
        self.system = system
        self.systemHash = systemHash
    }

    /// Throws what the provider throws.
    mutating func run(context: AgentContext, provider: any ModelProvider) throws {
        let desk = ToolDesk(window: context.window, portfolio: context.portfolio, tools: brief.tools)
        let definitions = brief.tools.map(\.definition)
        messages = [.system(system), .user(context.user.canonical)]
        var sentBefore = 0
        for number in 1... {
            let request = ModelRequest(model: brief.model, messages: messages, tools: definitions, seed: seed,
                                       outputTokensMax: budget.outputTokensPerAnswerMax)
            let hash = request.hash
            if firstRequest == nil { firstRequest = hash }
            let answer = bounded(try provider.answer(request))
            // A turn keeps what was new in its request. What the model had said itself stands in the turn before.
            let sent = messages[sentBefore...].compactMap(recorded)
            tokens = saturatingSum(tokens, saturatingSum(max(0, answer.inputTokens), max(0, answer.outputTokens)))
            cost = (try? cost.adding(answer.cost)) ?? Money(raw: .max)  // an absurd bill counts as the largest one
            sentBefore = messages.count
            messages.append(.assistant(text: answer.text, calls: answer.calls))
            let results = runCalls(answer.calls, desk: desk)
            messages += results
            turns.append(["request_hash": .string(hash.hex), "sent": .array(sent), "answer": answer.json])
            if answer.calls.isEmpty { return }
            if let limit = reachedLimit(turn: number) {
                ended = limit
                turns.append(["sent": .array(results.map(\.json))])
                return
            }
        }
    }

    private mutating func runCalls(_ wanted: [ToolCall], desk: ToolDesk) -> [ModelRequest.Message] {
        var results: [ModelRequest.Message] = []
        for call in wanted {
            calls += 1
            let outcome = calls > budget.toolCallsPerTickMax
                ? .refused(.budget, "This tick's \(budget.toolCallsPerTickMax) tool calls are used up.") : desk.run(call)
            counts[outcome.kind, default: 0] += 1
            if let proposal = outcome.proposal { proposals.append(proposal) }
            results.append(.tool(call: call.id, content: outcome.content.canonical))
        }
        return results
    }

    private func reachedLimit(turn: Int) -> String? {
        if calls >= budget.toolCallsPerTickMax { return "tool_calls" }
        if turn >= budget.turnsPerTickMax { return "turns" }
        return tokens >= budget.tokensPerTickMax ? "tokens" : nil
    }

    /// The answer cut to what we keep and send back: calls beyond the budget and one, with ids of their own.
    private func bounded(_ answer: ModelAnswer) -> ModelAnswer {
        var seen: Set<String> = []
        let left = max(0, budget.toolCallsPerTickMax - calls) + 1
        let bounded = answer.calls.prefix(left).enumerated().map { index, call in
            let usable = !call.id.isEmpty && call.id.utf8.count <= ToolLimits.callNameBytesMax && seen.insert(call.id).inserted
            return ToolCall(
                id: usable ? call.id : "call_\(calls + index + 1)_", name: Self.cut(call.name, ToolLimits.callNameBytesMax),
                arguments: Self.cut(call.arguments, ToolLimits.argumentsBytesMax + 1))
        }
        return ModelAnswer(text: Self.cut(answer.text, ToolLimits.answerBytesMax), calls: bounded,
                           inputTokens: answer.inputTokens, outputTokens: answer.outputTokens, cost: answer.cost)
    }

    private static func cut(_ text: String, _ bytes: Int) -> String {
        text.utf8.count <= bytes ? text : String(decoding: text.utf8.prefix(bytes), as: UTF8.self)
    }

    /// A message as the record keeps it; nil for the model's own words, which stand in its answer.
    private func recorded(_ message: ModelRequest.Message) -> JSON? {
        switch message {
        case .system: ["role": "system", "sha256": .string(systemHash.hex)]
        case .user, .tool: message.json
        case .assistant: nil
        }
    }

    /// Everything said in both directions, as the decision log hashes it. The system message is named by its hash: it
    /// is the same at every tick and follows from the skill.
    func record(names: [String]) -> JSON {
        [
            "by": "model", "model": .string(brief.model), "request_hash": .optional(firstRequest?.hex),
            "turns": .array(turns), "ended": .string(ended),
            "tool_calls": .object(ToolOutcome.Kind.allCases.compactMap { kind in counts[kind].map { (kind.rawValue, .int($0)) } }),
            "proposals": .array(proposals.map { AgentContext.signal($0, names: names) }),
            "tokens": .int(tokens), "cost_usd": .decimal(cost),
        ]
    }
}

/// Counts from outside never overflow: they stop at the largest number.
func saturatingSum(_ a: Int, _ b: Int) -> Int {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? .max : sum
}
