internal import Base
internal import HTTP

/// `/@handle/slug`: a skill's public page. The answer, the picture, the evidence, then how it works.
enum ListingPages {
    struct Listing: Sendable, Hashable {
        let name: SkillName
        let title: String
        let summary: String
        let glyph: Glyph
        let version: Int
        let versionHash: Digest
        let publishedAt: Instant
        let isOpen: Bool
        let isSynthetic: Bool
        let forkedFrom: SkillName?
        /// Versions of source and fork to show side by side, when both are open.
        var forkDiffAddress: String?
        let facts: Facts
        let evaluation: EvaluationState
        let trials: Int
        /// 1 − DSR.
        let luck: Figure
        let sincePublication: Since
        /// Markdown; nil when the licence is closed.
        let instructions: String?
        let entrySource: String?
        let exitSource: String?
        let versions: [Version]
        let ancestors: [Relative]
        let forks: [Relative]
        let forksTotal: Int
        let backtest: BacktestForm
        let viewer: Viewer
        let isOwner: Bool
        let now: Instant
    }

    /// What the manifest says, in words.
    struct Facts: Sendable, Hashable {
        /// `none` for helpers alone.
        let model: String
        let tools: [String]
        let universe: [String]
        let timeframe: String
        /// `every bar`, `every 1 h`.
        let cadence: String
        /// `Position` `$1,000`, in the manifest's order.
        let caps: [NamedText]
        let parameters: [NamedText]
    }

    struct NamedText: Sendable, Hashable {
        let name: String
        let text: String
    }

    /// The standard evaluation of the published version.
    enum EvaluationState: Sendable, Hashable {
        case pending(RunProgress, run: ID<Run>)
        case failed(reason: String, run: ID<Run>)
        case completed(Evaluation)
    }

    struct Evaluation: Sendable, Hashable {
        let run: ID<Run>
        let from: CalendarDate
        let to: CalendarDate
        let metrics: RunMetrics
        let equity: EquitySeries
        let datasetHash: Digest
        let decisionLogHash: Digest
        /// The command line that repeats it.
        let command: String
        let warnings: [String]
    }

    /// What happened on data that did not exist at publication.
    struct Since: Sendable, Hashable {
        let days: Int
        let change: Figure
        let benchmark: Figure
    }

    struct Version: Sendable, Hashable {
        let number: Int
        let hash: Digest
        let publishedAt: Instant
        let note: String
        let isCurrent: Bool
    }

    struct Relative: Sendable, Hashable {
        let name: SkillName
        let glyph: Glyph
        let version: Int
        let change: Figure
    }

    static func show(_ page: Listing) -> Page {
        let scripts: [String] = switch page.evaluation {
        case .pending: ["run-progress.js"]
        case .failed: []
        case .completed: ["chart.js"]
        }
        return Page(
            title: "\(page.title) by @\(page.name.handle)",
            description: page.summary, section: .skills, scripts: scripts, canonicalPath: Paths.listing(page.name),
            body: """
            <div class="page">
            \(head(page))
            <p class="listing__summary">\(page.summary)</p>
            \(page.isSynthetic ? "<div class=\"notices section__below\">\(Pieces.syntheticNotice)</div>" : .empty)
            <div class="listing__answer"><p class="answer">\(answer(page))</p></div>
            <div class="split"><div>
            \(evaluation(page))
            \(tabs(page))
            \(howItWorks(page))
            \(numbers(page))
            \(versions(page))
            \(lineage(page))
            </div>
            <aside class="stack" aria-label="Facts">\(ListingAside.html(page))</aside></div></div>
            """)
    }

    private static func head(_ page: Listing) -> HTML {
        let here = Paths.listing(page.name)
        let fork: HTML = page.isOpen
            ? Form.action(page.viewer, post: Paths.forks(page.name), label: "\(Icon.fork)Fork", returnTo: here) : .empty
        let edit: HTML = page.isOwner ? "<a class=\"button\" href=\"\(Paths.editor(page.name.slug))\">Edit</a>" : .empty
        let source: HTML = page.forkedFrom.map { name in
            let diff: HTML = page.forkDiffAddress.map { " (<a href=\"\(url: $0)\">diff</a>)" } ?? .empty
            return "<span>forked from \(Pieces.link(name))\(diff)</span>"
        } ?? .empty
        let mine: HTML = page.isOwner ? "<span class=\"badge badge--mine\">Mine</span>" : .empty
        return """
        <div class="listing__head"><div class="listing__name">\(page.glyph.html(.large))<div>
        <h1><a href="\(Paths.author(page.name.handle))">@\(page.name.handle)</a><span class="muted">/</span>\(page.name.slug)</h1>
        <p class="badges small muted"><span class="badge badge--accent">v\(page.version)</span><span class="badge">\(page.isOpen ? "Open licence" : "Closed licence")</span>\(mine)\(page.isSynthetic ? Pieces.syntheticBadge : .empty)\(source)</p>
        </div></div>
        <div class="page__actions"><a class="button button--primary" href="#backtest">\(Icon.play)Backtest</a>\(fork)\(edit)</div></div>
        """
    }

