// What the trials left, in the body's data attributes.
export function onDone(jsPsych) {
  const [row] = jsPsych.data.get().filter({ trial_type: "liveness" }).values();
  const stream = jsPsych.pluginAPI.getCameraStream();
  const live = stream.getVideoTracks().filter(({ readyState }) => readyState === "live").length;
  const opened = globalThis.__record?.tracks.length;
  // The experiment is over; the camera was its own.
  for (const track of globalThis.__record?.tracks ?? stream.getTracks()) track.stop();
  Object.assign(document.body.dataset, { verdict: row.verdict, row: JSON.stringify(row), live, opened });
}
