const check = document.querySelector("liveness-check");
const output = document.querySelector("output");

check.addEventListener("liveness-result", ({ detail }) => {
  output.value = detail.verdict.verdict;
});
check.addEventListener("liveness-error", ({ detail }) => {
  output.value = detail.code;
});
