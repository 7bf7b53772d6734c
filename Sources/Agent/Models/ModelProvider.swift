public import Base

/// Answers requests: a reference model in this process, a recording, or a gateway to a company's model.
///
/// Called from one thread at a time. An answer is taken as it is: everything in it is checked by the loop.
public protocol ModelProvider {
    /// Throws `ModelProviderError` when there is no answer; the run then ends with it.
    func answer(_ request: ModelRequest) throws -> ModelAnswer
}

/// What a model said to one request.
public struct ModelAnswer: Sendable, Hashable {
    public let text: String
    public let calls: [ToolCall]
    /// Tokens read, cached ones included.
    public let inputTokens: Int
    /// Tokens written, reasoning included.
    public let outputTokens: Int
    /// What the provider charged, US dollars.
    public let cost: Money

    public init(text: String, calls: [ToolCall] = [], inputTokens: Int = 0, outputTokens: Int = 0, cost: Money = .zero) {
        self.text = text
        self.calls = calls
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cost = cost
    }

    /// As recorded on cassettes and in decisions.
    public var json: JSON {
        [
            "text": .string(text), "tool_calls": .array(calls.map(\.json)), "input_tokens": .int(inputTokens),
            "output_tokens": .int(outputTokens), "cost_usd": .decimal(cost),
        ]
    }

    /// The inverse of `json`; nil for anything else.
    public init?(json: JSON) {
        guard let text = json["text"]?.string, let calls = json["tool_calls"]?.array,
              let input = json["input_tokens"]?.int.flatMap({ Int(exactly: $0) }), input >= 0,
              let output = json["output_tokens"]?.int.flatMap({ Int(exactly: $0) }), output >= 0,
              let cost = json["cost_usd"]?.string.flatMap({ Money(decimal: $0) }), !cost.isNegative else { return nil }
        var parsed: [ToolCall] = []
        for call in calls {
            guard let id = call["id"]?.string, let name = call["name"]?.string, let arguments = call["arguments"]?.string
            else { return nil }
            parsed.append(ToolCall(id: id, name: name, arguments: arguments))
        }
        self.init(text: text, calls: parsed, inputTokens: input, outputTokens: output, cost: cost)
    }
}

/// Why there is no answer.
public struct ModelProviderError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// The recording holds no answer to this request.
        case notRecorded = "not_recorded"
        /// The provider could not be reached or failed.
        case unavailable
        /// The provider refused: key, quota, model name, content.
        case refused
        /// The provider answered with something that is no answer.
        case malformed
    }
    public let kind: Kind
    /// A sentence for the author; without keys or personal data.
    public let message: String

    public init(kind: Kind, message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
