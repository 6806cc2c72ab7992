"""Planted: of a name only the first 64 bytes count, as in a column that is too narrow.

N1 names catches it, if two names begin with the same 64 bytes.
"""
from honest import Lock, serve


class Planted(Lock):
    def name_of(self, request):
        if "lock" in request:
            request = {**request, "lock": request["lock"].encode()[:64].decode(errors="replace")}
        return super().name_of(request)


serve(Planted)
