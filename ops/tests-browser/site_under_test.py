"""The whole site for a browser: database, candles, web, streams, an engine, nginx, and chromium in front."""
import contextlib
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import uuid
from urllib.parse import urlsplit

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "ops/tests-http"))
import pyotp  # noqa: E402
import stand  # noqa: E402
from playwright.sync_api import expect, sync_playwright  # noqa: E402
import candles  # noqa: E402

PASSWORD = "seven quiet harbours"
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
# For what the engine works on; a debug build on a busy machine is slow.
ENGINE_SECONDS = 180
PAGE_MS = 20_000
expect.set_options(timeout=PAGE_MS)


class Database(stand.Database):
    """Migrated, with candles in it."""

    def __init__(self, folder):
        super().__init__()
        self.engine = stand.with_part(self.owner, user="tradecraft_engine")
        data, self.is_real = candles.folder(os.path.join(folder, "candles"))
        subprocess.run([stand.BIN + "/tradecraft", "import-bars", data, "--database", self.owner], check=True,
                       stdout=subprocess.DEVNULL)


def web_root(folder):
    """The web files with the chart library among them and the documents beside them, as a release has them."""
    source = os.environ.get("TRADECRAFT_WEB_ROOT") or os.path.join(ROOT, "web")
    target = os.path.join(folder, "web")
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    shutil.copytree(os.path.join(ROOT, "docs"), os.path.join(folder, "docs"), dirs_exist_ok=True)
    vendor = os.environ.get("TRADECRAFT_VENDOR")
    if vendor:
        shutil.copytree(os.path.join(vendor, "charts"), os.path.join(target, "vendor"), dirs_exist_ok=True)
    assert os.path.exists(target + "/vendor/lightweight-charts.js"), "set TRADECRAFT_VENDOR to the unpacked wheels"
    return target


def axe_source():
    """axe-core's script, from the wheel beside playwright."""
    for place in sys.path:
        found = glob.glob(os.path.join(place, "axe_playwright_python", "axe.min.js"))
        if found:
            return open(found[0], encoding="utf-8").read()
    raise AssertionError("no axe.min.js: install ops/requirements/test.txt")


