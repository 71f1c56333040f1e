// The shop's page, and one on which the package's own promises are tried.
export default { build: { rollupOptions: { input: ["index.html", "lab.html"] } } };
