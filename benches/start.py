"""Start a program and say what it took: `start.py DESCRIPTOR COMMAND...` writes seconds and KiB there."""

import os
import sys
import time

begin = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
seconds = time.perf_counter() - begin
os.write(int(sys.argv[1]), f"{seconds} {usage.ru_maxrss}".encode())
sys.exit(os.waitstatus_to_exitcode(status) != 0)
