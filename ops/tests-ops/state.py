"""One state folder under test: its commands, its processes, its end."""
import contextlib
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(seconds, question, what):
    """Asks until the answer is true and returns it; fails after some seconds."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.02)


class State:
    def __init__(self, folder, port=None):
        self.folder = os.path.join(folder, "state")
        self.port = port or free_port()

    def command(self, name, *words, **options):
        options.setdefault("timeout", 240)
        environment = dict(os.environ, **options.pop("environment", {}))
        return subprocess.run([os.path.join(ROOT, "ops", name), "--state", self.folder, *words], env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              **options)

    def up(self, *words, expect=0, **options):
        result = self.command("up", "--port", str(self.port), "--empty", *words, **options)
        assert result.returncode == expect, f"ops/up ended with {result.returncode}:\n{result.stdout[-3000:]}"
        return result.stdout

    def down(self):
        result = self.command("down")
        assert result.returncode == 0, f"ops/down ended with {result.returncode}:\n{result.stdout}"
        left = self.processes()
        assert not left, f"ops/down left {left}"

    def get(self, path):
        """The status of an answer, 0 when there is none."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=3) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def pid(self, service):
        """The process of a service; 0 while it has none. Between two of them runit names its finish script's process in the
        same file: that one is not the service."""
        supervise = f"{self.folder}/services/{service}/supervise"
        try:
            with open(f"{supervise}/pid", encoding="ascii") as file:
                pid = int(file.read().strip() or 0)
            with open(f"{supervise}/stat", encoding="ascii") as file:
                if not file.read().startswith("run"):
                    return 0
            with open(f"{supervise}/pid", encoding="ascii") as file:
                if int(file.read().strip() or 0) != pid:
                    return 0
            os.kill(pid, 0)
            return pid
        except (OSError, ValueError):
            return 0

    def processes(self):
        """Every process that carries the state's mark or works in its folders, as {pid: command}. Does not use the
        scripts' own way of finding them alone: the command line and the open folder count too."""
        real = os.path.realpath(self.folder)
        identity = ""
        with contextlib.suppress(OSError), open(f"{real}/.identity", encoding="ascii") as file:
            identity = file.read().strip()
        found = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            if int(pid) == os.getpid():
                continue
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    line = file.read().replace(b"\0", b" ").decode(errors="replace")
                with open(f"/proc/{pid}/environ", "rb") as file:
                    marked = bool(identity) and f"TRADECRAFT_SUPERVISED={identity}".encode() in file.read()
                inside = f"{os.readlink(f'/proc/{pid}/cwd')}/".startswith(real + "/")
                if marked or inside or real + "/" in line:
                    found[int(pid)] = line
        return found

    @contextlib.contextmanager
    def running(self, *words):
        """Up before, down after, whatever happens between."""
        try:
            self.up(*words)
            yield self
        finally:
            self.down()
