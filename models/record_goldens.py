"""Records what the reference runtime finds on test pictures: `record_goldens.py PICTURES OUT [MODEL]`.

Shares nothing with the product: the letterbox, the decoding and the weighted non-maximum
suppression are written here again, from MediaPipe's calculators (ImageToTensor with
keep_aspect_ratio, zero border and samples at pixel centres; SsdAnchors; TensorsToDetections;
NonMaxSuppression WEIGHTED). Writes one JSON file per picture: numbers only.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

SIDE = 128
MIN_SCORE = 0.5
MIN_SUPPRESSION = 0.3
NAMES = ["right_eye", "left_eye", "nose_tip", "mouth_centre", "right_ear", "left_ear"]


def letterbox(rgb):
    """The input tensor, and (pixels per input side, border left, border above)."""
    height, width = rgb.shape[:2]
    longer = max(width, height)
    left, top = (longer - width) / 2, (longer - height) / 2
    centres = (np.arange(SIDE) + 0.5) * (longer / SIDE)

    def axis(centres, length):
        inside = (centres >= 0) & (centres < length)
        index = np.clip(centres - 0.5, 0, length - 1)
        low = np.floor(index).astype(int)
        return inside, low, np.minimum(low + 1, length - 1), index - low

    inside_x, x0, x1, wx = axis(centres - left, width)
    inside_y, y0, y1, wy = axis(centres - top, height)
    pixels = rgb.astype(np.float64)
    wx, wy = wx[None, :, None], wy[:, None, None]
    upper = pixels[y0][:, x0] * (1 - wx) + pixels[y0][:, x1] * wx
    lower = pixels[y1][:, x0] * (1 - wx) + pixels[y1][:, x1] * wx
    mixed = upper * (1 - wy) + lower * wy
    mixed[~inside_y] = 0
    mixed[:, ~inside_x] = 0
    return (mixed * (2 / 255) - 1).astype(np.float32)[None], (longer, left, top)


def anchors():
    """Centres, as MediaPipe's SsdAnchorsCalculator lists them for strides 8, 16, 16, 16."""
    centres = []
    strides = [8, 16, 16, 16]
    layer = 0
    while layer < len(strides):
        same = [stride for stride in strides[layer:] if stride == strides[layer]]
        cells = SIDE // strides[layer]
        for y in range(cells):
            for x in range(cells):
                # One aspect ratio and one interpolated scale for each layer of this stride.
                centres += [((x + 0.5) / cells, (y + 0.5) / cells)] * (2 * len(same))
        layer += len(same)
    return np.array(centres)


def iou(a, b):
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0) * max(height, 0)
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / union if union > 0 else 0


def weighted_suppression(corners, points, scores):
    remaining = list(np.argsort(-scores, kind="stable"))
    faces = []
    while remaining:
        best = remaining[0]
        similar = [i for i in remaining if iou(corners[i], corners[best]) > MIN_SUPPRESSION]
        weights = scores[similar] / scores[similar].sum()
        faces.append((weights @ corners[similar], np.tensordot(weights, points[similar], 1), scores[best]))
        remaining = [i for i in remaining if i not in similar]
    return faces


def detect(interpreter, rgb, min_score):
    tensor, (longer, left, top) = letterbox(rgb)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], tensor)
    interpreter.invoke()
    outputs = {d["name"]: interpreter.get_tensor(d["index"])[0] for d in interpreter.get_output_details()}
    rows = outputs["regressors"].astype(np.float64)
    logits = outputs["classificators"][:, 0].astype(np.float64)
    scores = 1 / (1 + np.exp(-np.clip(logits, -100, 100)))
    keep = scores >= min_score
    rows = rows[keep] / SIDE
    scores = scores[keep]
    offset = np.array([left, top])
    centres = anchors()[keep]
    middle = rows[:, :2] + centres
    half = rows[:, 2:4] / 2
    corners = np.concatenate([middle - half, middle + half], axis=1) * longer - np.tile(offset, 2)
    points = (rows[:, 4:].reshape(-1, 6, 2) + centres[:, None]) * longer - offset
    return weighted_suppression(corners, points, scores), float(1 / (1 + np.exp(-logits.max())))


def number(value):
    return round(float(value), 4)


def main():
    pictures, out = Path(sys.argv[1]), Path(sys.argv[2])
    default = Path(__file__).parent.parent / "node_modules/@mediapipe/face_detection/face_detection_short_range.tflite"
    model = Path(sys.argv[3]) if len(sys.argv) > 3 else default
    interpreter = Interpreter(str(model))
    interpreter.allocate_tensors()
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(pictures.iterdir()):
        rgb = np.asarray(Image.open(path).convert("RGB"))
        faces, highest = detect(interpreter, rgb, MIN_SCORE)
        record = {
            "picture": path.name,
            "picture_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "width": rgb.shape[1],
            "height": rgb.shape[0],
            "threshold": MIN_SCORE,
            "highest_score": number(highest),
            "faces": [
                {
                    "score": number(score),
                    "box": [number(v) for v in (x0, y0, x1 - x0, y1 - y0)],
                    "keypoints": {name: [number(v) for v in point] for name, point in zip(NAMES, points)},
                }
                for (x0, y0, x1, y1), points, score in faces
            ],
        }
        (out / f"{path.stem}.json").write_text(json.dumps(record, indent=1) + "\n")
        print(f"{path.name:32} {highest:.3f} {[number(f[2]) for f in faces]}")


if __name__ == "__main__":
    main()
