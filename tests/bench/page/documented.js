// The documented JavaScript path of the Moveris API ("With Crops (Faster)"), step by step as printed there.

/** Turns a frame into its crop in base64; `source` stands for the sample's video element. */
export function documentedCrop(source, width, height, detect) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").drawImage(source, 0, 0);
  const face = detect(canvas);
  if (!face) return null;
  const centerX = face.x + face.width / 2;
  const centerY = face.y + face.height / 2;
  const size = Math.max(face.width, face.height) * 3;
  const crop = document.createElement("canvas");
  crop.width = 224;
  crop.height = 224;
  crop.getContext("2d").drawImage(canvas, centerX - size / 2, centerY - size / 2, size, size, 0, 0, 224, 224);
  return { face, pixels: crop.toDataURL("image/png").split(",")[1] };
}
