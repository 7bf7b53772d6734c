"""A real nginx with real serve processes, or with a FastCGI peer that misbehaves on purpose."""
import http.client
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from urllib.parse import urlencode

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("TRADECRAFT_BIN") or os.path.join(ROOT, ".build/debug")
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
SERVER = os.environ.get("TRADECRAFT_TEST_DATABASE")
MIGRATIONS = os.environ.get("TRADECRAFT_TEST_MIGRATIONS") or os.path.join(ROOT, "migrations")
WEB_ROOT = os.environ.get("TRADECRAFT_WEB_ROOT") or os.path.join(ROOT, "web")


def wait_until(what, condition, seconds=15):
    """Asks until it is true; how long it took."""
    start = time.monotonic()
    while True:
        if condition():
            return time.monotonic() - start
        if time.monotonic() - start > seconds:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.01)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def postgres_tool(name):
    home = os.environ.get("TRADECRAFT_POSTGRES_HOME")
    for path in ([home + "/bin/" + name] if home else []) + [shutil.which(name) or ""]:
        if path and os.path.exists(path):
            return path
    raise AssertionError(f"no {name}: set TRADECRAFT_POSTGRES_HOME")


def with_part(conninfo, **parts):
    """The connection string with keywords replaced."""
    words = dict(w.split("=", 1) for w in conninfo.split())
    words.update(parts)
    return " ".join(f"{k}={v}" for k, v in words.items())


