public import Base
public import Trading

/// What an agent is told to do: the part of a version that reaches the model.
public struct AgentBrief: Sendable {
    /// When the model is asked.
    public enum Cadence: Sendable, Hashable {
        case everyBar
        /// At the first tick at or after each multiple of this span since 1970; positive.
        case every(milliseconds: Int64)
        /// When a helper signals; the helper's signal itself is then a suggestion and does not act.
        case onSignal
    }

    public struct Parameter: Sendable, Hashable {
        public let name: String
        public let value: Double
        public init(name: String, value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// `provider/model`.
    public let model: String
    /// The author's Markdown.
    public let instructions: String
    public let tools: [AgentTool]
    /// Servers the skill names; none can be reached yet, and the model is told so.
    public let mcp: [String]
    public let cadence: Cadence
    public let parameters: [Parameter]
    public let caps: RiskCaps

    public init(
        model: String, instructions: String, tools: [AgentTool], mcp: [String] = [], cadence: Cadence,
        parameters: [Parameter], caps: RiskCaps
    ) {
        self.model = model
        self.instructions = instructions
        self.tools = tools
        self.mcp = mcp
        self.cadence = cadence
        self.parameters = parameters
        self.caps = caps
    }

    /// Sentences for the run's warnings: what the skill asks for and does not get.
    public var warnings: [String] {
        (tools.contains(.news) ? ["The tool `news` is not connected: the model gets an error when it asks."] : [])
            + mcp.map { "The server `\($0)` is not connected: the model is told so." }
    }
}

/// What the model may use up. Reaching a limit of the tick ends the tick, visibly; of the run, the run.
public struct AgentBudget: Sendable, Hashable {
    public var toolCallsPerTickMax = 16
    public var turnsPerTickMax = 8
    /// Read and written together.
    public var tokensPerTickMax = 200_000
    public var outputTokensPerAnswerMax = 4_000
    public var tokensPerRunMax = 100_000_000
    /// US dollars; nil when nobody pays (reference models, recordings).
    public var costPerRunMax: Money?

    public init() {}

    public static let standard = AgentBudget()
}
