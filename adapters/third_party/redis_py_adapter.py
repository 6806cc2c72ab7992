#!/usr/bin/python3
"""redis-py's `Lock` (Debian: python3-redis, redis-server) on one redis-server, which the adapter starts, and which dies with it.

With the argument "durable" redis-server writes its log before it answers (appendfsync always). redis-server tells the time
by the machine's clock, and so wants --virtual-time or --wall-clock. The lock's object of a client is made anew for each
request, from its name and its token, since it would outlive the server. What is claimed and where that is said:
docs/validated/redis-py.md.
"""
import json
import os
import subprocess
import sys

import redis

DURABLE = sys.argv[1:] == ["durable"]


def start(directory):
    os.chdir(directory)  # the path of a socket must be short
    socket = f"redis-{os.getpid()}.sock"
    keeps = ["--appendonly", "yes", "--appendfsync", "always"] if DURABLE else ["--appendonly", "no"]
    server = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "redis-server", "--port", "0", "--unixsocket", socket, "--save", "",
                               *keeps], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    said = []
    for line in server.stdout:  # it says when it is ready; nobody sleeps until then, so no time passes
        said.append(line.decode())
        if "ready to accept connections at" in said[-1]:
            return redis.Redis(unix_socket_path=socket)
    sys.exit("redis-server did not start: " + "".join(said[-3:]))


def name_of(request):
    name = request["lock"].encode() if "lock" in request else bytes.fromhex(request["lock_hex"])
    return json.dumps([request.get("space", ""), "lock" in request]).encode() + name


def acquire(client, lock, request):
    if lock.acquire(blocking=False, token=request["holder"]):
        return {"granted": True}
    lock.local.token = request["holder"].encode()
    if not lock.owned():
        return {"granted": False}
    lock.reacquire()
    return {"granted": True}


def renew(client, lock, request):
    lock.local.token = request["holder"].encode()
    try:
        return {"renewed": lock.reacquire()}
    except redis.exceptions.LockNotOwnedError:
        return {"renewed": False}


def release(client, lock, request):
    lock.local.token = request["holder"].encode()
    try:
        lock.release()
        return {"released": True}
    except redis.exceptions.LockNotOwnedError:
        return {"released": False}


def inspect(client, lock, request):
    holder = client.get(lock.name)
    return {"holder": holder and holder.decode()}


client = None
for line in sys.stdin:
    request = json.loads(line)
    said = {"id": request["id"]}
    try:
        if request["op"] == "hello":
            client = start(request["directory"])
            said["ok"] = {"protocol": 1, "name": "redis-py-durable" if DURABLE else "redis-py",
                          "about": f"redis.lock.Lock {redis.__version__}", "claims": {"durable": DURABLE}}
        else:
            lock = client.lock(name_of(request), timeout=request.get("ttl_ns", 0) / 1e9)
            said["ok"] = globals()[request["op"]](client, lock, request)
    except redis.RedisError as error:
        said["error"] = {"kind": "unreachable", "definite": False, "detail": str(error)}
    print(json.dumps(said), flush=True)
