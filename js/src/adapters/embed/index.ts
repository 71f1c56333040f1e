/** The classic script `embed.js`: defines `<liveness-check>`, with the core inside. */
// First, and at once: its address is known only while it runs.
import "./script.js";
import "../../element/index.js";
