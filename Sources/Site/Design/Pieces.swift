internal import Base
internal import HTTP

/// Small parts that several pages share.
enum Pieces {
    /// A row of a fact list.
    static func fact(_ name: String, _ value: HTML) -> HTML {
        "<div class=\"facts__row\"><dt>\(name)</dt><dd>\(value)</dd></div>"
    }

    static func facts(_ rows: [HTML]) -> HTML { "<dl class=\"facts\">\(rows)</dl>" }

    static func notice(_ title: String, _ body: HTML, kind: NoticeKind = .note) -> HTML {
        """
        <div class="notice \(kind.className)">\(kind.icon)<div class="notice__body"><p class="notice__title">\(title)</p>\(body)</div></div>
        """
    }

    enum NoticeKind: Sendable {
        case note, warning, error, done
        var className: String {
            switch self {
            case .note: "notice--note"
            case .warning: "notice--warning"
            case .error: "notice--error"
            case .done: "notice--done"
            }
        }
        var icon: HTML {
            switch self {
            case .note: Icon.note
            case .warning: Icon.warning
            case .error: Icon.error
            case .done: Icon.tick
            }
        }
    }

    /// What will be here, and the one next step.
    static func empty(_ title: String, _ text: String, action: HTML = .empty) -> HTML {
        "<div class=\"empty-state\"><p class=\"empty-state__title\">\(title)</p><p>\(text)</p>\(action)</div>"
    }

    static func link(_ skill: SkillName) -> HTML { "<a href=\"\(Paths.listing(skill))\">\(skill.text)</a>" }

    /// Said wherever generated candles are behind a number.
    static let syntheticBadge: HTML = "<span class=\"badge badge--warning\">\(Icon.synthetic)Synthetic data</span>"

    static let syntheticNotice = notice(
        "Synthetic data",
        "<p>These candles were generated from a seed; no market traded them. Use the numbers to see how the engine works, not to judge the idea.</p>",
        kind: .warning)

    /// A frame that scrolls sideways, named for keyboards and screen readers.
    static func frame(_ label: String, _ table: HTML) -> HTML {
        "<div class=\"table-frame\" tabindex=\"0\" role=\"region\" aria-label=\"\(label)\">\(table)</div>"
    }

    /// Source text in a fold with its file name.
    static func file(_ name: String, _ source: String, isOpen: Bool) -> HTML {
        let open: HTML = isOpen ? " open" : .empty
        return """
        <details class="code-file"\(open)><summary>\(name)</summary><pre class="code" tabindex="0"><code>\(source)</code></pre></details>
        """
    }

    /// A command line to copy.
    static func command(_ text: String) -> HTML {
        "<pre class=\"code code--wrap\" tabindex=\"0\" data-copy-block><code>\(text)</code></pre>"
    }

    /// Previous and next by address, with where one is.
    static func pagination(_ page: Pagination) -> HTML {
        guard page.previous != nil || page.next != nil else { return .empty }
        let previous: HTML = page.previous.map { "<a class=\"button\" rel=\"prev\" href=\"\(url: $0)\">\(Icon.left)Previous</a>" } ?? .empty
        let next: HTML = page.next.map { "<a class=\"button\" rel=\"next\" href=\"\(url: $0)\">Next\(Icon.right)</a>" } ?? .empty
        return """
        <nav class="pagination" aria-label="Pages of \(page.what)"><p>\(page.label)</p><div class="pagination__links">\(previous)\(next)</div></nav>
        """
    }

    static func progress(_ progress: RunProgress, label: String) -> HTML {
        let left = progress.millisecondsLeft.map { "about \(Format.duration(milliseconds: $0)) left" } ?? "time left not known yet"
        return """
        <div class="progress"><div class="progress__text"><span data-progress-label>\(progress.stage)</span>\
        <span><span data-progress-percent>\(progress.percentText)</span>, <span data-progress-left>\(left)</span></span></div>\
        <progress class="progress__bar" max="100" value="\(progress.percent)" aria-label="\(label)" data-progress-bar>\(progress.percentText)</progress></div>
        """
    }
}

/// Where one is in a long list. Addresses are complete, or nil at an end.
struct Pagination: Sendable, Hashable {
    /// What is paged, in the plural: `skills`.
    let what: String
    /// `31 to 60 of 412`.
    let label: String
    let previous: String?
    let next: String?
    static let none = Pagination(what: "", label: "", previous: nil, next: nil)
}

/// How far a run is.
struct RunProgress: Sendable, Hashable {
    /// `Replaying bars`.
    let stage: String
    /// 0 to 1; clamped, NaN reads as 0.
    let fraction: Double
    let millisecondsLeft: Int64?

    /// Whole percent, 0 to 100.
    var percent: Int { fraction.isFinite ? Int((min(max(fraction, 0), 1) * 100).rounded(.down)) : 0 }
    var percentText: String { "\(percent)\(Format.space)%" }
}
