"""Planted: durable is claimed, and the file is written when the answer has been sent, with the next request.

A crash loses the last change. S2, S3 and S4 catch it: the lock is granted once more.
"""
from honest import Lock, serve


class Planted(Lock):
    def __init__(self, directory):
        super().__init__(directory)
        self.due = False

    def write(self):
        if self.due:
            super().write()
        self.due = True

    def living(self, name, now):
        if self.due:
            self.due = False
            Lock.write(self)
        return super().living(name, now)


serve(Planted)