class Database:
    """A migrated database of its own."""

    def __init__(self, server=None):
        self.server = server or SERVER
        assert self.server, "TRADECRAFT_TEST_DATABASE is not set"
        self.name = f"tradecraft_http_{os.getpid()}"
        self.tool("DROP DATABASE IF EXISTS %s WITH (FORCE)" % self.name)
        self.tool("CREATE DATABASE %s TEMPLATE template1" % self.name)
        self.owner = with_part(self.server, dbname=self.name)
        self.web = with_part(self.owner, user="tradecraft_web")
        subprocess.run([BIN + "/tradecraft", "migrate", "--database", self.owner, "--migrations", MIGRATIONS],
                       check=True, stdout=subprocess.DEVNULL)
        self.keys = tempfile.mkdtemp(prefix="tradecraft-keys-")
        subprocess.run([BIN + "/tradecraft", "keys", "create", "--folder", self.keys], check=True, stdout=subprocess.DEVNULL)

    def environment(self, port=8080, database=None):
        """What a serve process on this database needs."""
        return dict(os.environ, TRADECRAFT_DATABASE_URL=database or self.web, TRADECRAFT_KEYS=self.keys,
                    TRADECRAFT_ORIGIN=f"http://localhost:{port}")

    def tool(self, sql, target=None):
        done = subprocess.run([postgres_tool("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", target or self.server, "-c", sql],
                              check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def run(self, sql):
        return self.tool(sql, self.owner)

    def drop(self):
        shutil.rmtree(self.keys, ignore_errors=True)
        self.tool("DROP DATABASE IF EXISTS %s WITH (FORCE)" % self.name)


class Answer:
    def __init__(self, response, body):
        self.status, self.body = response.status, body
        self.headers = response.headers
        self.text = body.decode("utf-8", "replace")

    def header(self, name):
        return self.headers.get(name)


class Stand:
    """nginx on a free port before `processes` serve processes (or other sockets)."""

    def __init__(self, place, database=None, processes=1, threads=4, web_sockets=None, stream_sockets=None, env=None,
                 serve_options=()):
        self.place = place
        # Addresses of unix sockets end at 107 bytes.
        self.run_folder = tempfile.mkdtemp(prefix="tch-")
        self.database = database
        self.threads = threads
        self.serve_options = list(serve_options)
        self.port = free_port()
        self.serving = {}
        self.log = open(os.path.join(place, "serve.log"), "ab")
        os.makedirs(place + "/nginx", exist_ok=True)
        self.web_sockets = web_sockets or [f"{self.run_folder}/web-{n}.sock" for n in range(1, processes + 1)]
        self.stream_sockets = stream_sockets or [f"{self.run_folder}/streams.sock"]
        if not web_sockets:
            for path in self.web_sockets:
                self.serve(path)
        if not stream_sockets and database:
            self.serve(self.stream_sockets[0], streams=True)
        config = place + "/nginx/nginx.conf"
        command = [ROOT + "/ops/lib/render-nginx", "--listen", f"127.0.0.1:{self.port}", "--state", place, "--root", WEB_ROOT,
                   "--internal", f"unix:{self.run_folder}/internal.sock"]
        for path in self.web_sockets:
            command += ["--web-socket", path]
        for path in self.stream_sockets:
            command += ["--stream-socket", path]
        if os.getuid() == 0:
            command += ["--user", "root"]
        with open(config, "w") as out:
            subprocess.run(command, check=True, stdout=out, env=dict(os.environ, **(env or {})))
        self.nginx_log = open(place + "/nginx-error.log", "ab")
        self.nginx = subprocess.Popen([NGINX, "-e", "stderr", "-p", place + "/nginx", "-c", config, "-g", "daemon off;"],
                                      stdout=self.nginx_log, stderr=self.nginx_log)
        wait_until("nginx listens", self.listens)

    def listens(self):
        assert self.nginx.poll() is None, open(self.place + "/nginx-error.log").read()
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def serve(self, path, streams=False, threads=None):
        command = [BIN + "/tradecraft", "serve", "--socket", path, "--threads", str(threads or self.threads), "--web", WEB_ROOT]
        command += self.serve_options
        process = subprocess.Popen(command + (["--streams"] if streams else []), stdout=self.log, stderr=self.log,
                                   env=self.database.environment(self.port))
        self.serving[path] = process

        def ready():
            assert process.poll() is None, "serve ended: " + open(self.place + "/serve.log").read()[-2000:]
            with socket.socket(socket.AF_UNIX) as s:
                return s.connect_ex(path) == 0
        wait_until("serve listens", ready)
        return process

    def connect(self, timeout=20):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, path, method="GET", body=None, headers=None, timeout=20):
        connection = self.connect(timeout)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def raw(self, data, timeout=15):
        """Sends bytes as they are; everything that comes back."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as s:
            s.sendall(data)
            s.settimeout(timeout)
            out = b""
            try:
                while True:
                    chunk = s.recv(65536)
                    if not chunk:
                        return out
                    out += chunk
            except (TimeoutError, ConnectionResetError):
                return out

    def serve_log(self):
        self.log.flush()
        return open(self.place + "/serve.log").read()

    def close(self):
        if self.nginx.poll() is None:
            self.nginx.send_signal(signal.SIGQUIT)
            try:
                self.nginx.wait(10)
            except subprocess.TimeoutExpired:
                self.nginx.kill()
                self.nginx.wait()
        for process in self.serving.values():
            if process.poll() is None:
                process.terminate()
        for process in self.serving.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.log.close()
        self.nginx_log.close()
        shutil.rmtree(self.run_folder, ignore_errors=True)


class Peer:
    """A FastCGI application in a few lines, for answers that ours never gives. `answer(parameters, send)` writes bytes."""

    def __init__(self, path, answer):
        self.answer = answer
        self.seen = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        stream = connection.makefile("rb")
        parameters, body, raw = [], b"", b""
        while True:
            head = stream.read(8)
            if len(head) < 8:
                return
            _, kind, _, length, padding, _ = struct.unpack("!BBHHBB", head)
            content = stream.read(length)
            stream.read(padding)
            if kind == 4 and length:
                raw += content
            elif kind == 4:
                parameters = decode(raw)
            elif kind == 5 and length:
                body += content
            elif kind == 5:
                break
        self.seen.append((parameters, body))

        def send(data):
            for start in range(0, len(data), 60000):
                piece = data[start:start + 60000]
                connection.sendall(struct.pack("!BBHHBB", 1, 6, 1, len(piece), 0, 0) + piece)
        try:
            self.answer(dict(reversed(parameters)), send)
            connection.sendall(struct.pack("!BBHHBB", 1, 6, 1, 0, 0, 0) + struct.pack("!BBHHBB", 1, 3, 1, 8, 0, 0) + bytes(8))
        except OSError:
            pass
        connection.close()

    def close(self):
        self.listener.close()


def decode(raw):
    """FastCGI name-value pairs, in order."""
    pairs, at = [], 0

    def length(at):
        if raw[at] < 128:
            return raw[at], at + 1
        return struct.unpack("!I", raw[at:at + 4])[0] & 0x7FFFFFFF, at + 4
    while at < len(raw):
        names, at = length(at)
        values, at = length(at)
        pairs.append((raw[at:at + names].decode(), raw[at + names:at + names + values].decode("latin-1")))
        at += names + values
    return pairs


def record(kind, content, request=1):
    return struct.pack("!BBHHBB", 1, kind, request, len(content), 0, 0) + content


def begin(role=1, flags=0):
    return record(1, struct.pack("!HB5x", role, flags))


class Browser:
    """Keeps cookies and sends forms as a browser does."""

    def __init__(self, stand):
        self.stand, self.cookies = stand, {}

    def request(self, path, method="GET", fields=None, headers=None, token=True):
        headers = dict(headers or {})
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
            headers.setdefault("Origin", f"http://127.0.0.1:{self.stand.port}")
        answer = self.stand.get(path, method, body, headers)
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, value = line.split(";")[0].split("=", 1)
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, path, **more):
        return self.request(path, **more)

    def send(self, path, form_at=None, **fields):
        page = self.request(form_at or path)
        token = re.search(r'name="form_token" value="([^"]+)"', page.text)
        assert token, f"no form token at {form_at or path}: {page.status}"
        return self.request(path, "POST", dict(fields, form_token=token.group(1)))
