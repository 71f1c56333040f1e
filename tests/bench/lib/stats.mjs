// Statistics of a list of times.

/** The median; of an even number of values, the mean of the two in the middle. */
export function median(values) {
  if (values.length === 0) throw new Error("no values");
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Minimum, median and count of the values, rounded to `digits` decimals. */
export function summary(values, digits = 3) {
  return { min: round(Math.min(...values), digits), median: round(median(values), digits), n: values.length };
}

/** The quotient of two summaries' medians, rounded. */
export const ratio = (ours, theirs) => round(ours.median / theirs.median, 3);

/** How far a summary's median and minimum are above another's. */
export const above = (times, base) => ({ min: round(times.min - base.min, 3), median: round(times.median - base.median, 3) });

/** Rounded to `digits` decimals. */
export const round = (value, digits) => Number(value.toFixed(digits));

/** The length of the union of intervals [begin, end]: nested ones count once. */
export function covered(intervals) {
  let [total, reach] = [0, -Infinity];
  for (const [begin, end] of [...intervals].sort((a, b) => a[0] - b[0])) {
    total += Math.max(0, end - Math.max(begin, reach));
    reach = Math.max(reach, end);
  }
  return total;
}

/** Intersection over union of two boxes {x, y, width, height}. */
export function overlap(a, b) {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  const shared = Math.max(0, width) * Math.max(0, height);
  return shared / (a.width * a.height + b.width * b.height - shared);
}
