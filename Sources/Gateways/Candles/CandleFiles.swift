internal import Base
internal import Foundation
public import Trading

/// Candle files on disk: `BTC-5m.csv` and the like.
public enum CandleFiles {
    /// Nine years of one-minute bars fit.
    public static let fileBytesMax = 600 * 1_048_576

    /// Instrument and timeframe as a file's name gives them: `BTC-5m.csv`, `BTCUSDT-5m-2025-08.zip`, `SIM-ALPHA-1h.csv`.
    /// A `USDT` or `USDC` at the end of the symbol is the quote and is left off.
    public static func identity(ofFile path: String) -> (instrument: String, timeframe: Timeframe)? {
        let file = path.split(separator: "/").last.map(String.init) ?? path
        guard let stem = file.split(separator: ".").first else { return nil }
        let parts = stem.split(separator: "-").map(String.init)
        for (position, part) in parts.enumerated().reversed() where position > 0 {
            guard let timeframe = Timeframe(rawValue: part) else { continue }
            var name = parts[0..<position].joined(separator: "-").uppercased()
            for quote in ["USDT", "USDC"] where name.hasSuffix(quote) && name.count > quote.count { name.removeLast(quote.count) }
            return Instrument.isValidName(name) ? (name, timeframe) : nil
        }
        return nil
    }

    /// One file, plain or zip, whole and validated. Errors name the line.
    public static func read(_ path: String, instrument: String, timeframe: Timeframe) throws -> BarSeries {
        let bytes = path.lowercased().hasSuffix(".zip") ? try unzipped(path) : try BoundedFile.read(path, bytesMax: fileBytesMax)
        return try CandleCSV.parse(bytes, instrument: instrument, timeframe: timeframe)
    }

    /// The bars of `timeframe` from a folder: the file of that timeframe, or else a shorter one, aggregated.
    public static func read(folder: String, instrument: String, timeframe: Timeframe) throws -> BarSeries {
        let candidates = Timeframe.allCases
            .filter { $0.milliseconds <= timeframe.milliseconds && timeframe.milliseconds % $0.milliseconds == 0 }
            .sorted { $0.milliseconds > $1.milliseconds }
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        for candidate in candidates {
            let path = "\(base)\(instrument)-\(candidate.rawValue).csv"
            guard let bytes = try BoundedFile.readIfPresent(path, bytesMax: fileBytesMax) else { continue }
            do {
                let series = try CandleCSV.parse(bytes, instrument: instrument, timeframe: candidate)
                guard let whole = series.aggregated(to: timeframe) else { continue }
                return whole
            } catch {
                throw FileError(path: path, problem: "\(error)")
            }
        }
        throw FileError(
            path: folder, problem: "there are no candles of \(instrument) for \(timeframe.rawValue) bars; "
                + "expected \(instrument)-\(timeframe.rawValue).csv\(candidates.count > 1 ? " or a shorter timeframe" : "").", isMissing: true)
    }

    /// The one CSV in a zip archive, through Debian's `unzip`.
    private static func unzipped(_ path: String) throws -> [UInt8] {
        let names = try run(["-Z1", "--", path], path: path, bytesMax: 1 << 20)
        let listed = String(decoding: names, as: UTF8.self).split(separator: "\n").filter { $0.lowercased().hasSuffix(".csv") }
        guard listed.count == 1 else {
            throw FileError(path: path, problem: "the archive must hold exactly one .csv file; it holds \(listed.count).")
        }
        return try run(["-p", "--", path, String(listed[0])], path: path, bytesMax: fileBytesMax)
    }

    private static func run(_ arguments: [String], path: String, bytesMax: Int) throws -> [UInt8] {
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw FileError(path: path, problem: "there is no such file, or it cannot be read.", isMissing: true)
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unzip")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        do { try process.run() } catch {
            throw FileError(path: path, problem: "unzip could not be started. Install the package unzip, or unpack the file first.")
        }
        var bytes: [UInt8] = []
        while let piece = try pipe.fileHandleForReading.read(upToCount: 1 << 20), !piece.isEmpty {
            bytes.append(contentsOf: piece)
            if bytes.count > bytesMax {
                process.terminate()
                throw FileError(path: path, problem: "unpacks to more than \(bytesMax) bytes.")
            }
        }
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw FileError(path: path, problem: "is not a readable zip archive.") }
        return bytes
    }
}