    /// The sentences the reader came for.
    static func answer(_ page: Listing) -> HTML {
        let since: HTML = page.sincePublication.change.number == nil
            ? .empty
            : "Since publication (\(Format.count(page.sincePublication.days, "day"))): <strong>\(Format.change(page.sincePublication.change))</strong>, buy and hold \(Format.change(page.sincePublication.benchmark)). "
        let evaluated: HTML = switch page.evaluation {
        case .pending: "The standard evaluation of v\(page.version) is under way; its numbers appear here when it is done. "
        case .failed(let reason, _): "The standard evaluation of v\(page.version) failed: \(reason) There are no numbers to show. "
        case .completed(let evaluation): """
            In the standard evaluation (\(evaluation.from.description) to \(evaluation.to.description)): <strong>\(Format.change(evaluation.metrics.totalReturn))</strong>, \
            buy and hold \(Format.change(evaluation.metrics.benchmarkReturn)), deepest drawdown \(Format.percent(evaluation.metrics.maxDrawdown)). 
            """
        }
        let luck: HTML = switch page.luck {
        case .value(let value) where value.isFinite: "; the chance that its Sharpe is luck is \(Format.percent(.value(value), digits: 0))"
        case .value, .unavailable: .empty
        }
        return "\(since)\(evaluated)\(Format.count(page.trials, "trial")) in this lineage\(luck)."
    }

    private static func evaluation(_ page: Listing) -> HTML {
        switch page.evaluation {
        case .pending(let progress, let run):
            return """
            <div class="run__state" data-run-progress data-events="\(Paths.events(run))" data-poll="\(Paths.progress(run))" aria-live="polite">\
            \(Pieces.progress(progress, label: "Progress of the evaluation"))<div><a class="button" href="\(Paths.listing(page.name))">Refresh</a></div></div>
            """
        case .failed(let reason, let run):
            return Pieces.notice("The evaluation failed", "<p>\(reason) <a href=\"\(Paths.run(run))\">See the run</a>.</p>", kind: .error)
        case .completed(let evaluation):
            let warnings = evaluation.warnings.map { "<li>\($0)</li>" as HTML }
            let notice: HTML = warnings.isEmpty ? .empty : "<div class=\"notices\">\(Pieces.notice("Read these numbers with care", "<ul>\(warnings)</ul>", kind: .warning))</div>"
            return """
            \(notice)\(EquityChart.figure(evaluation.equity, title: curveTitle(evaluation), id: "equity", source: Paths.equity(evaluation.run)))
            \(evidence(page, evaluation))
            """
        }
    }

    private static func curveTitle(_ evaluation: Evaluation) -> String {
        guard let total = evaluation.metrics.totalReturn.number, let text = Format.percentText(total) else {
            return "Equity and drawdown in the standard evaluation"
        }
        let worst = evaluation.metrics.maxDrawdown.number.flatMap { Format.percentText($0, signed: false) }
        return "In the evaluation the skill made \(text)" + (worst.map { ", at the price of a fall of \($0)" } ?? "")
    }

