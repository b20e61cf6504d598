// Where the labels of a scatter plot stand, so that none covers another, a point or the edge: from the most crowded
// point to the loneliest, each takes the nearest free place around its point. All lengths are in pixels.

/** A point and the size of its label. */
export interface LabelledPoint {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Centre of a label. */
export interface LabelPlace {
  readonly x: number;
  readonly y: number;
  /** Where a line from the point ends at the label's edge; null if it is so near that it needs none. */
  readonly edge: { readonly x: number; readonly y: number } | null;
}

export interface LabelOptions {
  /** Of the plot; labels stay inside. */
  readonly width: number;
  readonly height: number;
  /** Radius of a point, and the room kept around it. */
  readonly radius?: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Gaps between point and label that are tried, from near to far. */
const GAPS = [2, 7, 14, 24, 36, 52, 72];
const ANGLES = 16;
/** From this gap on a line joins point and label. */
const FAR = 14;

/**
 * @param points in any order; a point outside the plot gets no label
 * @returns in the order of the points; null where no place is free
 */
export function placeLabels(
  points: readonly LabelledPoint[],
  { width, height, radius = 5 }: LabelOptions,
): (LabelPlace | null)[] {
  const discs = points.map(({ x, y }) => boxAround(x, y, 2 * radius, 2 * radius));
  const plot = { left: 0, top: 0, right: width, bottom: height };
  const places = new Map<LabelledPoint, LabelPlace>();
  const taken: Box[] = [];
  for (const point of byCrowding(points)) {
    if (!isInside(boxAround(point.x, point.y, 0, 0), plot)) continue;
    const place = candidates(point, radius).find(({ x, y }) => {
      const box = boxAround(x, y, point.width, point.height);
      return isInside(box, plot) && ![...discs, ...taken].some((other) => overlaps(box, other));
    });
    if (!place) continue;
    places.set(point, place);
    taken.push(boxAround(place.x, place.y, point.width, point.height));
  }
  return points.map((point) => places.get(point) ?? null);
}

/** Right, left, above and below first, then between them; a little farther in every round. */
function candidates({ x, y, width, height }: LabelledPoint, radius: number): LabelPlace[] {
  return GAPS.flatMap((gap) =>
    ORDER.map((step) => {
      const angle = (2 * Math.PI * step) / ANGLES;
      const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
      // The label's edge, and not its centre, keeps the distance.
      const place = {
        x: x + dx * (radius + gap) + (dx * width) / 2,
        y: y - dy * (radius + gap) - (dy * height) / 2,
      };
      const within = (from: number, to: number, size: number) =>
        Math.min(Math.max(from, to - size / 2), to + size / 2);
      const edge = { x: within(x, place.x, width), y: within(y, place.y, height) };
      return { ...place, edge: gap >= FAR ? edge : null };
    }),
  );
}

const ORDER = Array.from({ length: ANGLES }, (_, i) => i).sort((a, b) => (a % 4) - (b % 4) || a - b);

/** The points, those with close neighbours first; as given where they have as many. */
function byCrowding(points: readonly LabelledPoint[]): readonly LabelledPoint[] {
  const crowding = points.map((point) => ({
    point,
    sum: points.reduce(
      (sum, other) => sum + 1 / (1 + (point.x - other.x) ** 2 + (point.y - other.y) ** 2),
      0,
    ),
  }));
  return crowding.sort((a, b) => b.sum - a.sum).map(({ point }) => point);
}

function boxAround(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function isInside(box: Box, plot: Box): boolean {
  return box.left >= plot.left && box.right <= plot.right && box.top >= plot.top && box.bottom <= plot.bottom;
}
