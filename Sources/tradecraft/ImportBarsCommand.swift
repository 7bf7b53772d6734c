internal import ArgumentParser
internal import Base
internal import Gateways
internal import Postgres
internal import Storage
internal import Trading

/// `tradecraft import-bars`: stores candles. All files or none: one bad line anywhere imports nothing.
struct ImportBarsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import-bars",
        abstract: "Import candles from CSV files: ours or Binance klines, plain or zip.",
        discussion: """
            Instrument and timeframe come from the file's name (BTC-5m.csv, BTCUSDT-5m-2025-08.zip) unless given. Every \
            line is checked; the first bad one is named and nothing is imported. Importing the same file again changes \
            nothing. Bars that are already stored are kept and new ones join them; a bar that says something else than \
            the stored one is refused unless --replace is given.
            """)

    @Argument(help: "Files or folders of files.")
    var paths: [String]

    @Option(help: "Instrument, for a single file whose name does not say it.")
    var instrument: String?

    @Option(help: "Timeframe (1m 5m 15m 1h 4h 1d), for a single file whose name does not say it.")
    var timeframe: String?

    @Flag(help: "Let the new bars win over stored ones that differ.")
    var replace = false

    @OptionGroup var database: DatabaseOptions

    @Flag(help: "Print the result as JSON.")
    var json = false

    func validate() throws {
        if let timeframe, Timeframe(rawValue: timeframe) == nil { throw ValidationError("--timeframe is one of 1m 5m 15m 1h 4h 1d.") }
        if let instrument, !Instrument.isValidName(instrument) { throw ValidationError("--instrument is a name such as BTC.") }
    }

    func run() throws {
        let files = try paths.flatMap(candleFiles)
        guard !files.isEmpty else { throw CommandFailure("There is no .csv or .zip file in \(paths.joined(separator: ", ")).") }
        var all: [BarSeries] = []
        for file in files { all.append(try read(file)) }
        let merged = try merge(all)
        let connection = try database.connect(.owner, as: "import-bars")
        let changed = try connection.transaction(.platform, .readWrite) { tx in
            try CandleImport.store(merged, source: isBinance(files) ? "binance" : "csv", replace: replace, in: tx)
        }
        report(merged, files, changed)
    }

    private func candleFiles(_ path: String) throws -> [String] {
        do {
            let names = try BoundedFile.names(in: path)
            return names.filter { $0.hasSuffix(".csv") || $0.hasSuffix(".zip") }.map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
        } catch { return [path] }
    }

    private func read(_ file: String) throws -> BarSeries {
        let named = CandleFiles.identity(ofFile: file)
        guard let name = instrument ?? named?.instrument,
              let length = timeframe.flatMap({ Timeframe(rawValue: $0) }) ?? named?.timeframe else {
            throw CommandFailure("\(file): the name does not say instrument and timeframe. Rename it like BTC-5m.csv, or give --instrument and --timeframe.")
        }
        do { return try CandleFiles.read(file, instrument: name, timeframe: length) } catch let error as CandleError {
            throw CommandFailure("\(file): \(error) Nothing was imported.")
        }
    }

    /// Files of one instrument and timeframe as one series; overlapping files must agree.
    private func merge(_ all: [BarSeries]) throws -> [BarSeries] {
        var result: [BarSeries] = []
        for series in all {
            if let index = result.firstIndex(where: { $0.instrument == series.instrument && $0.timeframe == series.timeframe }) {
                result[index] = try CandleImport.merged(result[index], series, replace: replace)
            } else {
                result.append(series)
            }
        }
        return result
    }

    private func isBinance(_ files: [String]) -> Bool { files.allSatisfy { $0.contains("USDT") || $0.hasSuffix(".zip") } }

    private func report(_ series: [BarSeries], _ files: [String], _ changed: Int) {
        let gaps = series.flatMap { Gap.find(in: $0) }
        if json {
            print(JSON.object([
                ("files", .int(files.count)), ("months_changed", .int(changed)),
                ("series", .array(series.map { ["instrument": .string($0.instrument), "timeframe": .string($0.timeframe.rawValue), "bars": .int($0.count)] })),
                ("gaps", .array(gaps.map { .string($0.sentence) })),
            ]).text)
            return
        }
        for one in series { print("\(one.instrument) \(one.timeframe.rawValue): \(one.count) bars") }
        for gap in gaps { print("gap: \(gap.sentence)") }
        print(changed == 0 ? "Nothing changed: all of it was stored already." : "Stored \(changed) months of candles.")
    }
}
