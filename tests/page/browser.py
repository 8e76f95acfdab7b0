"""Chromium without a window, spoken to over a pipe in its DevTools protocol,
https://chromedevtools.github.io/devtools-protocol/. It opens no port."""

import base64
import fcntl
import json
import os
import select
import subprocess
import tempfile

# Longer than a page of 25,000 findings takes on a busy machine; no check measures time.
PATIENCE = 300


class Browser:
    """One Chromium with a profile of its own, ended by its own process id."""

    def __init__(self, program):
        self.profile = tempfile.TemporaryDirectory(prefix="trailcheck-page-")
        # Chromium reads commands from descriptor 3 and answers on 4; neither of ours may
        # have one of these numbers before they are put there.
        read_command, write_command = (high(fd) for fd in os.pipe())
        read_answer, write_answer = (high(fd) for fd in os.pipe())

        def wire():
            os.dup2(read_command, 3)
            os.dup2(write_answer, 4)

        flags = [
            "--headless", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", f"--user-data-dir={self.profile.name}",
        ]
        if os.geteuid() == 0:
            # Chromium refuses to run as root with its sandbox, and CI's containers are root.
            flags.append("--no-sandbox")
        self.process = subprocess.Popen(
            [program, *flags], preexec_fn=wire, pass_fds=(3, 4),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(read_command)
        os.close(write_answer)
        self.commands, self.answers = write_command, read_answer
        self.buffer, self.sent = b"", 0
        self.events = []

    def close(self):
        try:
            self.call("Browser.close")
            self.process.wait(timeout=30)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.commands)
        os.close(self.answers)
        self.profile.cleanup()

    def call(self, method, session=None, **params):
        """The result of one command; what happens meanwhile is kept in `events`."""
        self.sent += 1
        message = {"id": self.sent, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        write_all(self.commands, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.receive()
            if answer.get("id") == self.sent:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.events.append(answer)

    def receive(self):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answers], [], [], PATIENCE)
            chunk = os.read(self.answers, 1 << 20) if ready else b""
            if not chunk:
                raise RuntimeError("Chromium says nothing more")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def wait_for(self, method, session):
        """The parameters of the next event of that name."""
        while True:
            for index, event in enumerate(self.events):
                if event.get("method") == method and event.get("sessionId") == session:
                    return self.events.pop(index)["params"]
            self.events.append(self.receive())


class Page:
    """A page, and everything that it complained about."""

    def __init__(self, browser, path, script=True, width=1280, height=900, dark=False):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.target = target
        self.session = browser.call(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Audits"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.media(dark=dark)
        self.call("Page.navigate", url=f"file://{path}")
        browser.wait_for("Page.loadEventFired", self.session)

    def call(self, method, **params):
        return self.browser.call(method, self.session, **params)

    def media(self, kind="", dark=False):
        scheme = "dark" if dark else "light"
        self.call("Emulation.setEmulatedMedia", media=kind,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression):
        """What the expression comes to. It runs beside the page's own scripts, also where
        those are switched off and whatever the page's policy is."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True, userGesture=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def key(self, name, code, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name,
                      windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def complaints(self):
        """Console messages, exceptions, policy violations, dialogs and requests."""
        self.evaluate("new Promise((done) => setTimeout(done))")
        found = []
        for event in self.browser.events:
            if event.get("sessionId") != self.session:
                continue
            method, params = event["method"], event["params"]
            if method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                          "Log.entryAdded", "Audits.issueAdded",
                          "Page.javascriptDialogOpening"):
                found.append((method, params))
            if method == "Network.requestWillBeSent":
                address = params["request"]["url"]
                if params.get("type") != "Document" or not address.startswith("file://"):
                    found.append((method, address))
        return found

    def screenshot(self, path, whole=False):
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF")["data"])

    def close(self):
        self.browser.call("Target.closeTarget", targetId=self.target)
        self.browser.events.clear()


def high(descriptor):
    """The same descriptor under a number from 10 on."""
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return moved


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]
