// A trial with the parameters of the address, then one that counts how often it was begun; the data end up in the body's
// data attributes.
const parameters = new URLSearchParams(location.search);
if (parameters.has("refuse")) {
  navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
}

class Next {
  static info = { name: "next", version: "1", parameters: {}, data: {} };
  constructor(jsPsych) {
    this.jsPsych = jsPsych;
  }
  trial() {
    // Long enough to notice that a trial before it ends twice.
    this.jsPsych.pluginAPI.setTimeout(() => this.jsPsych.finishTrial({ whole: true }), 600);
  }
  simulate(trial, mode, options, onLoad) {
    onLoad();
    this.jsPsych.finishTrial({ whole: true });
  }
}

const loads = [];
window.jsPsych = initJsPsych({
  // Its end message is shown after this.
  on_finish: () => void setTimeout(() => {
    const [first, second] = jsPsych.data.get().values();
    Object.assign(document.body.dataset, {
      row: JSON.stringify(first),
      second: second?.whole === true,
      loads: loads.length,
      rows: jsPsych.data.get().count(),
      text: document.body.textContent.trim(),
      ...(first.verdict ? { verdict: first.verdict } : { code: first.error ?? first.status ?? "aborted" }),
    });
  }, 50),
});
// As jsPsych's documentation does it for Prolific.
jsPsych.data.addProperties({ subject_id: "P1", study_id: "S1", session_id: "Prolific's" });
const timeline = [{ type: jsPsychLiveness, gateway: "__GATEWAY__", on_load: () => loads.push(1), ...JSON.parse(parameters.get("trial") ?? "{}") }, { type: Next }];
const mode = parameters.get("simulate");
const running = mode ? jsPsych.simulate(timeline, mode, JSON.parse(parameters.get("options") ?? "{}")) : jsPsych.run(timeline);
running.catch((error) => Object.assign(document.body.dataset, { code: error.name, text: error.message }));
