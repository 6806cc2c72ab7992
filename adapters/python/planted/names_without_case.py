"""Planted: names are compared without regard to case.

"A" and "a" are one lock. N1 names catches it, and S3: a lock is refused that nobody holds.
"""
from honest import Lock, serve


class Planted(Lock):
    def name_of(self, request):
        return super().name_of(request).lower()


serve(Planted)
