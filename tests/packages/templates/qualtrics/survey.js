// A page that behaves like a survey of the platform, as far as its JavaScript API is documented. The platform itself is not
// at hand: what is here is what its documentation and the scripts of many surveys agree on.
//
//   classic  every page is loaded anew; #NextButton; setEmbeddedData, getEmbeddedData; Prototype.js on the page
//   new      pages turn within one document; #next-button; setJSEmbeddedData, getJSEmbeddedData; no Prototype.js
//
// In both, what a script sets is staged with the page, and lost if the page is reloaded before it is sent.
(function () {
  var layout = document.documentElement.getAttribute("data-layout");
  var isNew = layout === "new";
  var parameters = new URLSearchParams(location.search);
  var KEY = "platform " + layout;

  if (parameters.has("refuse")) {
    navigator.mediaDevices.getUserMedia = function () {
      return Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
    };
  }

  // ---- the response, as the server has it ----

  var server = new URLSearchParams(sessionStorage.getItem(KEY) || "page=0&response=R_" + Math.random().toString(36).slice(2));
  var staged = {};
  var set = function (name, value) { staged[name] = String(value); };
  function send() {
    for (var name in staged) if (Object.prototype.hasOwnProperty.call(staged, name)) server.set("field " + name, staged[name]);
    staged = {};
    sessionStorage.setItem(KEY, server.toString());
  }
  // Fields may come with the survey's address.
  parameters.forEach(function (value, name) { if (name.indexOf("liveness_") === 0) set(name, value); });
  send();
  var field = function (name) {
    var value = Object.prototype.hasOwnProperty.call(staged, name) ? staged[name] : server.get("field " + name);
    return value === null ? (isNew ? undefined : null) : value;
  };
  /** What the server puts in the place of piped text. */
  var pipe = function (text) {
    return text.split("${e://Field/ResponseID}").join(server.get("response")).split("${e://Field/Q_Language}").join(document.documentElement.lang.toUpperCase());
  };

  // ---- the buttons ----

  var nextButton = document.getElementById(isNew ? "next-button" : "NextButton");
  var previousButton = document.getElementById(isNew ? "previous-button" : "PreviousButton");

  // ---- questions and their scripts ----

  var shown = [];
  var pending = null;
  function Question(id) {
    this.questionId = id;
    this.loads = [];
    this.readies = [];
    this.unloads = [];
  }
  var api = {
    getQuestionContainer: function () {
      return document.getElementById(isNew ? "question-" + this.questionId : this.questionId);
    },
    hideNextButton: function () { nextButton.style.display = "none"; },
    showNextButton: function () { nextButton.style.display = ""; },
    disableNextButton: function () { nextButton.disabled = true; },
    enableNextButton: function () { nextButton.disabled = false; },
    clickNextButton: function () { nextButton.click(); },
  };
  for (var name in api) Question.prototype[name] = api[name];

  window.Qualtrics = { SurveyEngine: {
    addOnload: function (work) { pending.loads.push(work); },
    addOnReady: function (work) { pending.readies.push(work); },
    addOnUnload: function (work) { pending.unloads.push(work); },
    addOnPageSubmit: function () {},
  } };
  var engine = window.Qualtrics.SurveyEngine;
  engine[isNew ? "setJSEmbeddedData" : "setEmbeddedData"] = set;
  engine[isNew ? "getJSEmbeddedData" : "getEmbeddedData"] = field;
  // As it is now: there, and of no use.
  if (isNew) engine.setEmbeddedData = function () { throw new Error("setEmbeddedData is not supported in this survey experience"); };
  // Here as well, for fields of other names (__js_...), which this survey does not have.
  else engine.setJSEmbeddedData = function () {};

  function element(tag, attributes, children) {
    var made = document.createElement(tag);
    for (var name in attributes) if (Object.prototype.hasOwnProperty.call(attributes, name)) made.setAttribute(name, attributes[name]);
    for (var i = 0; children && i < children.length; i++) made.appendChild(children[i]);
    return made;
  }
  function draw(question, text) {
    var words = element("div", { class: isNew ? "question-text" : "QuestionText" });
    if (text.charAt(0) === "<") words.innerHTML = text;
    else words.textContent = text;
    if (isNew) return element("article", { id: "question-" + question.questionId, class: "question" }, [element("section", { class: "question-display" }, [words])]);
    var body = element("div", { class: "QuestionBody" });
    var inner = element("div", { class: "Inner" }, [element("div", { class: "InnerInner" }, [element("fieldset", {}, [words, body])])]);
    return element("div", { id: question.questionId, class: "QuestionOuter" }, [inner]);
  }

  var questions = document.getElementById("Questions");
  function showPage() {
    var index = Number(server.get("page"));
    var page = window.SURVEY[index];
    while (questions.firstChild) questions.removeChild(questions.firstChild);
    previousButton.style.display = index > 0 ? "" : "none";
    nextButton.style.display = page ? "" : "none";
    document.body.setAttribute("data-page", index);
    if (!page) return end();
    shown = [];
    for (var i = 0; i < page.length; i++) {
      var question = new Question(page[i].id);
      shown.push(question);
      if (!page[i].hidden) questions.appendChild(draw(question, page[i].text));
      if (!page[i].script) continue;
      pending = question;
      var script = document.createElement("script");
      script.textContent = pipe(page[i].script);
      document.body.appendChild(script);
      document.body.removeChild(script);
    }
    each("loads");
    setTimeout(function () { each("readies"); }, 0);
  }
  function each(list) {
    for (var i = 0; i < shown.length; i++) for (var j = 0; j < shown[i][list].length; j++) {
      // Whatever it registers is of its question.
      pending = shown[i];
      shown[i][list][j].call(shown[i]);
    }
  }
  function turn(by) {
    each("unloads");
    server.set("page", Number(server.get("page")) + by);
    send();
    if (isNew) showPage();
    else location.reload();
  }
  nextButton.addEventListener("click", function () { turn(1); });
  previousButton.addEventListener("click", function () { turn(-1); });

  function end() {
    questions.textContent = "We thank you for your time spent taking this survey.";
    var data = document.body.dataset;
    server.forEach(function (value, name) {
      if (name.indexOf("field liveness_") === 0) data[name.slice("field liveness_".length).replace(/_(.)/g, function (all, letter) { return letter.toUpperCase(); })] = value;
    });
    if (data.error) data.code = data.error;
    else if (!data.verdict) data.code = data.status || "nothing";
  }

  /** For what is tried on it. */
  window.survey = {
    field: field,
    /** The page draws its questions anew and knows nothing of what scripts have put there. */
    redraw: function () {
      for (var i = 0; i < shown.length; i++) {
        var old = shown[i].getQuestionContainer();
        if (old) old.parentNode.replaceChild(draw(shown[i], "Drawn anew"), old);
      }
      api.showNextButton();
    },
  };
  fetch("/survey.json").then(function (answer) { return answer.json(); }).then(async function (pages) {
    var named = parameters.get("pages") || "one";
    window.SURVEY = pages[named];
    for (var i = 0; i < SURVEY.length; i++) for (var j = 0; j < SURVEY[i].length; j++) {
      var question = SURVEY[i][j];
      if (question.html) question.text = await (await fetch("/" + question.html)).text();
      if (!question.file) continue;
      question.script = await (await fetch("/" + question.file)).text();
      if (question.replace) for (var from in question.replace) if (Object.prototype.hasOwnProperty.call(question.replace, from)) question.script = question.script.split(from).join(question.replace[from]);
    }
    showPage();
  });
})();
