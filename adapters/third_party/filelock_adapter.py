#!/usr/bin/python3
"""Python's `filelock` (Debian: python3-filelock): FileLock, or with the argument "soft" SoftFileLock.

Each attempt has an object of its own, which is asked without waiting; filelock itself opens the file anew for each try when
it waits, so that trying again is what it does. What is claimed and where that is said: docs/validated/filelock.md.
"""
import sys

import filelock

from file_locks import serve

SOFT = sys.argv[1:] == ["soft"]
KIND = filelock.SoftFileLock if SOFT else filelock.FileLock


def take(file, holder, now):
    lock = KIND(file)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout:
        return None
    return lock


def give(lock):
    lock.release()


serve("filelock-soft" if SOFT else "filelock", f"filelock.{KIND.__name__} {filelock.__version__}",
      {"no_expiry": True, "wall_clock_immune": True}, take, give)
