"""Planted: a release is not written to the file, only grants are.

After a crash a lock is held by somebody who gave it back. S3 linearizable should catch it: a free lock is refused; or L2.
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
