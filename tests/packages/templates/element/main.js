import "liveness-capture/element";

const check = document.querySelector("liveness-check");
check.addEventListener("liveness-error", ({ detail: { code, detail } }) => Object.assign(document.body.dataset, { code, detail }));
check.addEventListener("liveness-result", ({ detail }) => {
  // Shown by then, in the page's own language.
  const said = check.shadowRoot.querySelector("#result-title").textContent;
  Object.assign(document.body.dataset, { verdict: detail.verdict.verdict, said });
});
