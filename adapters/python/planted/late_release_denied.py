"""Planted: a late release deletes the successor's lock, and answers that there was nothing to release.

As late_release.py, but the answer gives nothing away. Only what follows can be seen: two who hold it at a time, S2 and
S3 catch it.
"""
from honest import Lock, serve


class Planted(Lock):
    def __init__(self, directory):
        super().__init__(directory)
        self.granted = set()

    def acquire(self, name, holder, ttl, now):
        answer = super().acquire(name, holder, ttl, now)
        if answer["granted"]:
            self.granted.add((name, holder))
        return answer

    def release(self, name, holder, now):
        answer = super().release(name, holder, now)
        if (name, holder) in self.granted and not answer["released"]:
            self.change(name)
        return answer


serve(Planted)
