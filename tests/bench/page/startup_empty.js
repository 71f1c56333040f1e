// A page that does nothing: what a navigation takes until a script of it runs, which nobody's start can be faster than.
import { outcome } from "./outcome.js";

void outcome(async () => ({ at: performance.now(), faces: null }));
