// The shop's page, and one on which the package's own promises are tried. In development the gateway is behind the server.
export default {
  build: { rollupOptions: { input: ["index.html", "lab.html"] } },
  server: { proxy: { "/api": process.env.GATEWAY ?? "http://127.0.0.1:8080" } },
};
