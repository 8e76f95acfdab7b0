"""Runs a server until the test process is gone, however it went.

Standard input is a pipe whose other end only the test process holds: it closes when that
process returns, panics or is killed. The server gets a session of its own, so that the
processes it starts end with it, and a folder of its own for whatever it writes.
"""

import os
import signal
import subprocess
import sys
import tempfile
import threading

signal.signal(signal.SIGINT, signal.SIG_IGN)
folder = tempfile.TemporaryDirectory(dir=os.getcwd(), prefix="server-")
server = subprocess.Popen(
    sys.argv[1:],
    stdin=subprocess.DEVNULL,
    cwd=folder.name,
    env={**os.environ, "HOME": folder.name, "TMPDIR": folder.name},
    start_new_session=True,
)


def end_with_the_tests():
    while os.read(0, 4096):
        pass
    try:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(5)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


threading.Thread(target=end_with_the_tests, daemon=True).start()
code = server.wait()
folder.cleanup()
sys.exit(code)
