/** Writes how a check ended into the page, where the test reads it. */
export function report(started, LivenessError) {
  started.then(
    ({ verdict }) => Object.assign(document.body.dataset, { verdict }),
    (error) => {
      // The page's own doing: React mounts a component twice in development.
      if (error.code === "cancelled") return;
      const { code, detail, message, title, advice, hint } = error;
      const text = [message, title, ...(advice ?? []), hint].join(" | ");
      Object.assign(document.body.dataset, { code: code ?? String(error), detail, text, typed: error instanceof LivenessError });
    },
  );
}
