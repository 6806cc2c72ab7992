#!/usr/bin/env node
// npm's `proper-lockfile`, in each client's process. It tells the time by the machine's clock, and so wants --virtual-time
// or --wall-clock. Packages: lines.js. What is claimed and where that is said: docs/validated/proper-lockfile.md.
//
// A lockfile that was not updated for `stale` ms is taken over, and its holder updates it every `stale`/2: at any time he may
// count on `stale`/2 more; while his process lives, it never ends by itself. So `stale`, which has to be the same for all,
// is at least twice any ttl; argument: STALE. The kernel dates what is created by the real clock, which virtual time does
// not reach; so the library is given (its option `fs`) a file system that dates by the clock that this process sees.
'use strict';

const fs = require('fs');
const path = require('path');
const { Failed, load, serve, version } = require('./lines.js');

const lockfile = load('proper-lockfile');
const stale = Number(process.argv[2] || 16000);
const dated = {
  ...fs,
  mkdir: (where, done) =>
    fs.mkdir(where, (error) => (error ? done(error) : fs.utimes(where, Date.now() / 1000, Date.now() / 1000, done))),
};
const held = new Map(); // file and holder: {lost, release}
let directory = null;

const file_of = (lock) => path.join(directory, lock);
const holding = (lock, holder) => {
  const mine = held.get(`${lock}/${holder}`);
  return mine !== undefined && !mine.lost ? mine : null;
};

async function acquire(lock, { holder, ttl_ns }) {
  if (ttl_ns > (stale / 2) * 1e6) throw new Failed('invalid', true, `a ttl of more than half of ${stale} ms`);
  if (holding(lock, holder)) return { granted: true };
  const mine = { lost: false };
  const onCompromised = () => {
    mine.lost = true;
  };
  try {
    mine.release = await lockfile.lock(file_of(lock), { stale, realpath: false, onCompromised, fs: dated });
  } catch (error) {
    if (error.code === 'ELOCKED') return { granted: false };
    throw error;
  }
  held.set(`${lock}/${holder}`, mine);
  fs.writeFileSync(`${file_of(lock)}.holder`, holder);
  return { granted: true };
}

async function renew(lock, { holder }) {
  return { renewed: holding(lock, holder) !== null };
}

async function release(lock, { holder }) {
  const mine = holding(lock, holder);
  held.delete(`${lock}/${holder}`);
  if (mine === null) return { released: false };
  try {
    await mine.release();
    return { released: true };
  } catch (error) {
    if (error.code === 'ERELEASED' || error.code === 'ENOTACQUIRED') return { released: false };
    throw error;
  }
}

async function inspect(lock) {
  if (!(await lockfile.check(file_of(lock), { stale, realpath: false, fs: dated }))) return { holder: null };
  return { holder: fs.readFileSync(`${file_of(lock)}.holder`, 'utf8') };
}

async function hello(request) {
  directory = request.directory;
  const about = `proper-lockfile ${version('proper-lockfile')}, stale after ${stale} ms`;
  return { protocol: 1, name: 'proper-lockfile', about, runs: 'clients', claims: { no_expiry: true } };
}

serve({ hello, acquire, renew, release, inspect });