    private static func evidence(_ page: Listing, _ evaluation: Evaluation) -> HTML {
        let luck: HTML = switch page.luck {
        case .value: Format.percent(page.luck, digits: 0)
        case .unavailable(let reason): Format.notAvailable(reason)
        }
        return """
        <section class="section" id="evidence" aria-labelledby="evidence-heading"><h2 class="section__title" id="evidence-heading">Evidence</h2>
        <div class="strip">
        <div class="strip__item"><span class="strip__name">Candles</span><span class="strip__value">\(Format.hash(evaluation.datasetHash))</span><span class="strip__note">the data, named by its content</span></div>
        <div class="strip__item"><span class="strip__name">Trials in this lineage</span><span class="strip__value">\(Format.count(page.trials))</span><span class="strip__note">every run counts, none is deleted</span></div>
        <div class="strip__item"><span class="strip__name">Chance of luck</span><span class="strip__value">\(luck)</span><span class="strip__note">that the best of so many trials looks like this</span></div>
        <div class="strip__item"><span class="strip__name">Decision log</span><span class="strip__value">\(Format.hash(evaluation.decisionLogHash))</span><span class="strip__note"><a href="\(Paths.run(evaluation.run))">Open the full report</a></span></div>
        </div>
        <details class="chart__table"><summary>Repeat it yourself</summary><p class="section__lead">Run this and compare the decision log hash with the one above.</p>\(Pieces.command(evaluation.command))</details></section>
        """
    }

    private static func tabs(_ page: Listing) -> HTML {
        """
        <nav class="tabs" aria-label="Sections of this listing"><a href="#how">How it works</a><a href="#numbers">Numbers</a><a href="#versions">Versions</a><a href="#lineage">Lineage</a></nav>
        """
    }

    private static func howItWorks(_ page: Listing) -> HTML {
        let text: HTML = page.instructions.map { Markdown.render($0, source: .people, topHeading: 3) }
            ?? "<p class=\"muted\">The author keeps the instructions closed. The numbers above come from them all the same.</p>"
        let files: [HTML] = [
            page.entrySource.map { Pieces.file("entry.ts", $0, isOpen: false) },
            page.exitSource.map { Pieces.file("exit.ts", $0, isOpen: false) },
        ].compactMap { $0 }
        let source: HTML = files.isEmpty ? .empty : "<h3 class=\"section__below\">Source</h3><div>\(files)</div>"
        return """
        <section class="section" id="how" aria-labelledby="how-heading"><h2 class="section__title" id="how-heading">How it works</h2>\(text)\(source)</section>
        """
    }

    private static func numbers(_ page: Listing) -> HTML {
        let content: HTML = switch page.evaluation {
        case .completed(let evaluation): MetricList.html(evaluation.metrics)
        case .pending, .failed: "<p class=\"muted\">Numbers appear when the evaluation is done.</p>"
        }
        return "<section class=\"section\" id=\"numbers\" aria-labelledby=\"numbers-heading\"><h2 class=\"section__title\" id=\"numbers-heading\">Numbers</h2>\(content)</section>"
    }

    private static func versions(_ page: Listing) -> HTML {
        let rows = page.versions.map { version in
            let current: HTML = version.isCurrent ? "<span class=\"badge badge--accent\">Current</span> " : .empty
            let diff: HTML = version.number > 1
                ? "<a href=\"\(Paths.diff(page.name, version.number - 1, version.number))\">Changes</a>" : "<span class=\"muted\">first</span>"
            return """
            <li class="version"><a href="\(Paths.version(page.name, version.number))">v\(version.number)</a>\
            <span>\(current)\(version.note) <span class="muted">\(Format.date(version.publishedAt))</span> \(Format.hash(version.hash))</span>\(diff)</li>
            """ as HTML
        }
        return """
        <section class="section" id="versions" aria-labelledby="versions-heading"><h2 class="section__title" id="versions-heading">Versions</h2><ol class="versions">\(rows)</ol></section>
        """
    }

    private static func lineage(_ page: Listing) -> HTML {
        let above: HTML = page.ancestors.isEmpty
            ? "<p class=\"muted\">Original work: it was not forked from another skill.</p>"
            : "<h3>Forked from</h3><ul class=\"lineage\">\(page.ancestors.map(relative))</ul>"
        let below: HTML = page.forks.isEmpty
            ? "<p class=\"muted\">Nobody has forked it yet.</p>"
            : "<h3>\(Format.count(page.forksTotal, "fork"))</h3><ul class=\"lineage\">\(page.forks.map(relative))</ul>"
        return """
        <section class="section" id="lineage" aria-labelledby="lineage-heading"><h2 class="section__title" id="lineage-heading">Lineage</h2>\
        <div class="stack">\(above)\(below)<p><a href="\(Paths.lineage(page.name))">The whole lineage</a></p></div></section>
        """
    }

    private static func relative(_ relative: Relative) -> HTML {
        "<li class=\"lineage__item\">\(relative.glyph.html())\(Pieces.link(relative.name)) <span class=\"muted\">v\(relative.version)</span> <span class=\"number\">\(Format.change(relative.change))</span></li>"
    }
}
