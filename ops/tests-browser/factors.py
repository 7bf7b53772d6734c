"""Second factors in a browser: passkeys in Chromium's virtual authenticator, an authenticator app, recovery codes."""
import re
import time

from playwright.sync_api import expect
import pyotp

import access
from site_under_test import PAGE_MS, PASSWORD, Member

AUTHENTICATOR = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True,
                 "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}


class Device:
    """The virtual authenticator of one page."""

    def __init__(self, page):
        self.devtools = page.context.new_cdp_session(page)
        self.devtools.send("WebAuthn.enable")
        self.id = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]

    def send(self, command, **parts):
        return self.devtools.send(f"WebAuthn.{command}", {"authenticatorId": self.id, **parts})

    def credentials(self):
        return self.send("getCredentials")["credentials"]


def home(site):
    """Where passkeys work: the origin that the site was told."""
    return f"http://localhost:{site.stack.port}"


def page_at(site, origin, member=None, **options):
    context = site.browser.new_context(base_url=origin, locale="en-GB", viewport={"width": 1280, "height": 900}, **options)
    context.set_default_timeout(PAGE_MS)
    site.contexts.append(context)
    if member:
        context.add_cookies([{"name": k, "value": v, "url": origin} for k, v in member.client.cookies.items()])
    return context.new_page()


def member_page(site, label, **options):
    member = Member(site.stack, label)
    return member, page_at(site, home(site), member, **options)


def let_proofs_age(site):
    """As if the last proof of everybody were older than five minutes."""
    site.database.run("ALTER TABLE login_sessions NO FORCE ROW LEVEL SECURITY; "
                      "UPDATE login_sessions SET proved_at = now() - interval '6 minutes'; "
                      "ALTER TABLE login_sessions FORCE ROW LEVEL SECURITY")


def add_passkey(page, name):
    page.goto("/account/security/passkeys/new")
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create the passkey").click()


def code_field(page):
    return page.locator("main input[autocomplete=one-time-code]")


def log_out(page):
    page.context.clear_cookies(name="tc_session")


def is_logged_in(page):
    return page.goto("/account").url.endswith("/account")


def try_passkey_log_in(page):
    page.goto("/login/passkey")
    page.get_by_role("button", name="Log in with a passkey").click()


def password_step(page, member):
    page.goto("/login")
    page.locator("main input:not([type=hidden]):not([type=password])").first.fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/login/factor")


def test_passkey_registers_logs_in_and_proves(site):
    member, page = member_page(site, "passkey")
    device = Device(page)
    add_passkey(page, "My laptop")
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("My laptop", exact=True)).to_be_visible()
    assert len(device.credentials()) == 1 and device.credentials()[0]["isResidentCredential"]

    # Without a password: the device says who it is.
    log_out(page)
    assert not is_logged_in(page)
    try_passkey_log_in(page)
    page.wait_for_url("**/studio")

    # As the second step after the password.
    log_out(page)
    password_step(page, member)
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url("**/studio")

    # In the middle of a form: what was typed is kept.
    let_proofs_age(site)
    page.goto("/account/email")
    page.get_by_label(re.compile("address", re.I)).first.fill("somebody.new@example.org")
    page.locator("main form button[type=submit]").first.click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    assert page.locator("input[name=email]").input_value() == "somebody.new@example.org"
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.locator("main")).to_contain_text("somebody.new@example.org")


def test_passkeys_that_are_not_right_are_refused(site):
    _, page = member_page(site, "refused")
    device = Device(page)
    add_passkey(page, "Key")
    page.get_by_role("link", name="I have kept them").click()

    # The same device has no second passkey for one account.
    add_passkey(page, "Key again")
    expect(page.locator("[data-passkey-note]")).to_contain_text("has a passkey for your account already")

    log_out(page)
    for bits in ({"isBogusSignature": True}, {"isBadUV": True}, {"isBadUP": True}):
        device.send("setResponseOverrideBits", **bits)
        try_passkey_log_in(page)
        expect(page.locator(".error-summary")).to_contain_text("was not accepted")
        device.send("setResponseOverrideBits", **{name: False for name in bits})
        assert not is_logged_in(page), bits

    # Who does not verify themselves gets nothing from the device.
    device.send("setUserVerified", isUserVerified=False)
    try_passkey_log_in(page)
    expect(page.locator("[data-passkey-note]")).to_contain_text("did not confirm")
    device.send("setUserVerified", isUserVerified=True)

    # An answer is taken once: sent again by hand it opens nothing.
    page.goto("/login/passkey")
    with page.expect_request(lambda request: request.method == "POST" and request.url.endswith("/login/passkey")) as sent:
        page.get_by_role("button", name="Log in with a passkey").click()
    page.wait_for_url("**/studio")
    log_out(page)
    again = page.request.post("/login/passkey", data=sent.value.post_data, max_redirects=0, headers={
        "content-type": "application/x-www-form-urlencoded", "origin": home(site)})
    assert again.status == 422, again.status
    assert not is_logged_in(page)

    # A counter that goes back is a copy's.
    credential = device.credentials()[0]["credentialId"]
    device.send("setCredentialProperties", credentialId=credential, backupEligibility=False, backupState=False)
    copied = dict(device.credentials()[0], signCount=0)
    device.send("removeCredential", credentialId=credential)
    device.send("addCredential", credential=copied)
    try_passkey_log_in(page)
    expect(page.locator(".error-summary")).to_contain_text("was not accepted")


