internal import Base
internal import HTTP
internal import Security
internal import Storage

/// The account's security: what protects it, and the pages that add to it.
enum SecurityPages {
    struct Model {
        /// When the authenticator app was set up; nil without one.
        let appSince: Instant?
        let appLastUsed: Instant?
        let passkeys: [PasskeyTable.Row]
        let codesLeft: Int
        /// Handles of teams that ask for a second factor.
        let demanding: [String]
        let canHavePasskeys: Bool
        let now: Instant
        let token: HTML

        var hasFactor: Bool { appSince != nil || !passkeys.isEmpty }
    }

    /// Below this many, new ones should be made.
    static let fewCodes = 3

    static func overview(_ model: Model) -> HTML {
        """
        <p class="account__answer">\(answer(model))</p>
        \(demands(model))
        <section class="account__section" aria-labelledby="passkeys">
        <h2 id="passkeys">Passkeys</h2>
        <p>A passkey is kept by your phone, computer or security key. It logs you in without a password, and no other site can ask for it.</p>
        \(passkeys(model))
        </section>
        <section class="account__section" aria-labelledby="app">
        <h2 id="app">Authenticator app</h2>
        <p>An app on your phone shows a new six-digit code every 30 seconds. You enter it after your password.</p>
        \(app(model))
        </section>
        <section class="account__section" aria-labelledby="codes">
        <h2 id="codes">Recovery codes</h2>
        <p>For the day your phone is gone: each opens your account once, in place of a code of the app.</p>
        \(codes(model))
        </section>
        """
    }

    private static func answer(_ model: Model) -> String {
        guard model.hasFactor else {
            return model.canHavePasskeys
                ? "Your password alone protects this account. Add a passkey or an authenticator app: publishing needs one."
                : "Your password alone protects this account. Add an authenticator app: publishing needs a second factor."
        }
        if model.codesLeft == 0 {
            return "A second factor protects this account, but you have no recovery code. Make new ones, or a lost phone "
                + "locks you out."
        }
        if model.codesLeft <= fewCodes {
            let left = Format.count(model.codesLeft, "recovery code is", "recovery codes are")
            return "A second factor protects this account, but only \(left) left. Make new ones."
        }
        return "Your password and a second factor protect this account. Nothing is missing."
    }

    private static func demands(_ model: Model) -> HTML? {
        guard let team = model.demanding.first else { return nil }
        let names = model.demanding.map { "@" + $0 }.joined(separator: ", ")
        return model.hasFactor
            ? "<p>\(names) \(model.demanding.count == 1 ? "asks" : "ask") for a second factor, so your last one cannot be removed.</p>"
            : Pieces.notice(
                "@\(team) asks for a second factor", "<p>Add one to work for \(names).</p>", kind: .warning)
    }

    // MARK: The three lists

    private static func passkeys(_ model: Model) -> HTML {
        guard model.canHavePasskeys || !model.passkeys.isEmpty else {
            return "<p class=\"passkey__note\">Passkeys need https and a host name; this site has neither yet.</p>"
        }
        let isNext: HTML = model.hasFactor ? "button" : "button button--primary"
        let add: HTML = model.canHavePasskeys ? "<p><a class=\"\(isNext)\" href=\"\(url: PasskeyRoutes.newPath)\">Add a passkey</a></p>" : .empty
        guard !model.passkeys.isEmpty else { return add }
        let rows = model.passkeys.map { passkey($0, model) }
        return "<ul class=\"rows\">\(rows)</ul>\n<div class=\"factor__add\">\(add)</div>"
    }

    private static func passkey(_ row: PasskeyTable.Row, _ model: Model) -> HTML {
        let base = "/account/security/passkeys/\(row.id)"
        let used: HTML = row.lastUsed.map { "last used \(Format.age($0, now: model.now))" } ?? "not used yet"
        let kind: HTML = row.isBackedUp ? "copied between your devices" : "on one device"
        return """
            <li class="row"><div class="row__main"><strong>\(row.name)</strong>
            <p>Added \(Format.date(row.createdAt)), \(used), \(kind)</p></div>
            <div class="row__actions">
            <details class="factor__more"><summary class="button button--quiet">Rename</summary>
            <form class="form" method="post" action="\(url: base + "/name")">\(model.token)
            <div class="field"><label class="field__label" for="name-\(row.id.description)">New name</label>
            <input class="field__input" id="name-\(row.id.description)" name="name" value="\(row.name)" \
            maxlength="\(PasskeyTable.nameCharactersMax)" required autocomplete="off"></div>
            <button class="button" type="submit">Rename</button></form></details>
            \(removal("Remove", question: "Remove \(row.name)? It no longer opens this account, and your other sessions end.",
                      action: base + "/removal", model.token))
            </div></li>

            """
    }

    private static func app(_ model: Model) -> HTML {
        guard let since = model.appSince else {
            let isNext = !model.hasFactor && !model.canHavePasskeys
            return start("Set up an authenticator app", isPrimary: isNext, model.token)
        }
        let used: HTML = model.appLastUsed.map { "last used \(Format.age($0, now: model.now))" } ?? "not used yet"
        return """
            <ul class="rows"><li class="row"><div class="row__main"><strong>Authenticator app</strong>
            <p>Set up \(Format.date(since)), \(used)</p></div>
            <div class="row__actions">\(start("Replace", isPrimary: false, model.token))
            \(removal("Remove", question: "Remove the authenticator app? Its codes no longer count, and your other sessions end.",
                      action: "/account/security/app/removal", model.token))</div></li></ul>
            """
    }

