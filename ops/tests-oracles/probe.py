"""The program `identity-probe`: questions and answers as lines of JSON."""
import base64
import json
import os
import subprocess


def b64(data):
    """base64url without padding."""
    return base64.urlsafe_b64encode(bytes(data)).decode().rstrip("=")


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def check(condition, *what):
    """An assertion that says what it saw."""
    if not condition:
        raise AssertionError(" ".join(str(item) for item in what))


class Probe:
    """One process for the whole run; it is gone when the block ends."""

    def __enter__(self):
        path = os.path.join(os.environ.get("TRADECRAFT_BIN", ""), "identity-probe")
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
        return self

    def __exit__(self, *problem):
        self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def ask(self, question, **members):
        """The answer; `refusal` and `error` are answers too."""
        self.process.stdin.write(json.dumps({"do": question, **members}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        check(line, "identity-probe died of", question, members)
        return json.loads(line)

    def tell(self, question, **members):
        """The answer, which must be neither."""
        answer = self.ask(question, **members)
        if isinstance(answer, dict):
            check("error" not in answer and "refusal" not in answer, question, members, answer)
        return answer
