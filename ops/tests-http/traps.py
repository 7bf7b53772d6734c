"""The traps of nginx and FastCGI, each kept closed."""
import socket
import tempfile
import threading
import time

from gateway import standing
from stand import Browser, Peer, Stand, wait_until


class Misbehaving:
    """nginx before a peer of ours, which says what a test wants."""

    def __init__(self, place, answer, streams=None):
        self.folder = tempfile.mkdtemp(prefix="tcp-")
        self.peer = Peer(self.folder + "/web.sock", answer)
        self.streams = Peer(self.folder + "/streams.sock", streams or answer)
        self.stand = Stand(place, web_sockets=[self.folder + "/web.sock"], stream_sockets=[self.folder + "/streams.sock"])

    def __enter__(self):
        return self.stand, self.peer

    def __exit__(self, *_):
        self.stand.close()
        self.peer.close()
        self.streams.close()


def plain(parameters, send, headers="", body=b"fine"):
    send(b"Status: 200\r\nContent-Type: text/plain\r\n" + headers.encode() + b"\r\n" + body)


def test_slow_uploads_hold_no_thread(place, database):
    with standing(place, database, threads=2) as s:
        slow = []
        for _ in range(8):
            c = socket.create_connection(("127.0.0.1", s.port))
            c.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + b"a" * 100)
            slow.append(c)
        start = time.monotonic()
        for _ in range(10):
            assert s.get("/login", timeout=3).status == 200
        assert time.monotonic() - start < 3
        for c in slow:
            c.close()


