// Numbers and times for people, and the tone in which a word is shown. A tone is never told by colour alone.
export type Tone = "bad" | "good" | "doubtful" | "quiet";

// "10 000", which does not break at its gaps.
export function grouped(n: number): string {
  return Math.round(n).toString().replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function counted(n: number, one: string, many = one + "s"): string {
  return `${grouped(n)}\u00a0${n === 1 ? one : many}`;
}

// "3 h 7 min", "2 min 5 s", "12.3 s", "480 ms". Rounded.
export function roughTime(seconds: number): string {
  if (seconds >= 3600 * 48) return counted(seconds / 86400, "day");
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)} h ${Math.round((seconds % 3600) / 60)} min`;
  if (seconds >= 60) return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
  if (seconds >= 0.9995) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 0.0095) return `${Math.round(seconds * 1000)} ms`;
  return `${(seconds * 1000).toFixed(1)} ms`;
}

export function listed(parts: string[]): string {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

export function rate(perSecond: number): string {
  return perSecond >= 100 ? grouped(perSecond) : perSecond.toPrecision(3);
}
