"""A newcomer writes, tests and publishes a skill; a second one forks it."""
import os
import re
import signal
import uuid

from playwright.sync_api import expect

import pyotp

from site_under_test import ENGINE_SECONDS, PASSWORD, mail_link

ENGINE_MS = ENGINE_SECONDS * 1000


def sign_up(page, label):
    """Through the form; the handle."""
    handle = f"{label}-{uuid.uuid4().hex[:8]}"
    page.goto("/")
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("Email").fill(f"{handle}@example.org")
    page.get_by_label("Handle").fill(handle)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/studio")
    return handle


def verify_address(site, page, handle):
    """From the hint beside the editor to the button that the mail leads to."""
    page.goto(mail_link(site.folder, f"{handle}@example.org", "verify"))
    page.get_by_role("button", name=re.compile("onfirm|erify")).click()
    page.wait_for_load_state()


def add_app(page):
    """An authenticator app; its secret."""
    page.goto("/account/security")
    page.get_by_role("button", name="Set up an authenticator app").click()
    expect(page.get_by_role("img", name="QR code for your authenticator app")).to_be_visible()
    secret = re.search(r"secret=([A-Z2-7]{32})", page.content()).group(1)
    page.get_by_role("textbox", name="Code").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_label("Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/account/security")
    return secret


def ready_to_publish(site, page, editor, handle):
    """The editor says what is missing, each with its link; afterwards nothing is."""
    page.goto(editor)
    box = page.locator("#publish")
    expect(box.get_by_role("link", name="Confirm your mail address")).to_be_visible()
    expect(box.get_by_role("link", name="Set up a second factor")).to_be_visible()
    verify_address(site, page, handle)
    add_app(page)
    page.goto(editor)
    expect(box.get_by_role("button", name=re.compile("Publish version"))).to_be_visible()


def save(page):
    with page.expect_navigation():
        page.get_by_role("button", name="Save", exact=True).click()


def backtest(page):
    page.get_by_role("button", name="Run backtest").click()
    page.wait_for_url("**/runs/*")


def publish(page):
    page.get_by_label("I wrote this or may share it").check()
    page.get_by_role("button", name=re.compile("Publish version")).click()
    page.wait_for_url(re.compile(r"/@[^/]+/[^/]+$"))


def new_skill(page):
    """From the empty studio to the editor of a trend skill; its path."""
    expect(page.get_by_text("You have no skill yet")).to_be_visible()
    expect(page.get_by_text("No run yet")).to_be_visible()
    page.get_by_role("link", name="Choose a template").click()
    page.get_by_role("button", name=re.compile("Start with Trend")).click()
    page.wait_for_url(re.compile(r"/studio/skills/(?!new)[^/]+$"))
    return page.url


def broken_front_matter(page):
    """A misspelt key: the line is named and nothing typed is lost. The text as it was."""
    source = page.get_by_label("SKILL.md")
    text = source.input_value()
    line = next(n for n, words in enumerate(text.splitlines(), 1) if words.startswith("universe:"))
    broken = text.replace("universe:", "unverse:") + "\nA sentence of my own.\n"
    source.fill(broken)
    save(page)
    summary = page.locator(".error-summary")
    expect(summary).to_contain_text("unverse")
    expect(summary).to_contain_text(re.compile(rf"[Ll]ine {line}\b"))
    assert page.get_by_label("SKILL.md").input_value() == broken, "typed text is gone"
    return text


def look_at_report(page):
    """The report that came by itself, with everything a reader may ask for."""
    expect(page.get_by_role("heading", name=re.compile(r"\d+ trades?$"))).to_be_visible(timeout=ENGINE_MS)
    for chart in ("#curve svg.chart__picture", "#curve .chart__canvas canvas"):
        expect(page.locator(chart).first).to_be_attached()
    assert page.locator("#trades tbody tr").count() > 0, "no trade in the report"
    assert page.locator("#decisions tbody tr").count() > 0, "no decision in the report"
    for name in ("Skill", "Candles", "Decision log"):
        row = page.locator("#inputs .facts__row", has=page.locator("dt", has_text=re.compile(f"^{name}$")))
        expect(row.locator("code").first).to_have_text(re.compile(r"[0-9a-f]{8}"))
    expect(page.locator("#numbers")).to_contain_text("Sharpe")
    expect(page.locator("#inputs")).to_contain_text("tradecraft sim")


