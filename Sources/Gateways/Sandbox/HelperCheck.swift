internal import Base
public import Trading

/// What an editor can say about helpers before any run: they compile, their top level runs, and they export what the
/// platform calls.
public enum HelperCheck {
    /// Every problem found, `entry.ts` first; empty when there is none. Takes about a tenth of a second.
    public static func run(entry: String?, exit: String?, limits: SandboxLimits = .standard) -> [DeciderFailure] {
        var problems: [DeciderFailure] = []
        var sources: [TypeScriptCompiler.File: String] = [:]
        for (file, source) in [(TypeScriptCompiler.File.entry, entry), (.exit, exit)] {
            guard let source else { continue }
            switch TypeScriptCompiler.run(source, file: file) {
            case .failure(let failures): problems += failures.all
            case .success: sources[file] = source
            }
        }
        // One sandbox a file, so that a problem in the first does not hide one in the second.
        for file in TypeScriptCompiler.File.allCases {
            guard let source = sources[file] else { continue }
            do throws(DeciderFailure) {
                try load(source, file, limits)
            } catch {
                problems.append(error)
            }
        }
        return problems
    }

    private static func load(
        _ source: String, _ file: TypeScriptCompiler.File, _ limits: SandboxLimits
    ) throws(DeciderFailure) {
        let scripts = try HelperScripts(entry: file == .entry ? source : nil, exit: file == .exit ? source : nil)
        do throws(SandboxProcess.Told) {
            let process = try SandboxProcess(instruments: 0, limits: limits)
            let writer = MarketBlockWriter(market: nil)
            try process.load(writer, settings: writer.settings(scripts: scripts, parameters: [], seed: 0, limits: limits))
        } catch {
            throw HelperScripts.failure(error, scripts: scripts, ticks: [])
        }
    }
}
