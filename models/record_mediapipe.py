"""Records what MediaPipe itself finds: `record_mediapipe.py TESTDATA OUT`.

MediaPipe's own face detection graph (short range, its resize, decoding and suppression) over every
frame of TESTDATA's pictures and clips, each frame on its own: the graph neither tracks nor smooths.
The weights in the pip package are those of models/blazeface_short_range.toml, byte for byte; only
the file around them differs, by the metadata it carries.

Frames are decoded by ffmpeg as `frames()` says, and by the tests in the same way, so that both
look at the same pixels. Writes one JSON file for all pictures and one for each clip: numbers only,
one line a frame, of each face [score, x, y, width, height] in pixels, best first.
"""

import hashlib
import json
import subprocess
import sys
import zlib
from importlib.metadata import version
from pathlib import Path

import numpy as np
from mediapipe.python.solutions.face_detection import FaceDetection

THRESHOLD = 0.5


def frames(path, width, height):
    """The file's frames as [height][width][3] RGB; the flags make ffmpeg's arithmetic portable."""
    command = ["ffmpeg", "-v", "error", "-bitexact", "-i", str(path)]
    command += ["-sws_flags", "bilinear+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"]
    command += ["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as decoder:
        size = width * height * 3
        while data := decoder.stdout.read(size):
            assert len(data) == size, f"{path}: a frame of {len(data)} bytes"
            yield data
    assert decoder.returncode == 0, f"ffmpeg cannot read {path}"


def detect(detector, data, width, height):
    found = detector.process(np.frombuffer(data, np.uint8).reshape(height, width, 3))
    faces = []
    for face in found.detections or []:
        box = face.location_data.relative_bounding_box
        pixels = (box.xmin * width, box.ymin * height, box.width * width, box.height * height)
        faces.append([round(face.score[0], 4)] + [round(value, 2) for value in pixels])
    return sorted(faces, reverse=True)


def record(entry, testdata):
    path = testdata / entry["file"]
    width, height = entry["width"], entry["height"]
    # A detector of its own for each file: nothing carries over.
    with FaceDetection(min_detection_confidence=THRESHOLD, model_selection=0) as detector:
        crc, faces = 0, []
        for data in frames(path, width, height):
            crc = zlib.crc32(data, crc)
            faces.append(detect(detector, data, width, height))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    head = {"file": entry["file"], "sha256": digest, "width": width, "height": height, "pixels_crc32": crc}
    print(f"{entry['file']:44} {len(faces):4} frames, faces found in {sum(map(bool, faces))}")
    return head, faces


def write(path, records):
    """JSON with one line for each frame."""
    blocks = []
    for head, faces in records:
        fields = "".join(f' {json.dumps(name)}: {json.dumps(value)},\n' for name, value in head.items())
        rows = ",\n".join("  " + json.dumps(found) for found in faces)
        blocks.append(f"{{\n{fields} \"frames\": [\n{rows}\n ]\n}}")
    top = {"mediapipe": version("mediapipe"), "threshold": THRESHOLD}
    head = "".join(f"{json.dumps(name)}: {json.dumps(value)},\n" for name, value in top.items())
    path.write_text("{\n" + head + '"records": [\n' + ",\n".join(blocks) + "\n]\n}\n")


def main():
    testdata, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    entries = json.loads((testdata / "manifest.json").read_text())["entries"]
    pictures = [entry for entry in entries if entry["file"].startswith("images/")]
    write(out / "pictures.json", [record(entry, testdata) for entry in pictures])
    for entry in entries:
        if entry["file"].startswith("clips/"):
            write(out / f"{Path(entry['file']).stem}.json", [record(entry, testdata)])


if __name__ == "__main__":
    main()
