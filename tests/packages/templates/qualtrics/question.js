Qualtrics.SurveyEngine.addOnload(function () {
  var question = this;
  var settings = {
    gateway: "__GATEWAY__",
    response: "${e://Field/ResponseID}",
    attributes: { locale: "${e://Field/Q_Language}" },
    refused: "pass", // no camera: "pass" lets the person go on, "stop" does not
    failed: "pass", // any other failure, after two attempts
  };
  var over = false;
  function begin() {
    if (over || question.left) return;
    over = true;
    LivenessQualtrics.question(question, settings);
  }
  question.left = false;
  if (window.LivenessQualtrics) return begin();
  // Without the line in the header.
  question.hideNextButton();
  // Some layouts have one of these, some both, and one of them may throw where it is of no use.
  function write(setter, name, value) {
    try {
      Qualtrics.SurveyEngine[setter]("liveness_" + name, value);
    } catch (refused) {}
  }
  function giveUp() {
    if (over || question.left) return;
    over = true;
    ["setJSEmbeddedData", "setEmbeddedData"].forEach(function (setter) {
      write(setter, "status", "passed");
      write(setter, "error", "engine_load_failed");
    });
    var sentence = document.createElement("p");
    sentence.textContent = "The check could not be loaded. Please continue without it.";
    (question.getQuestionContainer() || document.body).appendChild(sentence);
    question.showNextButton();
  }
  var script = document.createElement("script");
  script.crossOrigin = "anonymous";
  script.src = settings.gateway + "/liveness-capture/qualtrics.classic.js";
  script.onload = begin;
  script.onerror = giveUp;
  document.head.appendChild(script);
  setTimeout(giveUp, 20000);
});

Qualtrics.SurveyEngine.addOnUnload(function () {
  this.left = true;
  if (window.LivenessQualtrics) LivenessQualtrics.leave(this);
});
