"""Secrets that are planted by using the site, then searched for in every log, in the whole database and in every error page."""
import base64
import glob
import hashlib
import os
import re
import secrets
import subprocess
import time

from gateway import standing
from stand import BIN, Browser, postgres_tool, wait_until, with_part


class Planted:
    """A stand with one member, and what must not be found: `canaries` by name, `pages` of errors."""

    def __init__(self, stand, place, database):
        self.stand, self.place, self.database = stand, place, database
        self.canaries, self.pages = {}, []
        self.handle = "c" + secrets.token_hex(6)
        self.email = f"{self.handle}@example.org"
        self.password = "canary password " + secrets.token_hex(12)
        self.browser = Browser(stand)

    def keep(self, answer):
        """An error page, to be searched."""
        assert answer.status >= 400, f"an error was wanted: {answer.status}"
        self.pages.append((answer.status, str(answer.headers) + answer.text))
        return answer


def plant_password(p):
    """Right, wrong, and on a form that is refused."""
    done = subprocess.run(
        [BIN + "/tradecraft", "user", "create", p.handle, p.email, "--database", p.database.owner, "--web-database", p.database.web],
        input=p.password + "\n", text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert p.password not in done.stdout + done.stderr
    p.canaries["password"] = p.password
    wrong = "canary wrong " + secrets.token_hex(12)
    p.canaries["wrong password"] = wrong
    answer = Browser(p.stand).send("/login", email=p.email, password=wrong)
    p.keep(answer)
    answer = p.browser.send("/login", email=p.email, password=p.password)
    assert answer.status == 303, (answer.status, answer.text[-500:])
    typed = "canary sign-up " + secrets.token_hex(12)
    p.canaries["sign-up password"] = typed
    p.keep(Browser(p.stand).send("/signup", email="x", handle="-", password=typed))


def plant_session(p):
    p.canaries["session token"] = p.browser.cookies["tc_session"]


def plant_api_token(p):
    answer = p.browser.send("/account/tokens", name="canary", scope="skills:read", expires_in_days="30")
    found = re.search(r"tc_[A-Za-z0-9_-]{40,}", answer.text)
    assert answer.status == 201 and found, (answer.status, answer.text[-800:])
    p.canaries["API token"] = found.group(0)
    bearer = {"Authorization": "Bearer " + found.group(0)}
    assert p.stand.get("/api/v1/studio/skills", headers=bearer).status == 200
    p.keep(p.stand.get("/api/v1/runs", headers=bearer))
    p.keep(p.stand.get("/api/v1/studio/skills?limit=" + "9" * 9, headers=bearer))
    p.keep(p.stand.get("/api/v1/runs", headers={"Authorization": "Bearer " + found.group(0) + "x"}))


def plant_authenticator_secret(p):
    assert p.browser.send("/account/security/app", form_at="/account/security").status == 303
    page = p.browser.get("/account/security/app").text
    shown = re.search(r"<code>([A-Z2-7 ]{32,})</code>", page)
    assert shown, page[-1500:]
    secret = shown.group(1).replace(" ", "")
    p.canaries["authenticator secret"] = secret
    p.canaries["authenticator secret's bytes"] = base64.b32decode(secret + "=" * (-len(secret) % 8)).hex()
    # The form comes back to whoever sets the app up, with its secret: that page is not one to search.
    assert p.browser.send("/account/security/app/confirmation", form_at="/account/security/app", code="000000").status == 422


def plant_mail_link(p):
    """A link that works, one that does not, and a letter to somebody who has no account."""
    folder = p.place + "/mail"
    os.makedirs(folder)
    stranger = f"canary-{secrets.token_hex(8)}@example.org"
    p.canaries["stranger's address"] = stranger
    for address in (p.email, stranger):
        answer = Browser(p.stand).send("/recover", email=address)
        assert answer.status in (200, 202, 303), (answer.status, answer.text[-500:])
    log = open(p.place + "/engine.log", "ab")
    engine = subprocess.Popen(
        [BIN + "/tradecraft", "engine", "--keys", p.database.keys, "--mail-folder", folder],
        env=dict(os.environ, TRADECRAFT_DATABASE_URL=with_part(p.database.owner, user="tradecraft_engine")), stdout=log, stderr=log)

    def letter():
        assert engine.poll() is None, open(p.place + "/engine.log").read()[-2000:]
        for path in glob.glob(folder + "/**/*", recursive=True):
            if os.path.isfile(path):
                text = open(path, errors="replace").read().replace("=\n", "").replace("=3D", "=")
                found = re.search(r"/link/reset\?token=([A-Za-z0-9_-]{43})", text)
                if found:
                    return found.group(1)
        return None
    try:
        wait_until("the letter is written", letter, 30)
        token = letter()
    finally:
        engine.terminate()
        engine.wait(30)
        log.close()
    p.canaries["mail link"] = token
    b = Browser(p.stand)
    assert b.get("/link/reset?token=" + token).status == 200
    forged = secrets.token_urlsafe(32)
    p.canaries["forged mail link"] = forged
    p.keep(b.get("/link/reset?token=" + forged))
    # The form comes back to whoever has the link, with it, but never with the password.
    typed = "canary new " + secrets.token_hex(12)
    p.canaries["new password"] = typed
    answer = b.send("/link/reset?token=" + token, password=typed * 50, token=token)
    assert answer.status == 422 and typed not in answer.text, answer.status


def provoke(p):
    """Every kind of error, carrying the canaries where a mistaken client would put them."""
    password, session = p.canaries["password"], p.canaries["session token"]
    b = p.browser
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    p.keep(b.request("/nowhere", "POST", {"password": password}))
    p.keep(b.request("/login", "POST", {"email": p.email, "password": password}, token=False))
    p.keep(p.stand.get("/login", "POST", "password=%zz&" + password.replace(" ", "+"), form))
    p.keep(p.stand.get("/login", "POST", '{"password": "' + password, {"Content-Type": "application/json"}))
    p.keep(p.stand.get("/api/v1/studio/skills", "POST", '{"skill_md": "' + password, {"Content-Type": "application/json"}))
    spelled = password.replace(" ", "%20")
    # In queries alone: the paths that were asked for are in nginx's log.
    for target in ("/nowhere?password=" + spelled, "/%zz?password=" + spelled, "/nowhere/?password=" + spelled + "%zz",
                   "/api/v1/runs?cursor=" + spelled, "/api/v1/skills?limit=" + spelled):
        p.keep(p.stand.get(target))
    p.keep(p.stand.get("/runs/nonsense", headers={"Cookie": "tc_session=" + session + "; tc_session=x"}))
    p.keep(p.stand.get("/account", "DELETE", headers={"Cookie": "tc_session=" + session}))


def provoke_lost_database(p):
    """500 and 503: the database is gone in the middle of requests that carry secrets."""
    name = p.database.name
    page = Browser(p.stand)
    token = re.search(r'name="form_token" value="([^"]+)"', page.get("/login").text).group(1)
    p.database.tool(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false", with_part(p.database.owner, user="postgres", dbname="postgres"))
    try:
        p.database.tool(
            f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'",
            with_part(p.database.owner, user="postgres", dbname="postgres"))
        fields = {"email": p.email, "password": p.canaries["password"], "form_token": token}
        answer = p.keep(page.request("/login", "POST", fields))
        assert answer.status in (500, 503), answer.status
        p.keep(p.browser.get("/account"))
        p.keep(p.stand.get("/api/v1/runs", headers={"Authorization": "Bearer " + p.canaries["API token"]}))
    finally:
        p.database.tool(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true", with_part(p.database.owner, user="postgres", dbname="postgres"))
    wait_until("the site is back", lambda: p.stand.get("/readyz").status == 200)


def everything(p):
    """Where secrets must not be: name and text of each place."""
    for log in glob.glob(p.place + "/**/*.log", recursive=True):
        yield log, open(log, errors="replace").read()
    dump = subprocess.run(
        [postgres_tool("pg_dump"), "--data-only", "--inserts", "-d", with_part(p.database.owner, user="postgres")],
        check=True, capture_output=True).stdout.decode("utf-8", "replace")
    assert p.handle in dump, "the dump has rows"
    yield "database dump", dump
    for status, text in p.pages:
        yield f"error page {status}", text


def forms(secret):
    """A secret as it may stand somewhere: plain, in a form, as bytes, in base64."""
    raw = secret.encode()
    yield secret
    yield secret.replace(" ", "+")
    yield secret.replace(" ", "%20")
    yield raw.hex()
    yield base64.b64encode(raw).decode().rstrip("=")[:-1]


def test_secrets_are_found_nowhere(place, database):
    with standing(place, database) as s:
        p = Planted(s, place, database)
        for plant in (plant_password, plant_session, plant_api_token, plant_authenticator_secret, plant_mail_link):
            plant(p)
        provoke(p)
        provoke_lost_database(p)
        time.sleep(0.2)  # The log lines of the last answers are written after them.
        s.log.flush()
        places = list(everything(p))
        assert any(name.endswith("serve.log") and "POST /login" in text for name, text in places), "the logs are there"
        # The search itself works: what may be stored is found.
        digest = hashlib.sha256(p.canaries["API token"].encode()).hexdigest()
        assert any(digest in text for name, text in places if name == "database dump"), "a token's digest is in the dump"
        assert any(p.email in text for name, text in places if name == "database dump")
        assert not any(p.email in text for name, text in places if name.endswith(".log")), "an address in a log"
        found = [f"{name} in {where}" for name, secret in p.canaries.items() for where, text in places
                 for form in forms(secret) if form in text]
        assert not found, sorted(set(found))
