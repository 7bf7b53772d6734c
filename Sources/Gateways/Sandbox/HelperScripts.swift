internal import Base
internal import Trading

/// The helpers of a skill, compiled.
struct HelperScripts: Sendable {
    let entry: CompiledHelper?
    let exit: CompiledHelper?

    init(entry: String?, exit: String?) throws(DeciderFailure) {
        self.entry = if let entry { try TypeScriptCompiler.compile(entry, file: .entry) } else { nil }
        self.exit = if let exit { try TypeScriptCompiler.compile(exit, file: .exit) } else { nil }
    }

    /// A sandbox's failure with the author's file, line and time.
    static func failure(_ told: SandboxProcess.Told, scripts: HelperScripts?, ticks: [Int64]) -> DeciderFailure {
        let (file, compiled): (String?, CompiledHelper?) = switch told.file {
        case .none: (nil, nil)
        case .entry: (TypeScriptCompiler.File.entry.rawValue, scripts?.entry)
        case .exit: (TypeScriptCompiler.File.exit.rawValue, scripts?.exit)
        }
        let line = told.line > 0 ? compiled?.map.sourceLine(line: told.line, column: told.column) : nil
        let time = told.tick.flatMap { ticks.indices.contains($0) ? ticks[$0] : nil }
        return DeciderFailure(kind: told.kind, file: file, line: line, time: time, message: told.message)
    }
}

/// Writes the market block that `SharedLayout` describes.
struct MarketBlockWriter: Sendable {
    private let market: MarketData?

    /// Nil: no instrument and no tick, for a check of the scripts alone.
    init(market: MarketData?) { self.market = market }

    private var barCounts: [Int] { market?.series.map(\.count) ?? [] }

    func settings(
        scripts: HelperScripts, parameters: [(name: String, value: Double)], seed: UInt64, limits: SandboxLimits
    ) -> [UInt8] {
        JSON.object([
            ("instruments", .array((market?.instruments ?? []).map { .string($0.name) })),
            ("timeframe", .string(market?.timeframe.rawValue ?? "")),
            ("timeframe_ms", .int(market?.timeframe.milliseconds ?? 0)),
            ("parameters", .array(parameters.map { .object([("name", .string($0.name)), ("value", .double($0.value))]) })),
            ("seed", .string(String(seed))),
            ("entry", .optional(scripts.entry?.javaScript)),
            ("exit", .optional(scripts.exit?.javaScript)),
            ("log_bytes_max", .int(limits.logBytes)),
        ]).canonicalBytes
    }

    func layout(settingsBytes: Int) -> SharedLayout {
        SharedLayout(barCounts: barCounts, tickCount: market?.ticks.count ?? 0, settingsBytes: settingsBytes)
    }

    func write(settings: [UInt8], to block: SharedBlock) {
        let layout = layout(settingsBytes: settings.count)
        block.store(Int64(settings.count), at: SharedLayout.settingsBytesOffset)
        block.store(Int64(layout.tickCount), at: SharedLayout.tickCountOffset)
        block.store(Int64(layout.barCounts.count), at: SharedLayout.instrumentCountOffset)
        for (instrument, count) in layout.barCounts.enumerated() {
            block.store(Int64(count), at: SharedLayout.barCountOffset(instrument))
        }
        block.store(array: settings, at: layout.settingsOffset)
        guard let market else { return }
        block.store(array: market.ticks, at: layout.ticksOffset)
        block.store(array: market.barAtTick, at: layout.barAtTickOffset)
        for (index, series) in market.series.enumerated() {
            block.store(array: series.openTime, at: layout.columnOffset(index, .openTime))
            let prices: [(SharedLayout.Column, [Price])] = [
                (.open, series.open), (.high, series.high), (.low, series.low), (.close, series.close),
            ]
            for (column, prices) in prices {
                block.store(array: prices.map(\.raw), at: layout.columnOffset(index, column))
            }
            block.store(array: series.volume, at: layout.columnOffset(index, .volume))
        }
    }
}
