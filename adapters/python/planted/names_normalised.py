"""Planted: names are normalised (NFC) before they are compared, as some file systems and data bases do.

A letter with its accent and a letter followed by its accent are one lock. N1 names catches it.
"""
from unicodedata import normalize

from honest import Lock, serve


class Planted(Lock):
    def name_of(self, request):
        return super().name_of({**request, **{key: normalize("NFC", request[key]) for key in ("lock",) if key in request}})


serve(Planted)
