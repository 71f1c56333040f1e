Qualtrics.SurveyEngine.addOnload(function () {
  var question = this;
  var settings = {
    gateway: "__GATEWAY__",
    response: "${e://Field/ResponseID}",
    attributes: { locale: "${e://Field/Q_Language}" },
    refused: "pass", // no camera: "pass" lets the person go on, "stop" does not
    failed: "pass", // any other failure, after two attempts
  };
  function begin() {
    LivenessQualtrics.question(question, settings);
  }
  if (window.LivenessQualtrics) return begin();
  // Without the line in the header.
  question.hideNextButton();
  var script = document.createElement("script");
  script.crossOrigin = "anonymous";
  script.src = settings.gateway + "/liveness-capture/qualtrics.classic.js";
  script.onload = begin;
  script.onerror = function () {
    var sentence = document.createElement("p");
    sentence.textContent = "The check could not be loaded. Please continue without it.";
    (question.getQuestionContainer() || document.body).appendChild(sentence);
    question.showNextButton();
  };
  document.head.appendChild(script);
});

Qualtrics.SurveyEngine.addOnUnload(function () {
  if (window.LivenessQualtrics) LivenessQualtrics.leave(this);
});
