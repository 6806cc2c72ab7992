// An envelope as the program writes it. Columns named after properties run beside `values`.
import { PageDocument } from "./documents";

export interface Boundary {
  property: string;
  last_kept: number | null;
  first_broken: number;
  text: string;
  claimed: boolean;
  kept_again_beyond: boolean;
  example: { seed: number; sentence: string; file?: string; replay?: string };
}

export interface Series {
  state: "kept" | "broken" | "not-exercised";
  safe_up_to: string;
  verdict: string;
  exercised?: number[];
  violations?: number[];
  lower?: number[];
  upper?: number[];
}

export interface EnvelopeAxis {
  name: string;
  about: string;
  mildest: number;
  worst: number;
  less_is_worse: boolean;
  claimed: string;
  claimed_value: number | null;
  not_tried_because?: string;
  values: number[];
  labels: string[];
  runs: number[];
  boundaries: Boundary[];
  properties?: Record<string, Series>;
}

export interface EnvelopeMap {
  x: string;
  y: string;
  x_labels: string[];
  y_labels: string[];
  runs: number[][];
  asked: number[][];
  granted: number[][];
  kept_everywhere: string[];
  properties: Record<string, { exercised: number[][]; violations: number[][] }>;
}

export interface EnvelopeDocument extends PageDocument {
  backend: string;
  about: string;
  outcome: "kept" | "broken" | "open";
  runs_in_all: number;
  ttl: string;
  first_seed: number;
  runs_per_point: number;
  runs_per_cell: number;
  resolution_ppm: number;
  interval: string;
  deaths: string[];
  properties: { id: string; name: string; promise: string; claimed: boolean; calm_exercised: number; calm_violations: number }[];
  axes: EnvelopeAxis[];
  maps: EnvelopeMap[];
  absent: string[];
  command: string;
  machine: { seconds: number; jobs: number; version: string };
}

// "14 of 40 runs".
export function ofRuns(violations: number, exercised: number): string {
  return `${violations} of ${exercised} run${exercised === 1 ? "" : "s"}`;
}

// "0.06 % to 13.2 %", cut so that nothing becomes narrower than it is.
export function interval(lower: number, upper: number): string {
  const slack = 1e-9; // 0.029 * 1000 is a little more than 29
  const finely = lower < 0.01 ? 1e4 : 1e3;
  return `${(Math.floor(finely * lower + slack) * 100) / finely}\u00a0% to ${(Math.ceil(1e3 * upper - slack) * 100) / 1e3}\u00a0%`;
}

// Properties whose numbers are the same, together: they broke in the same runs, as a rule.
export function alike<T>(all: [string, T][], key: (series: T) => string): { ids: string[]; series: T }[] {
  const groups = new Map<string, { ids: string[]; series: T }>();
  for (const [id, series] of all) {
    const group = groups.get(key(series));
    if (group) group.ids.push(id);
    else groups.set(key(series), { ids: [id], series });
  }
  return [...groups.values()];
}
