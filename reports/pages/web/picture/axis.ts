// Where on the picture an instant lies. By time: where the clock says. By order: one step for every happening that is
// shown, so that neighbours stand apart however close they are.
import { bisectLeft } from "d3-array";
import { Run, RunBar } from "../run_document";

export interface Axis {
  readonly length: number; // places go from 0 to here
  event(index: number): number; // one behind the last: the end of the run
  sent(message: number): number;
  arrived(message: number): number;
  again(message: number): number;
  instant(at: number): number;
  time(place: number): number; // the inverse of instant()
}

export class TimeAxis implements Axis {
  readonly length: number;
  constructor(private readonly run: Run) {
    this.length = Math.max(1, run.document.until);
  }
  event(index: number): number {
    return index < this.run.events.length ? this.run.events[index].at : this.length;
  }
  sent(message: number): number {
    return this.run.messages[message].at;
  }
  arrived(message: number): number {
    return this.run.messages[message].arrived;
  }
  again(message: number): number {
    return this.run.messages[message].again;
  }
  instant(at: number): number {
    return at;
  }
  time(place: number): number {
    return place;
  }
}

// At one instant messages arrive, have their effects, and others are sent for them. So arrivals share the place of the
// first effect, and what is sent that of the last.
export class OrderAxis implements Axis {
  readonly length: number;
  private readonly instants: number[] = []; // at which something happens, rising
  private readonly places: number[] = []; // of the first at each
  private readonly lasts: number[] = [];
  private readonly ofEvents = new Map<number, number>();

  constructor(private readonly run: Run, all: boolean) {
    const events = run.events.filter((e) => !e.silent && (all || e.shown || e.proof > 0));
    const stops = new Set<number>(events.map((e) => e.at));
    for (const m of run.messages) {
      if (!all && !m.shown) continue;
      stops.add(m.at);
      if (m.arrived >= 0) stops.add(m.arrived);
      if (m.again >= 0) stops.add(m.again);
    }
    let place = 0, next = 0;
    for (const at of Float64Array.from(stops).sort()) {
      this.instants.push(at);
      this.places.push(++place);
      // What the world does takes no step from those to whom it does it.
      for (let first = true; next < events.length && events[next].at === at; ++next) {
        if (!first && events[next].lane >= 0) ++place;
        first = first && events[next].lane < 0;
        this.ofEvents.set(events[next].index, place);
      }
      this.lasts.push(place);
    }
    this.length = place + 1;
  }
  event(index: number): number {
    if (index >= this.run.events.length) return this.length;
    return this.ofEvents.get(index) ?? this.instant(this.run.events[index].at);
  }
  sent(message: number): number {
    const at = this.run.messages[message].at;
    const i = bisectLeft(this.instants, at);
    return this.instants[i] === at ? this.lasts[i] : this.instant(at);
  }
  arrived(message: number): number {
    return this.instant(this.run.messages[message].arrived);
  }
  again(message: number): number {
    return this.instant(this.run.messages[message].again);
  }
  instant(at: number): number {
    const i = bisectLeft(this.instants, at);
    if (this.instants[i] === at) return this.places[i];
    const [t0, p0] = i > 0 ? [this.instants[i - 1], this.lasts[i - 1]] : [0, 0];
    const [t1, p1] = i < this.instants.length ? [this.instants[i], this.places[i]] : [this.run.document.until, this.length];
    return t1 > t0 ? p0 + ((p1 - p0) * (at - t0)) / (t1 - t0) : p0;
  }
  time(place: number): number {
    const i = bisectLeft(this.places, place);
    if (this.places[i] === place) return this.instants[i];
    const [p0, t0] = i > 0 ? [this.lasts[i - 1], this.instants[i - 1]] : [0, 0];
    if (place <= p0) return t0;
    const [p1, t1] = i < this.places.length ? [this.places[i], this.instants[i]] : [this.length, this.run.document.until];
    return p1 > p0 ? t0 + ((t1 - t0) * (place - p0)) / (p1 - p0) : t1;
  }
}

export function barEnds(axis: Axis, bar: RunBar): [number, number] {
  return bar.exact ? [axis.instant(bar.from), axis.instant(bar.until)] : [axis.event(bar.begin), axis.event(bar.end)];
}
