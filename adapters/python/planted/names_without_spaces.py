"""Planted: spaces at the end of a name do not count, as in SQL's CHAR.

N1 names catches it.
"""
from honest import Lock, serve


class Planted(Lock):
    def name_of(self, request):
        return super().name_of({**request, **{key: request[key].rstrip(" ") for key in ("lock",) if key in request}})


serve(Planted)
