"""Runs a program and prints what it cost: seconds, seconds of CPU, and MiB at most.

The standard library of Rust does not tell what a child has used.
"""

import resource
import subprocess
import sys
import time

started = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
wall = time.monotonic() - started
used = resource.getrusage(resource.RUSAGE_CHILDREN)
# Linux counts in KiB, macOS in bytes.
unit = 1 if sys.platform == "darwin" else 1024
print(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit / 2**20)
sys.exit(code)
