// As much of the types of d3's modules as our pages use.
interface D3Selection {
  append(name: string): D3Selection;
  attr(name: string, value: unknown): D3Selection;
  style(name: string, value: unknown): D3Selection;
  text(value: string): D3Selection;
  classed(names: string, value: boolean): D3Selection;
  remove(): D3Selection;
  selectAll(selector: string): D3Selection;
  on(types: string, listener: ((this: Element, datum: any) => void) | null): D3Selection;
  call(what: any, ...args: any[]): D3Selection;
  node(): any;
}
interface D3Scale {
  (value: number): number;
  invert(value: number): number;
  domain(): number[];
  domain(ends: number[]): D3Scale;
  range(): number[];
  range(ends: number[]): D3Scale;
  ticks(count: number): number[];
  copy(): D3Scale;
}
interface D3Transform {
  k: number;
  x: number;
  rescaleX(scale: D3Scale): D3Scale;
  translate(x: number, y: number): D3Transform;
  scale(k: number): D3Transform;
}
declare module "d3-selection" {
  export function select(node: Element): D3Selection;
  export let event: any;
}
declare module "d3-scale" {
  export function scaleLinear(): D3Scale;
  export function scaleLog(): D3Scale;
}
declare module "d3-array" {
  export function bisectLeft(sorted: ArrayLike<number>, value: number): number;
  export function bisectRight(sorted: ArrayLike<number>, value: number): number;
}
declare module "d3-axis" {
  interface Axis {
    (selection: D3Selection): void;
    tickValues(values: number[]): Axis;
    tickFormat(format: (value: number) => string): Axis;
    tickSizeOuter(size: number): Axis;
  }
  export function axisTop(scale: D3Scale): Axis;
  export function axisLeft(scale: D3Scale): Axis;
  export function axisBottom(scale: D3Scale): Axis;
}
declare module "d3-zoom" {
  interface Zoom {
    (selection: D3Selection): void;
    scaleExtent(extent: [number, number]): Zoom;
    translateExtent(extent: [[number, number], [number, number]]): Zoom;
    extent(extent: [[number, number], [number, number]]): Zoom;
    filter(filter: () => boolean): Zoom;
    on(types: string, listener: () => void): Zoom;
    transform: unknown;
  }
  export function zoom(): Zoom;
  export const zoomIdentity: D3Transform;
}