def test_newcomer_writes_tests_publishes_and_is_forked(site):
    first = site.context().new_page()
    handle = sign_up(first, "maker")
    editor = new_skill(first)
    text = broken_front_matter(first)
    changed = re.sub(r"(?m)^timeframe:.*$", "timeframe: 5m", re.sub(r"(?m)^universe:.*$", "universe: [BTC, ETH]", text))
    first.get_by_label("SKILL.md").fill(changed)
    save(first)
    expect(first.locator(".error-summary")).to_have_count(0)
    assert "timeframe: 5m" in first.get_by_label("SKILL.md").input_value()

    loads = []
    first.on("request", lambda request: loads.append(request.url) if request.is_navigation_request() else None)
    backtest(first)
    run = first.url
    # A quick engine may be done before the page is there; then there is no progress to see.
    waiting = first.locator("[data-run-progress]")
    if waiting.count():
        expect(waiting.get_by_role("progressbar").or_(first.locator("#inputs")).first).to_be_visible()
    look_at_report(first)
    assert all(address.split("?")[0].startswith(site.origin) for address in loads)
    first.locator("#decisions tbody a").first.click()
    first.wait_for_url("**/decisions/*")
    expect(first.get_by_role("heading", level=1)).to_have_text(re.compile("Decision"))

    ready_to_publish(site, first, editor, handle)
    publish(first)
    listing = first.url
    if not first.locator("#evidence").count():
        expect(first.locator("main")).to_contain_text(re.compile("evaluation", re.I))
    expect(first.locator("#evidence").or_(first.get_by_text("The evaluation failed"))).to_be_visible(timeout=ENGINE_MS)
    expect(first.locator("#evidence")).to_be_visible()
    expect(first.locator("#numbers")).to_contain_text("Sharpe")
    expect(first.locator("svg.chart__picture").first).to_be_attached()
    fork_by_another(site, first, handle, listing, run)
    assert not site.problems(), site.problems()


def fork_by_another(site, first, handle, listing, run):
    second = site.context().new_page()
    other = sign_up(second, "forker")
    assert second.goto(run).status == 404, "another member's private run is open"
    slug = listing.rsplit("/", 1)[1]
    second.goto(listing)
    second.get_by_role("button", name="Fork").click()
    second.wait_for_url(re.compile(r"/studio/skills/[^/]+$"))
    expect(second.locator("main")).to_contain_text(f"forked from @{handle}/{slug}")
    source = second.get_by_label("SKILL.md")
    source.fill(re.sub(r"(?m)^  fast: .*$", "  fast: 24", source.input_value()))
    save(second)
    expect(second.locator(".error-summary")).to_have_count(0)
    ready_to_publish(site, second, second.url, other)
    publish(second)
    assert f"/@{other}/" in second.url
    expect(second.locator(".listing__head")).to_contain_text(f"forked from @{handle}/{slug}")
    first.goto(listing)
    expect(first.locator("#lineage")).to_contain_text(f"@{other}/")


def test_progress_moves_without_a_reload(site):
    """A queued run's page says so at once and becomes the report by itself."""
    known = site.examples()
    member = known["member"]
    page = site.member_context().new_page()
    os.kill(site.engine.pid, signal.SIGSTOP)
    try:
        page.goto(member.run(known["editor"]))
        expect(page.get_by_text("This run waits for a free engine")).to_be_visible()
        expect(page.get_by_role("progressbar")).to_be_visible()
    finally:
        os.kill(site.engine.pid, signal.SIGCONT)
    look_at_report(page)
    assert not site.problems(), site.problems()


def test_recorded_candles_are_not_called_synthetic(site):
    """Only where recorded candles are beside the project."""
    if not site.database.is_real:
        print("     skipped: no recorded candles")
        return
    known = site.examples()
    page = site.member_context().new_page()
    page.goto(known["run"])
    expect(page.locator("#inputs")).to_be_visible()
    expect(page.get_by_text("Synthetic data")).to_have_count(0)
    for instrument in ("BTC", "ETH"):
        expect(page.locator("main")).to_contain_text(instrument)
