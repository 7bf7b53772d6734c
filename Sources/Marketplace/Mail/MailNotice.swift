public import Base

/// What a member is told by mail after it was done, so that nobody else can do it unnoticed.
public enum MailNotice: Sendable, Hashable {
    public enum Factor: String, Sendable, Hashable { case authenticatorApp, passkey }

    case passwordChanged
    /// Told to the old address and to the new one.
    case emailChanged(to: EmailAddress)
    case secondFactorAdded(Factor)
    case secondFactorRemoved(Factor)
    /// All factors were taken away, by the member or by an operator.
    case secondFactorsReset
    case recoveryCodesMade
    /// `left` codes are unused.
    case recoveryCodeUsed(left: Int)
    /// A passkey's counter went back: there may be a copy of it. `name` as its member typed it.
    case passkeySuspect(name: String)
    case newDevice
    /// `name` as its member typed it.
    case tokenMade(name: String, scopes: [TokenScope], expires: Instant)
    /// `team` is a handle.
    case roleChanged(team: String, to: Role)
    case removedFromTeam(team: String)
    case accountDeleted

    /// From where and when it was done.
    public struct Occasion: Sendable, Hashable {
        public let at: Instant
        public let place: AuditEvent.Place
        public init(at: Instant, place: AuditEvent.Place = .nowhere) {
            self.at = at
            self.place = place
        }
    }

    /// The letter. `site` is the site's origin, such as `https://tradecraft.example`.
    public func letter(_ to: EmailAddress, handle: String, on occasion: Occasion, site: String) -> MailMessage {
        let words = words(handle: handle, site: site)
        var facts = "When: \(MailLetters.time(occasion.at))"
        if !occasion.place.network.isEmpty {
            facts += "\nFrom: \(MailMessage.oneLine(occasion.place.network, charactersMax: 64))"
        }
        if let browser = MailNotice.browser(occasion.place.userAgent) { facts += "\nWith: \(browser)" }
        return MailLetters.letter(to, words.subject, "\(words.text)\n\n\(facts)\n\n\(words.advice)")
    }

    private func words(handle: String, site: String) -> (subject: String, text: String, advice: String) {
        let security = "If it was not you, change your password now and end all sessions:\n\(site)/account"
        switch self {
        case .passwordChanged:
            return ("The password of @\(handle) was changed",
                    "The password of your account @\(handle) was changed, and every session\nbut the one that did it was ended.",
                    "If it was not you, set a new one now:\n\(site)/recover\nAPI tokens keep working until you revoke them.")
        case .emailChanged(let new):
            return ("The address of @\(handle) was changed",
                    "Your account @\(handle) now has the address \(new).\nMail about it goes there from now on.",
                    "If it was not you, tell the people who run \(site) at once.")
        case .secondFactorAdded(let factor):
            return ("A second factor was added to @\(handle)",
                    "\(factor.withArticle) was added to your account @\(handle).\nYou will be asked for it when you log in.", security)
        case .secondFactorRemoved(let factor):
            return ("A second factor was removed from @\(handle)",
                    "\(factor.withArticle) was removed from your account @\(handle).", security)
        case .secondFactorsReset:
            return ("All second factors of @\(handle) were removed",
                    "All second factors of your account @\(handle) were removed.\nYour password alone opens it now.", security)
        case .recoveryCodesMade:
            return ("New recovery codes for @\(handle)",
                    "New recovery codes were made for your account @\(handle).\nThe old ones no longer work.", security)
        case .recoveryCodeUsed(let left):
            return ("A recovery code of @\(handle) was used",
                    "A recovery code opened your account @\(handle). "
                        + (left == 0 ? "It was the last one:\nmake new ones." : "\(left) are left."),
                    security)
        case .passkeySuspect(let name):
            return ("A passkey of @\(handle) behaves as if copied",
                    "Your passkey \"\(MailMessage.oneLine(name, charactersMax: 80))\" counted backwards at a log-in.\n"
                        + "That happens when somebody has a copy of it.",
                    "If you cannot explain it, remove the passkey and add it anew:\n\(site)/account")
        case .newDevice:
            return ("New log-in to @\(handle)",
                    "Somebody logged in to your account @\(handle) from a browser that we have\nnot seen before.", security)
        case .tokenMade(let name, let scopes, let expires):
            return ("An API token was made for @\(handle)",
                    "The token \"\(MailMessage.oneLine(name, charactersMax: 80))\" was made for @\(handle). Until \(MailLetters.time(expires))\n"
                        + "whoever has it may:\n" + scopes.map { "  - \($0.sentence)" }.joined(separator: "\n"),
                    "If it was not you, revoke it and change your password:\n\(site)/account")
        case .roleChanged(let team, let role):
            return ("Your role in @\(team) changed", "You are now \(role.rawValue) of the team @\(team).",
                    "If you did not expect it, ask the team's owners.")
        case .removedFromTeam(let team):
            return ("You are no longer in @\(team)", "You were removed from the team @\(team). Your own account is unchanged.",
                    "If you did not expect it, ask the team's owners.")
        case .accountDeleted:
            return ("The account @\(handle) was deleted",
                    "Your account @\(handle) was deleted. What it published stays readable\nwithout your name. This is the last mail about it.",
                    "If it was not you, tell the people who run \(site) at once.")
        }
    }

    /// Browser and system in words of ours: what a stranger's browser calls itself must not stand in our letters.
    static func browser(_ userAgent: String) -> String? {
        let browsers = [
            ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
        ]
        let systems = [
            ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"),
            ("Linux", "Linux"),
        ]
        let browser = browsers.first { userAgent.contains($0.0) }?.1
        let system = systems.first { userAgent.contains($0.0) }?.1
        guard browser != nil || system != nil else { return nil }
        return (browser ?? "a browser") + (system.map { " on \($0)" } ?? "")
    }
}

extension MailNotice.Factor {
    fileprivate var withArticle: String {
        switch self {
        case .authenticatorApp: "An authenticator app"
        case .passkey: "A passkey"
        }
    }
}
