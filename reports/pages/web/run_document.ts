// The document of one run (reports/pages/violation_page.h), and the same as objects that refer to each other.
import { PageDocument } from "./documents";

// at, type, lane (-1: the world), words, lock (-1: none), attempt (0: none), token (0: none), owner's lane (-1: unknown), flags
export type EventRow = [number, number, number, number, number, number, number, number, number];
// sent, arrived (-1: never), arrived once more (-1: no), from, to (lanes), words, flags
export type MessageRow = [number, number, number, number, number, number, number];
// kind, attempt, client's lane (-1: unknown), lock, begin and end (events; their number: until the run was over)
// In a log they may begin and end between events, at instants that stand behind.
export type BarKind = "store" | "belief" | "critical" | "possible" | "certain";
export type LeaseRow = [BarKind, number, number, number, number, number, number?, number?];
export type Segment = string | { text: string; event?: number; fault?: number; lane?: number; message?: number; proof?: number };

export interface RunDocument extends PageDocument {
  outcome: "violation" | "kept" | "inconclusive";
  replay: string;
  backend: string;
  backend_about: string;
  planted: string;
  about: string;
  source: string;
  seed: string;
  hosts: number;
  healed: number;
  until: number; // when the run was over; all instants are nanoseconds from zero to here
  trace: string;
  story: Segment[][];
  evidence: number[]; // events
  lanes: { name: string; role: "client" | "server" | "resource" | "store"; host: number | null }[];
  locks: string[];
  faults: { kind: string; words: string; meaning: string; lanes: number[]; begin: number | null; end: number | null }[];
  leases: LeaseRow[];
  verdicts: { title: string; promise: string; outcome: string; exercised: number; sentence: string }[];
  steps: [number, number, string][]; // at, lane, what
  likelihood: Likelihood | null;
  events: EventRow[];
  messages: MessageRow[];
  texts: string[]; // words and types are indices into these
}

export interface Likelihood {
  answer: string;
  inevitable_from_ns: number | null;
  points: { at_ns: number; runs: number; violations: number; what: string }[];
}

const shown = 1, silent = 2, lost = 4, late = 8;

export interface RunEvent {
  kind: "event";
  index: number;
  at: number;
  type: string;
  lane: number;
  words: string;
  lock: number;
  attempt: number;
  token: number;
  owner: number;
  shown: boolean; // belongs to what the page tells
  silent: boolean; // another says it already
  proof: number; // its number among those that prove the violation, from 1; 0: it does not
}
export interface RunMessage {
  kind: "message";
  index: number;
  at: number;
  arrived: number; // -1: never
  again: number; // -1: not twice
  lane: number;
  to: number;
  words: string;
  shown: boolean;
  lost: boolean;
  late: boolean;
}
export interface RunBar {
  kind: "bar";
  what: BarKind;
  attempt: number;
  lane: number;
  lock: number;
  begin: number;
  end: number;
  from: number;
  until: number;
  exact: boolean; // it begins and ends at its instants, not at events
  token: number;
}
export interface RunFault {
  kind: "fault";
  index: number;
  what: string;
  words: string;
  meaning: string;
  lanes: number[];
  begin: number;
  end: number;
  from: number;
  until: number;
}
export type Thing = RunEvent | RunMessage | RunBar | RunFault;

export class Run {
  readonly events: RunEvent[];
  readonly messages: RunMessage[];
  readonly bars: RunBar[];
  readonly faults: RunFault[]; // those that struck
  readonly store: number; // its lane

  constructor(readonly document: RunDocument) {
    const texts = document.texts;
    const proofs = new Map(document.evidence.map((event, i) => [event, i + 1]));
    this.events = document.events.map(([at, type, lane, words, lock, attempt, token, owner, flags], index) => ({
      kind: "event", index, at, type: texts[type], lane, words: texts[words], lock, attempt, token, owner,
      shown: (flags & shown) !== 0, silent: (flags & silent) !== 0, proof: proofs.get(index) ?? 0,
    }));
    this.messages = document.messages.map(([at, arrived, again, lane, to, words, flags], index) => ({
      kind: "message", index, at, arrived, again, lane, to, words: texts[words],
      shown: (flags & shown) !== 0, lost: (flags & lost) !== 0, late: (flags & late) !== 0,
    }));
    const at = (event: number) => (event < this.events.length ? this.events[event].at : document.until);
    const tokens = new Map<number, number>();
    for (const e of this.events) if (e.type === "granted") tokens.set(e.attempt, e.token);
    this.bars = document.leases.map(([what, attempt, lane, lock, begin, end, from, until]) => ({
      kind: "bar", what, attempt, lane, lock, begin, end, from: from ?? at(begin), until: until ?? at(end), exact: from !== undefined,
      token: this.events[begin]?.token || tokens.get(attempt) || 0,
    }));
    this.faults = [];
    document.faults.forEach((f, index) => {
      if (f.begin === null) return;
      const end = f.end ?? this.events.length;
      this.faults.push({
        kind: "fault", index, what: f.kind, words: f.words, meaning: f.meaning, lanes: f.lanes, begin: f.begin, end,
        from: at(f.begin), until: at(end),
      });
    });
    this.store = document.lanes.length - 1;
  }

  lane(index: number): string {
    return index < 0 ? "the world" : this.document.lanes[index].name;
  }
  lock(index: number): string {
    return index < 0 ? "" : this.document.locks[index];
  }
}

// "1.003650685 s": exact, and no longer than needed.
export function seconds(ns: number): string {
  return `${(ns / 1e9).toFixed(9).replace(/0+$/, "").replace(/\.$/, "")} s`;
}
// "993 ms": three digits.
export function span(ns: number): string {
  for (const [unit, size] of [["s", 1e9], ["ms", 1e6], ["us", 1e3]] as [string, number][]) {
    if (ns >= size) return `${Number((ns / size).toPrecision(3))} ${unit}`;
  }
  return `${ns} ns`;
}
