/**
 * An expression that calls `work(argument)` in a page and never rejects: a promise of {value} or {error}. `work`
 * travels as text, so it may not use anything outside itself; what it returns must be JSON.
 */
export function asBody(work, argument) {
  const call = `(${work})(${JSON.stringify(argument) ?? ""})`;
  return `(async () => { try { return { value: (await ${call}) ?? null }; } catch (error) { return { error: \`\${error}\${error?.stack ? "\\n" + error.stack : ""}\` }; } })()`;
}
