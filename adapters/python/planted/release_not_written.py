"""Planted: a release is not written to the file, only grants are.

After a crash a lock is held by somebody who gave it back. The contract catches it (release-survives-restart); a
campaign does not count refusals soon after a crash.
"""
from honest import Lock, serve


class Planted(Lock):
    def release(self, name, holder, now):
        write, self.write = self.write, lambda: None
        try:
            return super().release(name, holder, now)
        finally:
            self.write = write


serve(Planted)
