"""What everybody gets: headers, assets, methods, limits, errors, caching."""
import contextlib
import gzip
import json
import re
import socket

from stand import Stand, wait_until

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " \
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


@contextlib.contextmanager
def standing(place, database, **more):
    stand = Stand(place, database, **more)
    try:
        yield stand
    finally:
        stand.close()


def test_health_and_readiness(place, database):
    with standing(place, database) as s:
        assert s.get("/healthz").text == "ok\n"
        assert (s.get("/readyz").status, s.get("/readyz").text) == (200, "ready\n")


def test_security_headers_on_every_answer(place, database):
    with standing(place, database) as s:
        asset = re.search(r'href="(/assets/[^"]+app\.css)"', s.get("/login").text).group(1)
        for path in ["/login", "/nothing-here", "/healthz", asset, "/api/v1/nothing"]:
            answer = s.get(path)
            assert answer.header("Content-Security-Policy") == POLICY, (path, answer.header("Content-Security-Policy"))
            assert answer.header("X-Content-Type-Options") == "nosniff", path
            assert answer.header("Referrer-Policy") == "same-origin", path
            assert answer.header("Permissions-Policy"), path
            assert answer.header("Cross-Origin-Opener-Policy") == "same-origin", path
            assert answer.header("Strict-Transport-Security") is None, path
            assert "/" not in (answer.header("Server") or ""), path
        secure = s.get("/login", headers={"X-Forwarded-Proto": "https"})
        assert secure.header("Strict-Transport-Security")
        assert "__Host-tc_visit=" in secure.header("Set-Cookie") and "Secure" in secure.header("Set-Cookie")


def test_assets_are_kept_for_ever(place, database):
    with standing(place, database) as s:
        page = s.get("/login").text
        for address in re.findall(r'(?:href|src)="(/assets/[^"]+)"', page):
            answer = s.get(address)
            assert answer.status == 200, address
            assert answer.header("Cache-Control") == "public, max-age=31536000, immutable", address
        assert s.get("/assets/000000000000/../nginx.conf").status in (400, 404)
        assert s.get("/assets/000000000000/css/..%2f..%2fnginx.conf").status in (400, 404)
        assert s.get("/assets/000000000000/errors/502.html").status == 404


def test_text_is_compressed(place, database):
    with standing(place, database) as s:
        for path in ["/login", re.search(r'href="(/assets/[^"]+app\.css)"', s.get("/login").text).group(1)]:
            plain = s.get(path)
            packed = s.get(path, headers={"Accept-Encoding": "gzip"})
            if len(plain.body) < 512:
                continue
            assert packed.header("Content-Encoding") == "gzip", path
            assert len(gzip.decompress(packed.body)) == len(plain.body) or path == "/login"


def test_head_is_get_without_body(place, database):
    with standing(place, database) as s:
        head, get = s.get("/healthz", "HEAD"), s.get("/healthz")
        assert (head.status, head.body) == (200, b"")
        assert head.header("Content-Length") == get.header("Content-Length") == "3"
        assert head.header("Content-Type") == get.header("Content-Type")


def test_errors_speak_the_readers_language(place, database):
    with standing(place, database) as s:
        page = s.get("/nothing-here", headers={"Accept": "text/html"})
        assert page.status == 404 and page.header("Content-Type").startswith("text/html")
        assert re.search(r"[0-9a-f]{32}", page.text), "the page names the request id"
        problem = s.get("/api/v1/nothing")
        assert problem.status == 404 and problem.header("Content-Type") == "application/problem+json"
        document = json.loads(problem.text)
        assert document["status"] == 404 and document["request_id"] == problem.header("X-Request-Id"), document
        refused = s.get("/signup", "DELETE")
        assert refused.status == 405 and refused.header("Allow") == "GET, HEAD, POST"
        assert s.get("/login", "BREW").status in (405, 501)
        assert s.get("/login/").status == 308


def test_what_is_too_large_is_refused(place, database):
    with standing(place, database) as s:
        assert s.get("/login", "POST", b"a" * (1024 * 1024 + 1)).status == 413
        assert s.get("/" + "a" * 9000).status == 414
        assert s.get("/" + "a" * 2000).status == 414
        assert s.get("/login", headers={"X-Large": "a" * 9000}).status == 431
        many = {f"X-Large-{n}": "a" * 6000 for n in range(3)}
        assert s.get("/login", headers=many).status == 431
        assert s.get("/healthz").status == 200
        assert s.raw(b"GET / HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n").startswith((b"HTTP/1.1 400", b"HTTP/1.1 303", b"HTTP/1.1 404"))


def test_error_pages_need_no_application(place, database):
    with standing(place, database, web_sockets=["/nonexistent/web.sock"], stream_sockets=["/nonexistent/s.sock"]) as s:
        answer = s.get("/skills")
        assert answer.status == 502 and "restarting" in answer.text, answer.text
        assert answer.header("Content-Security-Policy") == POLICY
        assert answer.header("Cache-Control") == "no-store"
        assert s.get("/errors/error.css").status == 200


def test_metrics_only_inside(place, database):
    with standing(place, database) as s:
        s.get("/login")
        assert s.get("/metrics").status == 404
        assert s.get("/metrics", headers={"Request-Listener": "internal"}).status == 404
        with socket.socket(socket.AF_UNIX) as inside:
            inside.connect(s.run_folder + "/internal.sock")
            inside.sendall(b"GET /metrics/web-1 HTTP/1.0\r\nHost: x\r\n\r\n")
            text = b""
            while chunk := inside.recv(65536):
                text += chunk
        assert b'tradecraft_http_requests_total{process="web-1",route="/login",status="200"} 1' in text, text
        assert b'tradecraft_http_request_seconds_bucket{process="web-1",route="/login",le="+Inf"} 1' in text


def test_log_lines_name_the_request(place, database):
    with standing(place, database) as s:
        identifier = s.get("/login").header("X-Request-Id")
        wait_until("the line is there", lambda: identifier in s.serve_log())
        line = json.loads(next(l for l in s.serve_log().splitlines() if identifier in l))
        assert line["route"] == "/login" and line["status"] == 200 and line["duration_ms"] >= 0
        wait_until("nginx logs it too", lambda: identifier in open(place + "/nginx/access.log").read())
        for entry in open(place + "/nginx/access.log"):
            json.loads(entry)
