internal import Base
internal import HTTP
internal import Marketplace
internal import Storage

/// Pages around mail links: forgotten passwords, verified and changed addresses.
enum RecoveryPages {
    // MARK: Forgotten password

    static func recover(email: String, errors: [FieldError], token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>Set a new password</h1>
        \(Form.summary(errors, title: "Please check this"))
        <form class="form" method="post" action="/recover" novalidate>
        \(token)
        \(Form.input(id: "email", name: "email", label: "Email", value: email, type: "email",
                     help: "The address of your account. We send a link to it that works for one hour.", errors: errors,
                     attributes: "autocomplete=\"email\" required"))
        <button class="button button--primary" type="submit">Send the link</button>
        </form>
        <p>You remember it? <a href="/login">Log in</a></p>
        </section>
        """
    }

    static func recoverSent(_ address: EmailAddress) -> HTML {
        """
        <section class="form-page">
        <h1>Look into your mailbox</h1>
        <p>If \(address.text) has an account, a mail is on its way. Its link works for one hour.</p>
        <p>Nothing after a few minutes? Look among the junk, or check the address and <a href="/recover">ask again</a>.</p>
        </section>
        """
    }

    static func newPassword(handle: String, link: String, errors: [FieldError], token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>New password for @\(handle)</h1>
        \(Form.summary(errors, title: "Please check this"))
        <form class="form" method="post" action="\(MailLinkPurpose.resetPassword.path)" novalidate>
        \(token)\(linkField(link))
        <input type="text" name="username" value="\(handle)" autocomplete="username" hidden>
        \(Form.input(id: "password", name: "password", label: "New password", value: "", type: "password",
                     help: "At least \(Limits.passwordCharactersMin) characters. A few unrelated words do well.", errors: errors,
                     attributes: "autocomplete=\"new-password\" required"))
        <button class="button button--primary" type="submit">Set password</button>
        </form>
        <p>Every session of @\(handle) ends, on all devices. A second factor stays.</p>
        </section>
        """
    }

    static func passwordSet(handle: String) -> HTML {
        """
        <section class="form-page">
        <h1>The password of @\(handle) is set</h1>
        <p>Every session was ended. Your API tokens keep working until you revoke them.</p>
        <p><a class="button button--primary" href="/login">Log in</a></p>
        </section>
        """
    }

    // MARK: Links with one button

    /// A page that does nothing until its button is pressed: mail programs open links on their own.
    static func confirm(_ purpose: MailLinkPurpose, title: String, text: String, button: String, link: String, token: HTML) -> HTML {
        """
        <section class="form-page">
        <h1>\(title)</h1>
        <p>\(text)</p>
        <form class="form" method="post" action="\(purpose.path)">\(token)\(linkField(link))
        <button class="button button--primary" type="submit">\(button)</button></form>
        </section>
        """
    }

    /// What came of it, and where to go next.
    static func outcome(title: String, text: String, next: String, label: String) -> HTML {
        """
        <section class="form-page">
        <h1>\(title)</h1>
        <p>\(text)</p>
        <p><a class="button button--primary" href="\(url: next)">\(label)</a></p>
        </section>
        """
    }

    static func deadLink(_ purpose: MailLinkPurpose, viewer: Caller?) -> HTML {
        let (advice, next, label): (String, String, String) = switch purpose {
        case .verifyEmail:
            ("If you confirmed your address a moment ago, all is well. If not, your account's page sends another link.",
             viewer == nil ? "/login?next=/account/verification" : "/account/verification", viewer == nil ? "Log in" : "Send another link")
        case .resetPassword:
            ("If you set your password a moment ago, log in with it. If not, ask for a new link.", "/recover", "Ask for a new link")
        case .changeEmailOld, .changeEmailNew, .changeEmailCancel:
            ("If you opened it a moment ago, all is well. Your account's page shows which address it has.",
             viewer == nil ? "/login?next=/account/email" : "/account/email", viewer == nil ? "Log in" : "Show the address")
        }
        return outcome(
            title: "This link no longer works", text: "It was used, replaced by a newer one, or is too old. " + advice, next: next, label: label)
    }

    private static func linkField(_ link: String) -> HTML { "<input type=\"hidden\" name=\"token\" value=\"\(link)\">" }

    // MARK: The account's address

    static func verification(_ member: MemberSummary, wasSent: Bool, token: HTML) -> HTML {
        if member.isVerified {
            return outcome(title: "Your address is confirmed", text: "\(member.email) belongs to @\(member.handle).", next: "/account", label: "Your account")
        }
        let sent: HTML = wasSent
            ? Pieces.notice("A mail is on its way", "<p>Open its link within \(MailLinkPurpose.verifyEmail.hours) hours. Older links no longer work.</p>", kind: .done)
            : .empty
        return """
        <section class="form-page">
        <h1>Confirm your address</h1>
        \(sent)
        <p>We sent a link to \(member.email). Open it and press the button; until then you cannot publish.</p>
        <p>No mail? Look among the junk. If the address is misspelt, <a href="/account/email">change it</a>.</p>
        <form class="form" method="post" action="/account/verification">\(token)
        <button class="button button--primary" type="submit">Send the link again</button></form>
        </section>
        """
    }

    /// The form for another address, and the change under way if there is one.
    static func email(
        _ member: MemberSummary, pending: MailLinkTable.EmailChange?, typed: String, errors: [FieldError], token: HTML
    ) -> HTML {
        """
        <section class="form-page">
        <h1>Change your address</h1>
        <p>@\(member.handle) has the address \(member.email)\(member.isVerified ? "" : ", which is not confirmed").</p>
        \(pending.map { change($0, token: token) } ?? .empty)
        \(Form.summary(errors, title: "Please check this"))
        <form class="form" method="post" action="/account/email" novalidate>
        \(token)
        \(Form.input(id: "email", name: "email", label: "New address", value: typed, type: "email",
                     help: member.isVerified ? "We write to both addresses. The change happens when both have confirmed."
                         : "We write to the new address. The change happens when it has confirmed.", errors: errors,
                     attributes: "autocomplete=\"email\" required"))
        <button class="button button--primary" type="submit">Send the links</button>
        </form>
        <p><a href="/account">Back to your account</a></p>
        </section>
        """
    }

    private static func change(_ change: MailLinkTable.EmailChange, token: HTML) -> HTML {
        let old: HTML = change.oldConfirmed.map { "<li>The old address \($0 ? "has confirmed" : "has not confirmed yet").</li>" } ?? .empty
        return Pieces.notice(
            "A change to \(change.to) is under way",
            """
            <ul>\(old)<li>The new address \(change.newConfirmed ? "has confirmed" : "has not confirmed yet").</li></ul>
            <p>The links work until \(Format.time(change.expiresAt)).</p>
            <form method="post" action="/account/email/cancel">\(token)<button class="button button--small" type="submit">Cancel the change</button></form>
            """)
    }
}
