// Words in the picture, where they fit: what was placed first stays, and what would cover it is left out.
const context = document.createElement("canvas").getContext("2d")!;
const widths = new Map<string, number>();

export function widthOf(text: string, bold = false): number {
  const key = bold ? `b${text}` : text;
  let width = widths.get(key);
  if (width === undefined) {
    context.font = (bold ? "600 " : "") + "11.5px system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";
    width = context.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export class Taken {
  private readonly boxes: Box[] = [];
  isFree(box: Box): boolean {
    return this.boxes.every(
      (b) => b.x >= box.x + box.width || b.x + b.width <= box.x || b.y >= box.y + box.height || b.y + b.height <= box.y,
    );
  }
  take(box: Box): void {
    this.boxes.push(box);
  }
}
