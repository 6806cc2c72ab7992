#!/usr/bin/env node
// npm's `redlock` on three redis-servers, which the adapter starts and which die with it (Debian: redis-server). They tell
// the time by the machine's clock, and so want --virtual-time or --wall-clock. Between redlock and its servers nothing
// goes wrong here: what is tried is the library, not the algorithm, for which there is `--backend redlock`. Packages:
// lines.js. What is claimed and where that is said: docs/validated/redlock.md.
'use strict';

const { spawn } = require('child_process');
const { createInterface } = require('readline');
const { Failed, load, serve, version } = require('./lines.js');

const Redis = load('ioredis');
const Redlock = load('redlock');
const held = new Map(); // lock: {holder, lock}, what redlock gave last
let clients = [];
let redlock = null;

async function start(number) {
  const socket = `redis-${process.pid}-${number}.sock`;
  const settings = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no'];
  const server = spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', ...settings], { stdio: ['ignore', 'pipe', 'ignore'] });
  server.on('exit', () => {
    console.error('a redis-server ended');
    process.exit(1);
  });
  // It says when it is ready; nobody sleeps until then, so no time passes.
  await new Promise((ready) => {
    createInterface({ input: server.stdout }).on('line', (line) => line.includes('ready to accept connections at') && ready());
  });
  return new Redis({ path: socket, maxRetriesPerRequest: null });
}

// A LockError says that there was no quorum for it.
async function whether(promise) {
  try {
    await promise;
    return true;
  } catch (error) {
    if (error instanceof Redlock.LockError) return false;
    throw new Failed('unreachable', false, String(error));
  }
}

const of = (name, holder) => (held.has(name) && held.get(name).holder === holder ? held.get(name).lock : null);

// redlock takes 1 % and 2 ms off, and gives nothing of which nothing is left.
function milliseconds(ttl_ns) {
  if (ttl_ns <= 2e6) throw new Failed('invalid', true, 'a ttl of 2 ms at most');
  return Math.ceil(ttl_ns / 1e6);
}

async function acquire(name, { holder, ttl_ns }) {
  const mine = of(name, holder);
  if (mine !== null && (await whether(mine.extend(milliseconds(ttl_ns))))) return { granted: true };
  const granted = await whether(
    redlock.lock(name, milliseconds(ttl_ns)).then((lock) => held.set(name, { holder, lock })),
  );
  return { granted };
}

async function renew(name, { holder, ttl_ns }) {
  const mine = of(name, holder);
  return { renewed: mine !== null && (await whether(mine.extend(milliseconds(ttl_ns)))) };
}

async function release(name, { holder }) {
  const mine = of(name, holder);
  if (mine === null) return { released: false };
  held.delete(name);
  return { released: await whether(mine.unlock()) };
}

// redlock has no such question: the servers are asked what most of them keep.
async function inspect(name) {
  const last = held.get(name);
  const kept = last === undefined ? [] : await Promise.all(clients.map((client) => client.get(name)));
  const votes = kept.filter((value) => value === last.lock.value).length;
  return { holder: votes > clients.length / 2 ? last.holder : null };
}

async function hello(request) {
  process.chdir(request.directory); // the path of a socket must be short
  clients = await Promise.all([1, 2, 3].map(start));
  redlock = new Redlock(clients, { retryCount: 0 });
  redlock.on('clientError', (error) => console.error(error));
  const about = `redlock ${version('redlock')} on three redis-servers`;
  return { protocol: 1, name: 'redlock-js', about, claims: {} };
}

serve({ hello, acquire, renew, release, inspect });