class Watched:
    """What a page did that no page of ours may do."""

    def __init__(self, page, origin):
        self.page, self.origin, self.problems = page, origin, []
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.problems.append(f"{page.url}: {error}"))
        page.on("request", self.request)

    def console(self, message):
        # The status of a page that was meant to be refused is no fault of the page.
        own_status = message.text.startswith("Failed to load resource") and message.location.get("url", "").split("#")[0] == \
            self.page.url.split("#")[0]
        is_policy = "Content Security Policy" in message.text
        if (message.type == "error" and not own_status) or is_policy:
            self.problems.append(f"{self.page.url}: {message.text} ({message.location.get('url')})")

    def request(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.problems.append(f"{self.page.url}: asks another host: {request.url}")


def mail_link(folder, address, part):
    """The newest link to /link/PART… in the mails to an address, as path and query; waits for the mail."""
    found = []

    def look():
        done = subprocess.run([stand.BIN + "/tradecraft", "mail", "--state", folder, "--to", address, "--json"],
                              capture_output=True, text=True, check=True)
        links = [link for item in json.loads(done.stdout)["items"] for link in item["links"] if f"/link/{part}" in link]
        found.extend(links[:1])
        return links
    stand.wait_until(f"a mail to {address} with /link/{part}", look, ENGINE_SECONDS)
    parts = urlsplit(found[0])
    return f"{parts.path}?{parts.query}"


class Member:
    """Somebody with an account, over plain HTTP: what tests need to exist before a browser looks."""

    def __init__(self, stack, label, folder):
        self.handle = f"{label}-{uuid.uuid4().hex[:8]}"
        self.email = f"{self.handle}@example.org"
        self.folder, self.secret = folder, None
        self.client = stand.Browser(stack)
        answer = self.client.send("/signup", email=self.email, handle=self.handle, password=PASSWORD)
        assert answer.status == 303, (answer.status, answer.text[-600:])

    def verify(self):
        """Opens the link in the mail and presses its button."""
        link = mail_link(self.folder, self.email, "verify")
        token = urlsplit(link).query.split("token=")[1]
        answer = self.client.send("/link/verify", form_at=link, token=token)
        assert answer.status in (200, 303), (answer.status, answer.text[-600:])

    def protect(self):
        """Sets up an authenticator app; its secret."""
        self.client.send("/account/security/app", form_at="/account/security")
        text = self.client.get("/account/security/app").text
        self.secret = re.search(r"secret=([A-Z2-7]{32})", text).group(1)
        token = re.search(r'name="form_token" value="([^"]+)"', text).group(1)
        answer = self.client.request("/account/security/app/confirmation", "POST",
                                     {"form_token": token, "code": pyotp.TOTP(self.secret).now()})
        assert answer.status in (200, 303), (answer.status, answer.text[-600:])
        return self.secret

    def post(self, path, form_at, **fields):
        answer = self.client.send(path, form_at=form_at, **fields)
        assert answer.status == 303, (path, answer.status, re.sub(r"<[^>]+>", " ", answer.text)[-1500:])
        return answer.header("Location")

    def skill(self, template):
        """Address of the editor."""
        return self.post("/studio/skills", "/studio/skills/new", template=template)

    def run(self, editor):
        """Address of a run of the whole span that the form proposes."""
        form = self.client.get(editor).text
        fields = {name: re.search(rf'name="{name}"[^>]* value="([^"]*)"', form).group(1) for name in ("from", "to", "seed")}
        dataset = re.search(r'<select[^>]*name="dataset"[^>]*><option value="([^"]*)"', form).group(1)
        return self.post(editor + "/runs", editor, dataset=dataset, **fields)

    def publish(self, editor):
        revision = re.search(r'name="revision" value="([^"]*)"', self.client.get(editor).text).group(1)
        return self.post(editor + "/publication", editor, revision=revision, licence="open", confirmed="yes")

    def wait_for_run(self, run):
        def is_over():
            text = self.client.get(run + "/progress.json", headers={"Accept": "application/json"}).text
            assert '"failed"' not in text and '"cancelled"' not in text, text
            return '"completed"' in text
        stand.wait_until(f"{run} is done", is_over, ENGINE_SECONDS)


class Site:
    """A running stack and a browser."""

    def __init__(self, folder, stack, database, engine, playwright):
        self.folder, self.stack, self.database, self.engine = folder, stack, database, engine
        self.origin = f"http://127.0.0.1:{stack.port}"
        self.screenshots = os.path.join(folder, "screenshots")
        os.makedirs(self.screenshots, exist_ok=True)
        self.axe = axe_source()
        arguments = ["--no-sandbox"] if os.getuid() == 0 else []
        self.browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        self.contexts, self.watched = [], []
        self.known = None

    def context(self, **options):
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = self.browser.new_context(base_url=self.origin, locale="en-GB", **options)
        context.set_default_timeout(PAGE_MS)
        self.contexts.append(context)
        context.on("page", lambda page: self.watched.append(Watched(page, self.origin)))
        return context

    def member_context(self, **options):
        """A browser in which the member of `examples` is logged in."""
        context = self.context(**options)
        cookies = self.examples()["member"].client.cookies
        context.add_cookies([{"name": k, "value": v, "url": self.origin} for k, v in cookies.items()])
        return context

    def close_contexts(self):
        for context in self.contexts:
            context.close()
        self.contexts, self.watched = [], []

    def problems(self):
        return [problem for watched in self.watched for problem in watched.problems]

    def examples(self):
        """Three published skills with their evaluations and one member's own run, made once."""
        if self.known:
            return self.known
        member = Member(self.stack, "examples", self.folder)
        member.verify()
        member.protect()
        editor = member.skill("trend")
        run = member.run(editor)
        listings = [member.publish(editor)]
        for template in ("mean-reversion", "breakout"):
            listings.append(member.publish(member.skill(template)))
        member.wait_for_run(run)
        for listing in listings:
            stand.wait_until(f"{listing} is evaluated", lambda: self.is_evaluated(member, listing), ENGINE_SECONDS)
        text = member.client.get(run).text
        decision = re.search(r'href="(/runs/[^"]+/decisions/\d+)"', text)
        assert decision, "a run with no decision"
        self.known = {"member": member, "editor": editor, "run": run, "listings": listings, "decision": decision.group(1)}
        return self.known

    @staticmethod
    def is_evaluated(member, listing):
        text = member.client.get(listing).text
        assert "The evaluation failed" not in text, re.sub(r"<[^>]+>", " ", text)[:3000]
        return 'id="evidence"' in text

    def public_pages(self):
        known = self.examples()
        evaluation = re.search(r'href="(/runs/[^"#]+)"', self.stack.get(known["listings"][0]).text).group(1)
        return {"front": "/", "browse": "/skills", "listing": known["listings"][0], "evaluation": evaluation,
                "sign-up": "/signup", "log-in": "/login", "recover": "/recover", "docs": "/docs", "document": "/docs/authoring", "transparency": "/transparency"}

    def member_pages(self):
        known = self.examples()
        return {"report": known["run"], "decision": known["decision"], "studio": "/studio", "new-skill": "/studio/skills/new",
                "editor": known["editor"], "own-listing": known["listings"][0], "account": "/account",
                "security": "/account/security", "sessions": "/account/sessions", "tokens": "/account/tokens", "team": "/account/team",
                "new-team": "/account/teams/new", "audit": "/account/audit", "your-data": "/account/data"}

    def visit_all(self, **options):
        """Every page in turn, visitors' pages without an account: pairs of name and page."""
        for pages, context in ((self.public_pages(), self.context(**options)), (self.member_pages(), self.member_context(**options))):
            page = context.new_page()
            for name, path in pages.items():
                answer = page.goto(path, wait_until="load")
                assert answer.status == 200, (path, answer.status)
                settle(page)
                yield name, page


def settle(page):
    """Waits until scripts have drawn the page's charts."""
    page.wait_for_function("() => [...document.querySelectorAll('figure[data-chart]')].every(f => f.querySelector('.chart__canvas canvas'))")


@contextlib.contextmanager
def engine(folder, database):
    log = open(os.path.join(folder, "engine.log"), "ab")
    process = subprocess.Popen([stand.BIN + "/tradecraft", "engine", "--keys", database.keys, "--mail-folder", folder + "/mail",
                                "--transparency", folder + "/transparency"],
                               stdout=log, stderr=log,
                               env=dict(os.environ, TRADECRAFT_DATABASE_URL=database.engine))
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


@contextlib.contextmanager
def running(folder):
    stand.WEB_ROOT = web_root(folder)
    with contextlib.ExitStack() as ends:
        database = Database(folder)
        ends.callback(database.drop)
        stack = stand.Stand(folder, database, threads=8)
        ends.callback(stack.close)
        worker = ends.enter_context(engine(folder, database))
        playwright = ends.enter_context(sync_playwright())
        site = Site(folder, stack, database, worker, playwright)
        ends.callback(site.browser.close)
        yield site