def test_slow_stream_readers_hold_no_request(place, database):
    """Streams that nobody reads fill their own pool; pages are answered as before."""
    def endless(parameters, send):
        send(b"Status: 200\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            send(b"data: " + b"x" * 50000 + b"\n\n")

    with Misbehaving(place, plain, endless) as (s, _):
        readers = []
        for _ in range(12):
            c = socket.create_connection(("127.0.0.1", s.port))
            c.sendall(b"GET /api/v1/runs/1/events HTTP/1.1\r\nHost: x\r\n\r\n")
            readers.append(c)
        for _ in range(10):
            assert s.get("/skills", timeout=3).text == "fine"
        for c in readers:
            c.close()


def test_events_are_not_buffered(place, database):
    gate = threading.Event()

    def two(parameters, send):
        send(b"Status: 200\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n")
        gate.wait(10)
        send(b"data: 2\n\n")

    with Misbehaving(place, plain, two) as (s, _):
        c = s.connect()
        c.request("GET", "/api/v1/runs/1/events")
        response = c.getresponse()
        assert response.read(9) == b"data: 1\n\n", "the first event arrives before the second is made"
        gate.set()
        assert response.read() == b"data: 2\n\n"


def test_request_pool_answers_no_stream(place, database):
    with standing(place, database) as s:
        assert s.get("/api/v1/nothing/events").status == 404
        assert s.get("/api/v1/nothing/%65vents").status == 404


def test_one_request_per_connection(place, database):
    """nginx asks for no kept connection: flags of BEGIN_REQUEST are 0, and the thread is free afterwards."""
    with standing(place, database, threads=1) as s:
        for _ in range(20):
            assert s.get("/healthz", timeout=3).status == 200
        held = [s.connect() for _ in range(30)]
        for c in held:
            c.request("GET", "/healthz")
            assert c.getresponse().read() == b"ok\n"
        assert s.get("/healthz", timeout=3).status == 200
        for c in held:
            c.close()


def test_proxy_header_is_dropped(place, database):
    with Misbehaving(place, plain) as (s, peer):
        s.get("/x", headers={"Proxy": "http://evil.example", "X-Other": "1"})
        names = [name for name, _ in peer.seen[-1][0]]
        assert "HTTP_X_OTHER" in names and "HTTP_PROXY" not in names, names


def test_only_our_parameters_are_passed(place, database):
    with Misbehaving(place, plain) as (s, peer):
        s.get("/x?y=1", headers={"Request-Uri": "/admin", "Request-Listener": "internal"})
        parameters = dict(peer.seen[-1][0])
        own = {n for n in parameters if not n.startswith("HTTP_")}
        assert own <= {"REQUEST_METHOD", "REQUEST_URI", "REQUEST_SCHEME", "REQUEST_HOST", "REQUEST_ID", "REMOTE_ADDR",
                       "REQUEST_LISTENER", "CONTENT_TYPE", "CONTENT_LENGTH"}, own
        assert parameters["REQUEST_LISTENER"] == "public" and parameters["REQUEST_URI"] == "/x?y=1"


def test_first_duplicate_header_counts(place, database):
    """Two Origin lines: the first is of another site, so the write is refused although the second is ours."""
    with standing(place, database) as s:
        b = Browser(s)
        page = b.get("/login").text
        token = page.split('name="form_token" value="')[1].split('"')[0]
        cookie = "; ".join(f"{k}={v}" for k, v in b.cookies.items())
        body = f"form_token={token}&email=a%40example.org&password=x"

        def send(origins):
            lines = "".join(f"Origin: {o}\r\n" for o in origins)
            return s.raw(
                f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{s.port}\r\nCookie: {cookie}\r\n{lines}Connection: close\r\n"
                f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        ours, other = f"http://127.0.0.1:{s.port}", "http://evil.example"
        assert send([ours]).startswith(b"HTTP/1.1 422")
        assert send([other, ours]).startswith(b"HTTP/1.1 403")
        assert send([ours, other]).startswith(b"HTTP/1.1 422")


def test_one_reading_of_the_path(place, database):
    with standing(place, database) as s:
        for target in ["/env%2f..%2fadmin", "/x/../login", "/x/%2e%2e/login", "//login", "/login%00", "/login\\..", "/%2flogin", "/./login"]:
            answer = s.raw(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert answer.startswith(b"HTTP/1.1 400"), (target, answer[:60])
        assert s.raw(b"GET /%6cogin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")
        # nginx reads /x/../metrics as /metrics; neither reading is served.
        assert b"tradecraft_http" not in s.raw(b"GET /x/../metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


def test_x_accel_headers_do_nothing(place, database):
    def steer(parameters, send):
        plain(parameters, send, "X-Accel-Redirect: /errors/502.html\r\nX-Accel-Expires: 600\r\nX-Accel-Limit-Rate: 1\r\n")

    with Misbehaving(place, steer) as (s, peer):
        for _ in range(2):
            answer = s.get("/x")
            assert answer.text == "fine"
            assert not [h for h in answer.headers if h.lower().startswith("x-accel")]
        assert len(peer.seen) == 2, "X-Accel-Expires must not cache"


def test_half_sent_headers_are_cut_off(place, database):
    with standing(place, database) as s:
        half = []
        for _ in range(190):
            c = socket.create_connection(("127.0.0.1", s.port))
            c.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow:")
            half.append(c)
        start = time.monotonic()
        assert s.get("/healthz", timeout=5).status == 200
        assert time.monotonic() - start < 2
        half[0].settimeout(15)
        try:
            half[0].recv(1000)
        except ConnectionResetError:
            pass
        assert 8 < time.monotonic() - start < 13, "cut off after client_header_timeout"
        for c in half:
            c.close()


def test_one_address_holds_only_so_many_connections(place, database):
    with standing(place, database, env={"TRADECRAFT_CONNECTIONS_PER_ADDRESS": "5"}) as s:
        held = []
        for _ in range(5):
            c = socket.create_connection(("127.0.0.1", s.port))
            c.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n")
            held.append(c)
        wait_until("the sixth is refused", lambda: s.get("/healthz").status == 429, 5)
        for c in held:
            c.close()
        wait_until("the address is free again", lambda: s.get("/healthz").status == 200, 5)


def test_only_public_pages_are_cached(place, database):
    count = [0]

    def numbered(parameters, send):
        count[0] += 1
        path = parameters["REQUEST_URI"]
        extra = {"/public": "Cache-Control: public, max-age=60\r\n", "/silent": "",
                 "/private": "Cache-Control: private, max-age=60\r\n", "/no-store": "Cache-Control: no-store\r\n",
                 "/cookie": "Cache-Control: public, max-age=60\r\nSet-Cookie: tc_session=secret\r\n"}[path]
        plain(parameters, send, extra, str(count[0]).encode())

    with Misbehaving(place, numbered) as (s, _):
        assert s.get("/public").text == s.get("/public").text, "public is cached"
        for path in ["/silent", "/private", "/no-store", "/cookie"]:
            assert s.get(path).text != s.get(path).text, path
        kept = s.get("/public").text
        personal = s.get("/public", headers={"Cookie": "tc_session=abc"}).text
        assert personal != kept, "a session cookie bypasses the cache"
        assert s.get("/public").text == kept, "and its answer is not kept"
        for cookie in ["other=1; tc_session=abc", "__Host-tc_session=abc", "tc_visit=x"]:
            assert s.get("/public", headers={"Cookie": cookie}).text != kept, cookie
        assert s.get("/public", headers={"Authorization": "Bearer tc_x"}).text != kept
        assert s.get("/public", headers={"Cookie": "unrelated=1"}).text == kept


def test_pages_with_forms_are_never_cached(place, database):
    with standing(place, database) as s:
        for path in ["/login", "/signup"]:
            first, second = s.get(path), s.get(path)
            assert first.header("Cache-Control") == "no-store"
            assert first.header("Set-Cookie") and first.header("Set-Cookie") != second.header("Set-Cookie")
