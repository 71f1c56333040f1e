// The site's pages in their order: what is in no group fails the test (tests/docs/site.test.mjs).

/** `[heading, names]`; a name is that of a file in docs/, without its ending, or of one of {@link OUTSIDE}. */
export const GROUPS = [
  ["Start", ["index", "quick-start", "troubleshooting", "migration"]],
  ["Environments", ["html", "script-tag", "react", "vue", "svelte", "angular", "iframe", "qualtrics", "jspsych"]],
  ["Back end", ["back-end", "sessions", "video"]],
  ["Operate", ["gateway", "keys", "audit", "admin", "operations", "faults", "scale", "hosting", "security", "privacy", "accessibility", "browsers", "performance"]],
  ["Reference", ["element", "api", "errors", "guidance", "background", "escalation", "detector", "package", "verifier", "accuracy", "ai", "ai-rules", "coverage"]],
  ["The project", ["architecture", "contributing", "reporting", "changelog"]],
];

/** Pages whose files are not in docs/: path in the repository -> name. */
export const OUTSIDE = {
  "README.md": "index",
  "ARCHITECTURE.md": "architecture",
  "CONTRIBUTING.md": "contributing",
  "SECURITY.md": "reporting",
  "CHANGELOG.md": "changelog",
  "pkg/README.md": "package",
};

/** Shorter names for the menu, where a page's own title says more than that. */
export const SHORT = {
  index: "Overview",
  api: "Types",
  accuracy: "Accuracy",
  verifier: "The local verifier",
  package: "The npm package",
  accessibility: "Accessibility",
  element: "<liveness-check>",
  errors: "Error codes",
  guidance: "Guidance",
  changelog: "Changes",
  reporting: "Reporting a weakness",
  gateway: "The gateway",
  hosting: "Files and policies",
  operations: "Watching a gateway",
  faults: "What fails around a gateway",
  scale: "Many gateways",
  "ai-rules": "Rules to copy",
};
