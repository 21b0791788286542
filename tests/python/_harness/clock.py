"""A clock that is wrong: a library that a process loads first says another time."""

import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

SOURCE = r"""
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int status = (int)syscall(SYS_clock_gettime, clock, now);
    const char *shift = getenv("CLOCK_SHIFT");
    if (status == 0 && clock == CLOCK_REALTIME && shift) now->tv_sec += atoll(shift);
    return status;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
"""


def shifted(folder: Path, ahead: timedelta) -> dict[str, str]:
    """The environment of a process whose clock is ahead, or behind. The library is built in the folder."""
    library = folder / "clock.so"
    if not library.exists():
        compiler = shutil.which("cc")
        if sys.platform != "linux" or compiler is None:
            pytest.skip("a clock that is wrong needs Linux and a C compiler")
        command = [compiler, "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", str(library)]
        subprocess.run(command, input=SOURCE.encode(), check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(int(ahead.total_seconds()))}
