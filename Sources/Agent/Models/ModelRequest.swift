public import Base

/// Everything a model is asked with, and nothing else: equal requests have equal canonical bytes and one hash, by
/// which answers are recorded and found again.
public struct ModelRequest: Sendable {
    public enum Message: Sendable {
        /// The platform's rules and the author's instructions.
        case system(String)
        /// The context of a tick, as canonical JSON.
        case user(String)
        /// What the model said before.
        case assistant(text: String, calls: [ToolCall])
        /// The result of one call, as canonical JSON.
        case tool(call: String, content: String)
    }

    /// `provider/model`.
    public let model: String
    public let messages: [Message]
    public let tools: [ToolDefinition]
    /// For providers that sample.
    public let seed: UInt64
    /// The most the model may write in this answer.
    public let outputTokensMax: Int

    public init(model: String, messages: [Message], tools: [ToolDefinition], seed: UInt64, outputTokensMax: Int) {
        self.model = model
        self.messages = messages
        self.tools = tools
        self.seed = seed
        self.outputTokensMax = outputTokensMax
    }

    /// The request in the shape that is hashed. The seed is text, because canonical numbers end at 2⁵³.
    public var canonical: JSON {
        [
            "format": "tradecraft.request/1", "model": .string(model), "seed": .string(String(seed)),
            "output_tokens_max": .int(outputTokensMax), "messages": .array(messages.map(\.json)),
            "tools": .array(tools.map(\.json)),
        ]
    }

    /// SHA-256 of the canonical bytes.
    public var hash: Digest { Digest.of(canonical) }
}

extension ModelRequest.Message {
    /// `{"role":…, …}` as recorded and hashed.
    public var json: JSON {
        switch self {
        case .system(let text): ["role": "system", "content": .string(text)]
        case .user(let text): ["role": "user", "content": .string(text)]
        case .assistant(let text, let calls):
            ["role": "assistant", "content": .string(text), "tool_calls": .array(calls.map(\.json))]
        case .tool(let call, let content): ["role": "tool", "call": .string(call), "content": .string(content)]
        }
    }
}

/// One call a model wants made. All of it is text from outside.
public struct ToolCall: Sendable, Hashable {
    public let id: String
    public let name: String
    /// JSON as the model wrote it: unparsed, unchecked.
    public let arguments: String

    public init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }

    public var json: JSON { ["id": .string(id), "name": .string(name), "arguments": .string(arguments)] }
}

/// A tool as the model is told of it.
public struct ToolDefinition: Sendable {
    public let name: String
    public let description: String
    /// JSON Schema of the arguments, an object.
    public let schema: JSON

    public init(name: String, description: String, schema: JSON) {
        self.name = name
        self.description = description
        self.schema = schema
    }

    public var json: JSON { ["name": .string(name), "description": .string(description), "parameters": schema] }
}
