Qualtrics.SurveyEngine.addOnload(function () {
  var question = this;
  var engine = Qualtrics.SurveyEngine;
  var done = false;
  // Some layouts have one of these, some both, and one of them may throw where it is of no use.
  function write(setter, name, value) {
    try {
      engine[setter]("liveness_" + name, value);
    } catch (refused) {}
  }
  function save(fields) {
    for (var name in fields) {
      write("setJSEmbeddedData", name, fields[name]);
      write("setEmbeddedData", name, fields[name]);
    }
    question.showNextButton();
  }
  function listen(event) {
    var frame = document.getElementById("liveness");
    if (!frame || event.source !== frame.contentWindow || event.origin !== "__GATEWAY__") return;
    var data = event.data;
    if (data.type === "ready") clearTimeout(silent);
    if (data.type === "resize") frame.height = data.height;
    if (data.type === "result") {
      done = true;
      save({ status: "complete", session: data.sessionId, verdict: data.verdict.verdict, score: String(data.verdict.score), error: "" });
    }
    // What comes of another attempt takes no verdict away.
    if (data.type === "error" && !done) save({ status: "passed", error: data.code });
  }
  question.hideNextButton();
  window.addEventListener("message", listen);
  // The frame says why it does not work; nobody is kept from going on by that.
  var silent = setTimeout(function () {
    save({ status: "passed", error: "frame_not_ready" });
  }, 20000);
  engine.addOnUnload(function () {
    clearTimeout(silent);
    window.removeEventListener("message", listen);
  });
});
