const jsPsych = initJsPsych({
  on_finish: () => save(jsPsych.data.get()),
});

const check = {
  type: jsPsychLiveness,
  gateway: "__GATEWAY__",
  prompt: "<p>Before we begin, we would like to see that you are a person. This takes about ten seconds.</p>",
};

jsPsych.run([check]);

function save(data) {
  // On JATOS: jatos.endStudy(data.json()). Here the page itself shows them.
  document.body.textContent = data.json();
}
