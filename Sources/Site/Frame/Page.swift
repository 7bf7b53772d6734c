public import HTTP

/// One page before the frame is put around it.
public struct Page {
    /// The part of the site that the navigation marks as current.
    public enum Section: Sendable, Hashable { case skills, docs, studio, account, admin }

    /// Shown in the tab, without the site's name.
    public var title: String
    /// One sentence for search engines and previews.
    public var description: String?
    public var section: Section?
    /// What goes into `<main>`.
    public var body: HTML
    /// Modules under `web/js`, such as `studio.js`, loaded after the page is shown. Pages read without them.
    public var scripts: [String]
    /// The one true path of the page where several show the same.
    public var canonicalPath: String?
    /// What the search box in the header shows.
    public var searchText: String

    public init(
        title: String, description: String? = nil, section: Section? = nil, scripts: [String] = [],
        canonicalPath: String? = nil, searchText: String = "", body: HTML
    ) {
        self.title = title
        self.description = description
        self.section = section
        self.scripts = scripts
        self.canonicalPath = canonicalPath
        self.searchText = searchText
        self.body = body
    }

    /// The whole document.
    func document(in frame: Frame, viewer: Caller?) -> HTML {
        // Scripts write on a member's behalf with this; a visitor's pages stay free of it and so can be cached.
        let formToken: HTML? = viewer == nil ? nil : "<meta name=\"form-token\" content=\"\(frame.formTokens.token())\">\n"
        let about: HTML? = description.map { "<meta name=\"description\" content=\"\($0)\">\n" }
        let canonical: HTML? = canonicalPath.map { "<link rel=\"canonical\" href=\"\(url: $0)\">\n" }
        let modules: [HTML] = (["app.js"] + scripts).map {
            "<script type=\"module\" src=\"\(url: frame.assets.url("js/" + $0))\"></script>\n"
        }
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(title) · Tradecraft</title>
            \(about)\(canonical)\(formToken)<link rel="stylesheet" href="\(url: frame.assets.url("css/app.css"))">
            <link rel="icon" href="\(url: frame.assets.url("img/icon.svg"))" type="image/svg+xml">
            \(modules)</head>
            <body>
            <a class="skip-link" href="#main">Skip to content</a>
            \(header(viewer))
            <main class="site-main" id="main">
            \(viewer.flatMap { LostTeam.notice($0, in: frame) })\(body)
            </main>
            \(Page.footer)
            </body>
            </html>

            """
    }

    private func header(_ viewer: Caller?) -> HTML {
        let account: HTML = if let viewer {
            """
            <a class="site-header__account" href="/account"\(current(.account))>@\(viewer.handle)\
            \(viewer.acting.isTeam ? "<span class=\"badge badge--accent site-header__team\">team</span>" : .empty)</a>
            """
        } else {
            """
            <a class="site-header__account" href="/login"\(current(.account))>Log in</a>
            <a class="site-header__join button button--small" href="/signup">Sign up</a>
            """
        }
        let admin: HTML? = viewer?.isAdmin == true ? "<a class=\"site-nav__link\" href=\"/admin\"\(current(.admin))>Admin</a>\n" : nil
        return """
            <header class="site-header">
            <a class="site-header__name" href="/">Tradecraft</a>
            <nav class="site-nav" aria-label="Main">
            <a class="site-nav__link" href="/skills"\(current(.skills))>Skills</a>
            <a class="site-nav__link" href="/studio"\(current(.studio))>Studio</a>
            <a class="site-nav__link" href="/docs"\(current(.docs))>Docs</a>
            \(admin)            </nav>
            <form class="site-search" role="search" action="/skills" method="get">
            <label class="visually-hidden" for="site-search">Search skills</label>
            <input class="site-search__field" id="site-search" type="search" name="q" value="\(searchText)" placeholder="Search skills" autocomplete="off">
            </form>
            <div class="site-header__end">\(account)</div>
            </header>
            """
    }

    private func current(_ wanted: Section) -> HTML { section == wanted ? " aria-current=\"page\"" : .empty }

    private static let footer: HTML = """
        <footer class="site-footer">
        <p>Simulated results say little about the future. Nothing here is advice.</p>
        <nav class="site-footer__links" aria-label="Footer"><a href="/docs">Docs</a> <a href="/openapi.yaml">API</a> <a href="/transparency">Transparency</a></nav>
        </footer>
        """
}