    private static func codes(_ model: Model) -> HTML {
        guard model.hasFactor else { return "<p>You get ten with your first passkey or authenticator app.</p>" }
        let isNext: HTML = model.codesLeft <= fewCodes ? "button button--primary" : "button"
        let state = model.codesLeft == 0 ? "None left" : "\(model.codesLeft) of \(RecoveryCodes.count) left"
        return """
            <ul class="rows"><li class="row"><div class="row__main"><strong>\(state)</strong>
            <p>New codes replace all old ones.</p></div>
            <div class="row__actions"><form class="button-form" method="post" action="/account/security/recovery-codes">\(model.token)\
            <button class="\(isNext)" type="submit">Make new codes</button></form></div></li></ul>
            """
    }

    private static func start(_ label: String, isPrimary: Bool, _ token: HTML) -> HTML {
        """
        <form class="button-form" method="post" action="\(url: SecurityRoutes.appPath)">\(token)\
        <button class="button\(isPrimary ? " button--primary" : "")" type="submit">\(label)</button></form>
        """
    }

    /// A button that asks first, without scripts.
    private static func removal(_ label: String, question: String, action: String, _ token: HTML) -> HTML {
        """
        <details class="factor__more"><summary class="button button--quiet">\(label)</summary>
        <form class="form" method="post" action="\(url: action)">\(token)<p>\(question)</p>
        <button class="button button--danger" type="submit">\(label)</button></form></details>
        """
    }

    // MARK: Setting up an app

    struct AppModel {
        let address: Secret<String>
        let secret: Secret<String>
        let code: QRCode?
        let error: String?
        let until: Instant
        let token: HTML
    }

    static func app(_ model: AppModel) -> HTML {
        let errors = model.error.map { [FieldError(field: "code", message: $0)] } ?? []
        return """
            \(Form.summary(errors, title: "The app is not set up yet"))
            <ol class="steps">
            <li><h2>Scan this with your app</h2>
            \(model.code.map(picture))
            <p>On this device already? <a href="\(model.address.reveal())">Open it in the app</a>. \
            Cannot scan? Type this into the app:</p>
            <pre class="code code--wrap" tabindex="0" data-copy-block><code>\(grouped(model.secret.reveal()))</code></pre>
            </li>
            <li><h2>Enter the code that the app shows</h2>
            <form class="form" method="post" action="/account/security/app/confirmation">\(model.token)
            \(Form.input(
                id: "code", name: "code", label: "Code", value: "", help: "Six digits. This works until \(Format.clock(model.until)) UTC.",
                errors: errors,
                attributes: "autocomplete=\"one-time-code\" inputmode=\"numeric\" maxlength=\"12\" required autofocus"))
            <div class="form__actions"><button class="button button--primary" type="submit">Turn it on</button>
            <a href="\(url: SecurityRoutes.path)">Not now</a></div>
            </form></li>
            </ol>
            """
    }

    /// No secret waits: it is too old, or none was asked for.
    static func noPendingApp(error: String?, token: HTML) -> HTML {
        let notice: HTML? = error.map { "<p role=\"alert\">\($0)</p>\n" }
        return """
            \(notice)<p class="account__answer">You will scan a picture with the app on your phone, then enter the code that it shows.</p>
            <form class="button-form" method="post" action="\(url: SecurityRoutes.appPath)">\(token)\
            <button class="button button--primary" type="submit">Show the picture to scan</button></form>
            """
    }

    /// Groups of four, as people read them.
    private static func grouped(_ text: String) -> String {
        var out = ""
        for (index, character) in text.enumerated() {
            if index > 0, index.isMultiple(of: 4) { out.append(" ") }
            out.append(character)
        }
        return out
    }

    /// Modules of one unit, runs of dark ones as one rectangle, with the quiet zone of four that scanners need.
    private static func picture(_ code: QRCode) -> HTML {
        var path = ""
        for (y, row) in code.rows.enumerated() {
            var x = 0
            while x < row.count {
                guard row[x] else {
                    x += 1
                    continue
                }
                let start = x
                while x < row.count, row[x] { x += 1 }
                path += "M\(start + 4) \(y + 4)h\(x - start)v1h-\(x - start)z"
            }
        }
        let side = code.size + 8
        return """
            <svg class="qr" viewBox="0 0 \(side) \(side)" role="img" aria-label="QR code for your authenticator app" shape-rendering="crispEdges">\
            <rect class="qr__ground" width="\(side)" height="\(side)"/><path class="qr__dark" d="\(path)"/></svg>
            """
    }

    // MARK: Recovery codes, shown once

    static func recoveryCodes(_ codes: [Secret<String>]) -> HTML {
        let text = codes.map { $0.reveal() }.joined(separator: "\n")
        return """
            <p class="account__answer">Keep these ten codes where you keep important papers, or in a password store. This page shows them once.</p>
            <pre class="code recovery-codes" tabindex="0" data-copy-block aria-label="Recovery codes"><code>\(text)</code></pre>
            <p>Each opens your account once when you cannot use your passkey or app. All earlier codes are void.</p>
            <p class="recovery-codes__done"><a class="button button--primary" href="\(url: SecurityRoutes.path)">I have kept them</a></p>
            """
    }

    // MARK: A new passkey

    static func newPasskey(name: String, errors: [FieldError], button: HTML, token: HTML) -> HTML {
        """
        \(Form.summary(errors, title: "The passkey was not added"))
        <p class="account__answer">Your browser will ask you to confirm with your fingerprint, face or PIN. Nothing of that leaves your device.</p>
        <form class="form factor__form" method="post" action="/account/security/passkeys">\(token)
        \(Form.input(
            id: "name", name: "name", label: "Name", value: name, help: "So that you know it again: My phone, Work laptop.", errors: errors,
            attributes: "maxlength=\"80\" required autocomplete=\"off\""))
        <div id="passkey-part">\(button)</div>
        </form>
        <p><a href="\(url: SecurityRoutes.path)">Not now</a></p>
        """
    }
}
