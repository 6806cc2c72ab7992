// Which lanes there are, how high each is, and where on it things lie: room for words, the line, and bars beneath.
import { Run, RunBar } from "../run_document";

export interface Lane {
  index: number;
  name: string;
  host: string;
  role: string;
  top: number;
  line: number; // where its happenings stand
  bottom: number;
}
export interface Layout {
  lanes: Lane[];
  of: Map<number, Lane>;
  rows: Map<RunBar, { y: number; height: number }>; // of bars in the lanes of clients
  stored: Map<RunBar, { y: number; height: number }>; // and of what the store says once more, in its own lane
  faults: Map<number, number>; // the row of each fault, by index
  faultRows: number;
  top: number; // of the first lane
  bottom: number;
}

export const wordRow = 15, faultRow = 18, axisHeight = 26;
const barHeight = { store: 7, belief: 7, critical: 5, possible: 12, certain: 6 };
const barOffset = { store: 0, belief: 8, critical: 16, possible: 2, certain: 5 };
const slotHeight = 24, mostSlots = 4, storeRow = 17, mostStoreRows = 6;

// Intervals into as few rows as they fit without touching.
function pack<T>(things: T[], from: (t: T) => number, until: (t: T) => number, most: number): Map<T, number> {
  const ends: number[] = [];
  const rows = new Map<T, number>();
  for (const thing of [...things].sort((a, b) => from(a) - from(b))) {
    let row = ends.findIndex((end) => end <= from(thing));
    if (row < 0) row = Math.min(ends.length, most - 1);
    ends[row] = Math.max(ends[row] ?? 0, until(thing));
    rows.set(thing, row);
  }
  return rows;
}

function rowsUsed(rows: Map<unknown, number>): number {
  let used = 0;
  for (const row of rows.values()) used = Math.max(used, row + 1);
  return used;
}

// An attempt's three bars lie in one slot.
function slotsOf(bars: RunBar[]): Map<RunBar, number> {
  const attempts = new Map<number, RunBar[]>();
  for (const bar of bars) {
    const same = attempts.get(bar.attempt);
    if (same) same.push(bar);
    else attempts.set(bar.attempt, [bar]);
  }
  const slots = pack([...attempts.values()], (a) => Math.min(...a.map((b) => b.begin)), (a) => Math.max(...a.map((b) => b.end)), mostSlots);
  const result = new Map<RunBar, number>();
  for (const [attempt, slot] of slots) for (const bar of attempt) result.set(bar, slot);
  return result;
}

// The lanes that take part: all, or those of which something is shown.
function lanesOf(run: Run, all: boolean): Set<number> {
  const lanes = new Set<number>();
  for (const e of run.events) if (e.lane >= 0 && (all || ((e.shown || e.proof) && !e.silent))) lanes.add(e.lane);
  for (const m of run.messages) if (all || m.shown) lanes.add(m.lane).add(m.to);
  for (const f of run.faults) if (f.lanes.length === 1) lanes.add(f.lanes[0]); // whom alone it strikes
  if (run.bars.some((b) => b.what === "store")) lanes.add(run.store);
  if (all || lanes.size === 0) run.document.lanes.forEach((l, i) => l.role !== "store" && lanes.add(i));
  return lanes;
}

const order = { client: 0, server: 1, store: 2, resource: 3 };

export function layoutOf(run: Run, all: boolean, wordRows: number): Layout {
  const taking = lanesOf(run, all);
  const documented = run.document.lanes;
  const indices = [...taking].sort((a, b) => order[documented[a].role] - order[documented[b].role] || a - b);
  const faults = pack(run.faults, (f) => f.begin, (f) => f.end, 5);
  const layout: Layout = {
    lanes: [], of: new Map(), rows: new Map(), stored: new Map(), faults: new Map(), faultRows: 0, top: 0, bottom: 0,
  };
  for (const [fault, row] of faults) {
    layout.faults.set(fault.index, row);
    layout.faultRows = Math.max(layout.faultRows, row + 1);
  }
  let y = axisHeight + layout.faultRows * faultRow + 6;
  layout.top = y;
  for (const index of indices) {
    const { name, role, host } = documented[index];
    const lane: Lane = { index, name, role, host: host === null ? "" : `host ${host}`, top: y, line: 0, bottom: 0 };
    if (role === "store") {
      const stored = run.bars.filter((b) => b.what === "store");
      const rows = pack(stored, (b) => b.begin, (b) => b.end, mostStoreRows);
      lane.line = y + 6;
      for (const [bar, row] of rows) layout.stored.set(bar, { y: y + 8 + row * storeRow, height: storeRow - 3 });
      lane.bottom = y + 10 + Math.max(1, rowsUsed(rows)) * storeRow;
    } else {
      lane.line = y + 6 + wordRows * wordRow + 8;
      const slots = slotsOf(run.bars.filter((b) => b.lane === index));
      for (const [bar, slot] of slots)
        layout.rows.set(bar, { y: lane.line + 10 + slot * slotHeight + barOffset[bar.what], height: barHeight[bar.what] });
      lane.bottom = lane.line + 12 + rowsUsed(slots) * slotHeight;
    }
    layout.lanes.push(lane);
    layout.of.set(index, lane);
    y = lane.bottom;
  }
  layout.bottom = y + 4;
  return layout;
}