def test_passkeys_say_where_they_work(site):
    """At another origin there is a link in place of a button, and asking by hand is refused."""
    member = Member(site.stack, "elsewhere")
    page = page_at(site, site.origin, member)
    page.goto("/account/security/passkeys/new")
    expect(page.get_by_role("link", name=home(site))).to_be_visible()
    expect(page.locator("[data-passkey]")).to_have_count(0)
    page.goto("/login/passkey")
    token = page.evaluate("document.querySelector('meta[name=form-token]')?.content")
    answer = page.request.post("/account/security/passkeys/options", headers={
        "accept": "application/json", "origin": site.origin, "x-form-token": token or ""})
    assert answer.status in (403, 409), answer.status


def test_authenticator_app_and_recovery_codes(site):
    member, page = member_page(site, "app")
    page.goto("/account/security")
    expect(page.locator(".account__answer")).to_contain_text("Your password alone")
    page.get_by_role("button", name="Set up an authenticator app").click()
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    secret = page.locator("pre code").inner_text().replace(" ", "")
    address = page.get_by_role("link", name="Open it in the app").get_attribute("href")
    read = pyotp.parse_uri(address)
    assert read.secret == secret and read.issuer == "Tradecraft" and read.name == member.handle
    app = pyotp.TOTP(secret)
    wrong = str((int(app.now()) + 1) % 1_000_000).zfill(6)
    code_field(page).fill(wrong)
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".error-summary")).to_contain_text("not the code")
    code_field(page).fill(app.now())
    confirmed_at = time.time()
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    codes = page.locator("pre code").inner_text().split()
    assert len(codes) == 10, codes
    page.get_by_role("link", name="I have kept them").click()
    assert not any(code in page.content() for code in codes)

    log_out(page)
    password_step(page, member)
    # The app's next code: that of the confirmation counts no more.
    code_field(page).fill(app.at(confirmed_at + 30))
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/studio")

    log_out(page)
    password_step(page, member)
    code_field(page).fill(codes[0].lower())
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/studio")
    page.goto("/account/security")
    expect(page.locator("main")).to_contain_text("9 of 10 left")

    # The step-up takes no password now, and keeps what was typed.
    let_proofs_age(site)
    page.get_by_role("button", name="Make new codes").click()
    expect(page.locator("input[name=proof_password]")).to_have_count(0)
    code_field(page).fill("000000")
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.locator(".error-summary")).to_be_focused()
    code_field(page).fill(codes[1])
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()

    page.goto("/account/security")
    page.locator("summary", has_text="Remove").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.locator(".account__answer")).to_contain_text("Your password alone")


def test_proofs_work_without_scripts(site):
    _, page = member_page(site, "plain", java_script_enabled=False)
    page.goto("/account/security")
    let_proofs_age(site)
    page.get_by_role("button", name="Set up an authenticator app").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and go on").click()
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()


def test_pages_of_factors_are_accessible(site):
    """Rules, small screens and both themes, on every page that these tests meet."""
    wrong = []

    def look(page, name):
        wrong.extend(f"{name}: {what}" for what in access.violations(site, page))
        wide, room = page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        if wide > room:
            wrong.append(f"{name}: {wide} px wide in {room}, because of {access.too_wide(page)}")

    for scheme in ("light", "dark"):
        member, page = member_page(site, "looks", color_scheme=scheme, reduced_motion="reduce")
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            for path in ("/account/security", "/account/security/app", "/account/security/passkeys/new"):
                page.goto(path)
                look(page, f"{path} {width} {scheme}")
        page.goto("/account/security/app")
        page.get_by_role("button", name="Show the picture").click()
        look(page, f"scan {scheme}")
        page.screenshot(path=f"{site.screenshots}/scan-{scheme}.png", full_page=True)
        Device(page)
        add_passkey(page, "A passkey with a long name that somebody typed to be sure to know it again")
        expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
        look(page, f"codes {scheme}")
        page.screenshot(path=f"{site.screenshots}/codes-{scheme}.png", full_page=True)
        page.goto("/account/security")
        look(page, f"security {scheme}")
        page.locator("summary", has_text="Rename").click()
        look(page, f"rename {scheme}")
        page.screenshot(path=f"{site.screenshots}/security-{scheme}.png", full_page=True)
        let_proofs_age(site)
        page.get_by_role("button", name="Make new codes").click()
        look(page, f"confirm {scheme}")
        page.screenshot(path=f"{site.screenshots}/confirm-{scheme}.png", full_page=True)
        log_out(page)
        page.goto("/login/passkey")
        look(page, f"log in by passkey {scheme}")
        password_step(page, member)
        look(page, f"second step {scheme}")
        page.screenshot(path=f"{site.screenshots}/second-step-{scheme}.png", full_page=True)
    assert not wrong, "\n".join(wrong)
