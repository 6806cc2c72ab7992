#!/usr/bin/python3
"""Python's `portalocker` (Debian: python3-portalocker): Lock; "temporary": TemporaryFileLock; "temporary-waiting": the same, waiting.

Who waits does so in portalocker's own loop, in a thread of its own, with the time that the requests tell: its sleep() ends
with the next request of that attempt. Otherwise an attempt tries once for each request. What is claimed and where that is
said: docs/validated/portalocker.md.
"""
import queue
import sys
import threading

import portalocker
from portalocker import utils

from file_locks import serve

MODE = (sys.argv[1:] or ["lock"])[0]
KIND = {"lock": portalocker.Lock}.get(MODE, portalocker.TemporaryFileLock)


class TimeAsTold:
    """What portalocker's loop has instead of the module `time`."""

    def __init__(self):
        self.now = 0
        self.of_thread = threading.local()

    def perf_counter(self):
        return self.now / 1e9

    def sleep(self, seconds):
        self.of_thread.waiter.said.put(False)
        self.of_thread.waiter.asked.get()


class Waiter:
    def __init__(self, file):
        self.lock = KIND(file, timeout=1e9, fail_when_locked=False)
        self.asked, self.said = queue.Queue(), queue.Queue()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        told.of_thread.waiter = self
        self.asked.get()
        self.lock.acquire()
        self.said.put(True)

    def tries(self):
        self.asked.put(None)
        return self.said.get()


def take_waiting(file, holder, now):
    if holder is None:
        return take(file, holder, now)
    told.now = now
    if (file, holder) not in waiters:
        waiters[file, holder] = Waiter(file)
    if not waiters[file, holder].tries():
        return None
    return waiters.pop((file, holder)).lock


def take(file, holder, now):
    kind = KIND if holder else portalocker.Lock  # to look must not remove the file
    lock = kind(file, fail_when_locked=True)
    try:
        lock.acquire()
    except portalocker.AlreadyLocked:
        return None
    return lock


def give(lock):
    lock.release()


waiters = {}
if MODE == "temporary-waiting":
    told = utils.time = TimeAsTold()
serve("portalocker" if MODE == "lock" else "portalocker-" + MODE, f"portalocker.{KIND.__name__} {portalocker.__version__}",
      {"no_expiry": True, "wall_clock_immune": True}, take_waiting if MODE == "temporary-waiting" else take, give)
