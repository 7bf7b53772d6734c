public import Trading

/// The content of one version of a skill: what is hashed, run, shown and forked.
public struct Manifest: Sendable, Hashable {
    public enum Licence: String, Sendable, Hashable { case open, closed }
    public enum Tool: String, Sendable, Hashable, CaseIterable { case bars, news, portfolio, proposeOrder = "propose_order" }

    /// When the model is asked. Helpers are called at every bar whatever it says.
    public enum Cadence: Sendable, Hashable {
        case everyBar
        /// A multiple of the timeframe, in milliseconds.
        case every(milliseconds: Int64)
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

    public var name: String
    public var slug: String
    public var summary: String
    /// `provider/model`, or nil for helpers alone (`model: none`).
    public var model: String?
    public var tools: [Tool]
    public var mcp: [String]
    /// Instrument names, no duplicates, at least one.
    public var universe: [String]
    public var timeframe: Timeframe
    public var cadence: Cadence
    /// Sorted by name.
    public var parameters: [Parameter]
    public var risk: RiskCaps
    public var licence: Licence
    /// The Markdown body of SKILL.md.
    public var instructions: String
    /// TypeScript, or nil.
    public var entrySource: String?
    public var exitSource: String?

    public init(
        name: String, slug: String, summary: String, model: String?, tools: [Tool], mcp: [String], universe: [String],
        timeframe: Timeframe, cadence: Cadence, parameters: [Parameter], risk: RiskCaps, licence: Licence,
        instructions: String, entrySource: String?, exitSource: String?
    ) {
        self.name = name
        self.slug = slug
        self.summary = summary
        self.model = model
        self.tools = tools
        self.mcp = mcp
        self.universe = universe
        self.timeframe = timeframe
        self.cadence = cadence
        self.parameters = parameters
        self.risk = risk
        self.licence = licence
        self.instructions = instructions
        self.entrySource = entrySource
        self.exitSource = exitSource
    }
}
