// What there is to know about a thing in the picture, in words.
import { BarKind, Run, RunEvent, seconds, span, Thing } from "./run_document";

const bars: Record<BarKind, string> = {
  store: "the store says that it holds the lock",
  belief: "the client believes that it holds the lock",
  critical: "the program acts as the holder",
  possible: "it possibly holds the lock",
  certain: "it certainly holds the lock",
};

export function who(run: Run, event: RunEvent): string {
  return event.lane < 0 ? "" : run.lane(event.lane);
}

// One sentence or two.
export function factsOf(run: Run, thing: Thing): string {
  switch (thing.kind) {
    case "event": {
      const proof = thing.proof ? ` Proof ${thing.proof}.` : "";
      const attempt = thing.attempt ? ` (attempt ${thing.attempt})` : "";
      return `${[seconds(thing.at), who(run, thing)].filter(Boolean).join(", ")}: ${thing.words || thing.type}${attempt}.${proof}`;
    }
    case "message": {
      const way = `${run.lane(thing.lane)} to ${run.lane(thing.to)}: ${thing.words}.`;
      const how = thing.lost ? "Lost."
        : thing.arrived < 0 ? "Never arrived in this run."
        : `Arrived at ${seconds(thing.arrived)}, after ${span(thing.arrived - thing.at)}.`;
      const again = thing.again < 0 ? "" : ` Delivered twice: once more at ${seconds(thing.again)}.`;
      return `Message sent at ${seconds(thing.at)}, ${way} ${how}${again}`;
    }
    case "bar": {
      const whose = thing.lane < 0 ? `attempt ${thing.attempt}` : run.lane(thing.lane);
      const token = thing.token ? `, token ${thing.token}` : "";
      const end = thing.end >= run.events.length ? "the end of the run" : seconds(thing.until);
      return `${whose}, lock ${run.lock(thing.lock)}${token}: ${bars[thing.what]} from ${seconds(thing.from)} to ${end}, for ${span(thing.until - thing.from)}.`;
    }
    case "fault": {
      const until = thing.until > thing.from ? ` to ${thing.end >= run.events.length ? "the end of the run" : seconds(thing.until)}` : "";
      return `Fault at ${seconds(thing.from)}${until}: ${thing.words}. ${thing.meaning}`;
    }
  }
}
