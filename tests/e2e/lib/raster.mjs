// A very small painter of ellipses and polygons in float RGB, drawn at twice the size, softened, with sensor noise.

export class Raster {
  /** `width` x `height` is the finished picture's size in pixels; it is painted at `scale` times that. */
  constructor(width, height, scale = 2) {
    Object.assign(this, { width, height, scale });
    this.w = width * scale;
    this.h = height * scale;
    this.data = new Float32Array(this.w * this.h * 3);
  }

  /** Fills every pixel from a function of its position in the finished picture. */
  fill(colourAt) {
    const { w, h, scale, data } = this;
    for (let y = 0, i = 0; y < h; y++) {
      for (let x = 0; x < w; x++, i += 3) {
        const [r, g, b] = colourAt(x / scale, y / scale);
        data[i] = r;
        data[i + 1] = g;
        data[i + 2] = b;
      }
    }
    return this;
  }

  copyFrom(other) {
    this.data.set(other.data);
    return this;
  }

  /** Paints an ellipse; `shade(u, v)`, with u and v from -1 to 1 inside it, multiplies the colour. */
  ellipse(cx, cy, rx, ry, colour, shade = null) {
    const { w, h, scale } = this;
    const [x0, y0, a, b] = [cx * scale, cy * scale, rx * scale, ry * scale];
    for (let y = Math.max(0, Math.ceil(y0 - b)); y <= Math.min(h - 1, Math.floor(y0 + b)); y++) {
      const v = (y - y0) / b;
      const half = a * Math.sqrt(Math.max(0, 1 - v * v));
      const from = Math.max(0, Math.ceil(x0 - half));
      const to = Math.min(w - 1, Math.floor(x0 + half));
      for (let x = from; x <= to; x++) this.#put(x, y, colour, shade ? shade((x - x0) / a, v) : 1);
    }
    return this;
  }

  /** Paints a convex polygon, given by its corners in order. */
  polygon(points, colour) {
    const corners = points.map(([x, y]) => [x * this.scale, y * this.scale]);
    const ys = corners.map(([, y]) => y);
    for (let y = Math.max(0, Math.ceil(Math.min(...ys))); y <= Math.min(this.h - 1, Math.floor(Math.max(...ys))); y++) {
      const crossings = [];
      corners.forEach(([x1, y1], i) => {
        const [x2, y2] = corners[(i + 1) % corners.length];
        if ((y1 <= y) !== (y2 <= y)) crossings.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
      });
      if (crossings.length < 2) continue;
      const from = Math.max(0, Math.ceil(Math.min(...crossings)));
      const to = Math.min(this.w - 1, Math.floor(Math.max(...crossings)));
      for (let x = from; x <= to; x++) this.#put(x, y, colour, 1);
    }
    return this;
  }

  #put(x, y, [r, g, b], factor) {
    const i = (y * this.w + x) * 3;
    this.data[i] = r * factor;
    this.data[i + 1] = g * factor;
    this.data[i + 2] = b * factor;
  }

  /**
   * The finished picture, 8-bit RGB: averaged down, softened by a box of `2 * soft + 1` pixels twice,
   * multiplied by `light(x, y)`, with gaussian noise of `sigma` from `random`.
   */
  finish({ soft, light, sigma, random }) {
    const { width, height, scale, w, data } = this;
    let picture = new Float32Array(width * height * 3);
    const area = scale * scale;
    for (let y = 0, o = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < 3; c++, o++) {
          let sum = 0;
          for (let dy = 0; dy < scale; dy++) {
            let i = ((y * scale + dy) * w + x * scale) * 3 + c;
            for (let dx = 0; dx < scale; dx++, i += 3) sum += data[i];
          }
          picture[o] = sum / area;
        }
      }
    }
    const columns = Array.from({ length: width * 3 }, (_, i) => i);
    const rows = Array.from({ length: height * 3 }, (_, i) => Math.floor(i / 3) * width * 3 + (i % 3));
    for (let pass = 0; pass < 2; pass++) {
      picture = boxBlur(picture, rows, width, 3, soft);
      picture = boxBlur(picture, columns, height, width * 3, soft);
    }
    const bytes = Buffer.allocUnsafe(picture.length);
    for (let y = 0, o = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const factor = light(x, y);
        for (let c = 0; c < 3; c++, o++) {
          const value = picture[o] * factor + sigma * random();
          bytes[o] = value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
        }
      }
    }
    return bytes;
  }
}

/** Box blur along lines of `length` values spaced `along` apart; the lines start at `lineStarts`. */
function boxBlur(source, lineStarts, length, along, radius) {
  if (radius < 1) return source;
  const target = new Float32Array(source.length);
  const scale = 1 / (2 * radius + 1);
  for (const start of lineStarts) {
    const last = start + (length - 1) * along;
    let sum = source[start] * (radius + 1);
    for (let i = 1; i <= radius; i++) sum += source[Math.min(last, start + i * along)];
    for (let at = start; at <= last; at += along) {
      target[at] = sum * scale;
      const enters = at + (radius + 1) * along;
      const leaves = at - radius * along;
      sum += source[enters > last ? last : enters] - source[leaves < start ? start : leaves];
    }
  }
  return target;
}

/** Normally distributed numbers from a seed, so that the video is the same on every machine. */
export function gaussian(seed) {
  // From a table, since a frame needs a million of them.
  const uniform = mulberry32(seed);
  const table = Float32Array.from({ length: 65_537 }, () => {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    return radius * Math.cos(2 * Math.PI * uniform());
  });
  let i = 0;
  return () => {
    // Each pass starts at another place, so that no two frames share their noise.
    if (++i >= table.length) i = (uniform() * table.length) | 0;
    return table[i];
  };
}

function mulberry32(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
