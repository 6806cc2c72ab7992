"""Planted: a name ends at its first zero byte, as a C string does.

N1 names catches it.
"""
from honest import Lock, serve


class Planted(Lock):
    def name_of(self, request):
        return super().name_of({**request, **{key: request[key].split("\0")[0] for key in ("lock",) if key in request}})


serve(Planted)
