"""Letters, from a form to a mail server that is real: an engine of ours against aiosmtpd."""
import contextlib
import email
import email.policy
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from gateway import standing
from stand import BIN, Browser, free_port, wait_until, with_part

NAME, WORD = "post man", "p@ss:w/rd %"
FROM = "Tradecraft ☂ <no-reply@tradecraft.example>"


class Box:
    """Keeps what came; answers as it is told. `answers` are for RCPT, `ends` for the end of the letter."""

    def __init__(self, answers=(), ends=()):
        self.answers, self.ends = list(answers), list(ends)
        self.letters, self.tries = [], 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.tries += 1
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):
        answer = self.ends.pop(0) if self.ends else "250 OK"
        if answer.startswith("250"):
            self.letters.append((session, envelope))
        return answer


def certificate(place):
    """A certificate for localhost that signs itself: context and file."""
    key, cert = place + "/smtp.key", place + "/smtp.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                    "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context, cert


@contextlib.contextmanager
def server(box, **options):
    """aiosmtpd on a free port."""
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def login(server_, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (NAME.encode(), WORD.encode())
    return AuthResult(success=good, handled=False)


def quoted(text):
    return "".join(c if c.isalnum() else f"%{b:02X}" for c in text for b in c.encode()[:1])


@contextlib.contextmanager
def engine(place, database, *options, smtp=None):
    log = open(place + "/engine.log", "ab")
    environment = dict(os.environ, TRADECRAFT_DATABASE_URL=with_part(database.owner, user="tradecraft_engine"))
    if smtp:
        environment.update(TRADECRAFT_SMTP_URL=smtp, TRADECRAFT_MAIL_FROM=FROM)
    process = subprocess.Popen([BIN + "/tradecraft", "engine", "--keys", database.keys, *options], stdout=log, stderr=log, env=environment)
    try:
        wait_until("the engine is ready", lambda: "engine is ready" in read(place + "/engine.log"))
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        log.close()


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def member(s, verified=True):
    """Somebody new, made as sign-up makes them; the browser and the address."""
    import accounts
    browser, handle = accounts.member(s)
    if verified:
        s.database.run("ALTER TABLE members NO FORCE ROW LEVEL SECURITY")
        s.database.run(f"UPDATE members SET email_verified_at = now() WHERE email = '{handle}@example.org'")
        s.database.run("ALTER TABLE members FORCE ROW LEVEL SECURITY")
    return browser, f"{handle}@example.org"


def clear(database):
    """Nothing of another test waits in the queue."""
    database.run("ALTER TABLE jobs NO FORCE ROW LEVEL SECURITY")
    database.run("DELETE FROM jobs WHERE kind = 'send-mail'; DELETE FROM throttles")


def jobs(database):
    """State, attempt and error of every letter's job."""
    rows = database.run("SELECT json_build_array(state, attempt, error) FROM jobs WHERE kind = 'send-mail' ORDER BY job_id")
    return [json.loads(row) for row in rows.splitlines()]


def ask(s, address):
    answer = Browser(s).send("/recover", email=address)
    assert answer.status == 200 and "is on its way" in answer.text, answer.text[-500:]


def ended(database):
    return jobs(database) and all(state in ("completed", "failed") for state, _, _ in jobs(database))


def link_in(envelope):
    letter = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
    text = letter.get_content()
    return letter, next(word for word in text.split() if "/link/" in word)


def test_a_letter_goes_by_starttls_with_a_log_in(place, database):
    context, cert = certificate(place)
    box = Box()
    with standing(place, database) as s, server(box, tls_context=context, require_starttls=True, authenticator=login, auth_required=True) as port:
        _, address = member(s)
        clear(database)
        with engine(place, database, smtp=f"smtp://{quoted(NAME)}:{quoted(WORD)}@127.0.0.1:{port}?ca={cert}"):
            ask(s, address)
            wait_until("the letter to come", lambda: box.letters)
            wait_until("its job to end", lambda: ended(database))
        session, envelope = box.letters[0]
        assert session.ssl is not None and session.authenticated, "over TLS, logged in"
        assert envelope.mail_from == "no-reply@tradecraft.example" and envelope.rcpt_tos == [address]
        letter, link = link_in(envelope)
        assert letter["From"].addresses[0].display_name == "Tradecraft ☂" and letter["To"] == address, letter["From"]
        assert letter["Subject"].startswith("Set a new password for @") and letter["Auto-Submitted"] == "auto-generated"
        assert letter["Date"].datetime is not None and letter["Message-ID"].endswith("@tradecraft.example>")
        assert envelope.original_content.endswith(b"\r\n") and b"\n" not in envelope.original_content.replace(b"\r\n", b"")
        # What it leads to works, once.
        path = link[link.index("/link/"):]
        b = Browser(s)
        page = b.get(path)
        assert page.status == 200, page.status
        done = b.send("/link/reset", form_at=path, token=path.split("=")[1], password="nine silent lanterns")
        assert done.status == 200 and "is set" in done.text
        assert b.get(path).status == 410
        token = path.split("=")[1]
        for name in ("serve.log", "nginx-error.log", "nginx/access.log", "engine.log"):
            if os.path.exists(f"{place}/{name}"):
                assert token not in read(f"{place}/{name}") and address not in read(f"{place}/{name}"), name
        assert "/link/" not in read(f"{place}/nginx/access.log"), "nginx logs nothing about links"


def test_a_wrong_password_and_a_strange_certificate_keep_the_letter(place, database):
    context, cert = certificate(place)
    box = Box()
    with standing(place, database) as s, server(box, tls_context=context, authenticator=login, auth_required=True) as port:
        _, address = member(s)
        for smtp, words in [(f"smtp://{quoted(NAME)}:wrong@127.0.0.1:{port}?ca={cert}", "refuses our name and password"),
                            (f"smtp://{quoted(NAME)}:{quoted(WORD)}@127.0.0.1:{port}", "certificate cannot be trusted")]:
            clear(database)
            with engine(place, database, smtp=smtp):
                ask(s, address)
                wait_until("an attempt to fail", lambda: jobs(database)[0][2])
            state, _, error = jobs(database)[0]
            assert state == "available" and words in error["message"], (smtp, error)
        assert not box.letters
        assert "wrong" not in read(place + "/engine.log") and quoted(WORD) not in read(place + "/engine.log")


def test_no_password_goes_to_a_server_without_starttls(place, database):
    heard = []
    with standing(place, database) as s, talker(b"220 hello\r\n", heard, {b"EHLO": b"250-x\r\n250 AUTH PLAIN\r\n"}) as port:
        _, address = member(s)
        clear(database)
        with engine(place, database, smtp=f"smtp://{quoted(NAME)}:{quoted(WORD)}@127.0.0.1:{port}"):
            ask(s, address)
            wait_until("an attempt to fail", lambda: jobs(database)[0][2])
        assert "no STARTTLS" in jobs(database)[0][2]["message"]
        assert not any(line.startswith((b"AUTH", b"MAIL")) for line in heard), heard


def test_a_servers_no_for_now_is_waited_out(place, database):
    box = Box(answers=["450 mailbox busy", "250 OK"], ends=["451 try later"])
    with standing(place, database) as s, server(box) as port:
        _, address = member(s)
        clear(database)
        with engine(place, database, smtp=f"smtp://127.0.0.1:{port}?tls=none"):
            ask(s, address)
            wait_until("the letter to come", lambda: box.letters, seconds=30)
            wait_until("its job to end", lambda: ended(database))
        assert box.tries == 3 and len(box.letters) == 1
        assert [job[:2] for job in jobs(database)] == [["completed", 3]]


def test_a_servers_no_for_good_ends_it(place, database):
    for box in [Box(answers=["550 5.1.1 <somebody@example.org> is not here"]), Box(ends=["554 no"])]:
        with standing(place, database) as s, server(box) as port:
            _, address = member(s)
            clear(database)
            with engine(place, database, smtp=f"smtp://127.0.0.1:{port}?tls=none"):
                ask(s, address)
                wait_until("its job to end", lambda: ended(database))
            state, attempt, error = jobs(database)[0]
            assert (state, attempt, box.tries) == ("failed", 1, 1) and error["reason"]["code"] in (550, 554), error
            assert "somebody@" not in json.dumps(error) + read(place + "/engine.log"), "a server's words may quote an address"


@contextlib.contextmanager
def talker(greeting, heard, answers=None, close_after=None):
    """A server that says what it is told: `answers` by the first four bytes; it hangs up after `close_after`."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(8)

    def talk(connection):
        try:
            connection.sendall(greeting)
            stream = connection.makefile("rb")
            for line in stream:
                heard.append(line)
                if line.upper().startswith(b"QUIT"):
                    connection.close()
                    return
                if close_after and line.startswith(close_after):
                    connection.shutdown(socket.SHUT_RDWR)
                    return
                answer = (answers or {}).get(line[:4].upper())
                if answer:
                    connection.sendall(answer)
        except OSError:
            pass

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


USUAL = {b"EHLO": b"250 x\r\n", b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"DATA": b"354 go\r\n"}


def test_a_cut_connection_and_strange_answers_keep_the_letter(place, database):
    with standing(place, database) as s:
        _, address = member(s)
        for greeting, answers, cut in [
                (b"220 x\r\n", USUAL, b"EHLO"), (b"220 x\r\n", USUAL, b"RCPT"), (b"220 x\r\n", USUAL, b"."), (b"554 no\r\n", USUAL, None),
                (b"\x00\xff rubbish\r\n", USUAL, None), (b"220 x\r\n", dict(USUAL, MAIL=b""), b"MAIL"),
                (b"220 x\r\n", {**USUAL, b"MAIL": b"550 we do not know you\r\n"}, None)]:
            clear(database)
            heard = []
            with talker(greeting, heard, answers, cut) as port, engine(place, database, smtp=f"smtp://127.0.0.1:{port}?tls=none"):
                ask(s, address)
                wait_until(f"an attempt to fail ({greeting!r}, {cut!r})", lambda: jobs(database)[0][2], seconds=40)
            state, _, error = jobs(database)[0]
            assert state == "available" and "message" in error, (greeting, cut, error)
        clear(database)
        with engine(place, database, smtp=f"smtp://127.0.0.1:{free_port()}?tls=none"):
            ask(s, address)
            wait_until("an attempt to fail", lambda: jobs(database)[0][2])
        assert "cannot be reached" in jobs(database)[0][2]["message"]


def test_a_silent_server_holds_no_engine(place, database):
    """A server that falls silent: the engine ends at once when told to, and the letter stays."""
    heard = []
    with standing(place, database) as s, talker(b"220 x\r\n", heard, {b"EHLO": b"250 x\r\n", b"MAIL": b"250 ok\r\n"}) as port:
        _, address = member(s)
        clear(database)
        with engine(place, database, smtp=f"smtp://127.0.0.1:{port}?tls=none") as process:
            ask(s, address)
            wait_until("the recipient to be named", lambda: any(line.startswith(b"RCPT") for line in heard))
            start = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(20)
            assert time.monotonic() - start < 6, f"the engine took {time.monotonic() - start:.1f} s to stop"
        state, attempt, _ = jobs(database)[0]
        assert (state, attempt) == ("available", 0), "given back, the attempt does not count"
        box = Box()
        with server(box) as port, engine(place, database, smtp=f"smtp://127.0.0.1:{port}?tls=none"):
            wait_until("the letter to come", lambda: box.letters)


def test_a_killed_engine_loses_no_letter(place, database):
    """kill -9 in the middle of a letter: another engine sends it when the lease is over."""
    heard, box = [], Box()
    with standing(place, database) as s, talker(b"220 x\r\n", heard, {b"EHLO": b"250 x\r\n", b"MAIL": b"250 ok\r\n"}) as silent:
        _, address = member(s)
        clear(database)
        with engine(place, database, smtp=f"smtp://127.0.0.1:{silent}?tls=none") as process:
            ask(s, address)
            wait_until("the recipient to be named", lambda: any(line.startswith(b"RCPT") for line in heard))
            process.kill()
            process.wait(10)
        assert jobs(database)[0][0] == "running"
        with server(box) as port, engine(place, database, smtp=f"smtp://127.0.0.1:{port}?tls=none"):
            wait_until("the letter to come", lambda: box.letters, seconds=40)
            wait_until("its job to end", lambda: ended(database))
        assert len(box.letters) == 1 and jobs(database)[0][:2] == ["completed", 2]


def test_letters_in_a_folder_are_listed(place, database):
    folder = place + "/letters"
    with standing(place, database) as s:
        _, address = member(s)
        clear(database)
        with engine(place, database, "--mail-folder", folder):
            ask(s, address)
            ask(s, "nobody@example.org")
            wait_until("the jobs to end", lambda: len(jobs(database)) == 2 and ended(database))

        def tool(*words):
            done = subprocess.run([BIN + "/tradecraft", "mail", *words, "--mail-folder", folder], check=True, capture_output=True, text=True)
            return done.stdout
        items = json.loads(tool("--json"))["items"]
        assert len(items) == 1 and items[0]["to"] == address, items
        assert set(items[0]) == {"id", "to", "subject", "date", "text", "links"}
        assert items[0]["links"][0].startswith(f"http://localhost:{s.port}/link/reset?token=")
        assert json.loads(tool("list", "--to", "nobody@example.org", "--json"))["items"] == []
        assert items[0]["links"][0] in tool() and items[0]["subject"] in tool("show", items[0]["id"])
        assert [os.stat(f"{folder}/{name}").st_mode & 0o777 for name in os.listdir(folder)] == [0o600]


def test_an_engine_wants_to_know_where_mail_goes(place, database):
    environment = dict(os.environ, TRADECRAFT_DATABASE_URL=with_part(database.owner, user="tradecraft_engine"))
    for name in ("TRADECRAFT_SMTP_URL", "TRADECRAFT_MAIL_FROM"):
        environment.pop(name, None)

    def start(*words, **more):
        return subprocess.run([BIN + "/tradecraft", "engine", *words], capture_output=True, text=True, timeout=30, env=dict(environment, **more))
    for words, more, reason in [
            ([], {}, "Say where mail goes"), (["--keys", database.keys], {}, "Say where mail goes"),
            (["--mail-folder", place + "/m"], {}, "--keys"),
            (["--keys", database.keys], {"TRADECRAFT_SMTP_URL": "smtp://mail.example"}, "Name the sender"),
            (["--keys", database.keys, "--mail-from", "nobody"], {"TRADECRAFT_SMTP_URL": "smtp://mail.example"}, "The sender is an address"),
            (["--keys", database.keys, "--mail-from", "a@b.example"], {"TRADECRAFT_SMTP_URL": "smtp://u:secret@mail.example?tls=none"}, "on this machine"),
            (["--keys", place, "--mail-folder", place + "/m"], {}, "mail.key"),
            (["--keys", database.keys, "--mail-folder", place + "/absent/m"], {}, "cannot be made"),
            (["--no-mail", "--mail-folder", place], {}, "--no-mail")]:
        done = start(*words, **more)
        assert done.returncode != 0 and reason in done.stderr, (words, done.returncode, done.stderr)
        assert "secret" not in done.stderr


def test_the_wrong_key_says_so(place, database):
    other = place + "/keys"
    subprocess.run([BIN + "/tradecraft", "keys", "create", "--folder", other], check=True, stdout=subprocess.DEVNULL)
    with standing(place, database) as s:
        _, address = member(s)
        clear(database)
        ask(s, address)
        with engine(place, database, "--keys", other, "--mail-folder", place + "/letters"):
            wait_until("its job to end", lambda: ended(database))
        state, attempt, error = jobs(database)[0]
        assert (state, attempt) == ("failed", 1) and "another key" in error["reason"]["reason"]
