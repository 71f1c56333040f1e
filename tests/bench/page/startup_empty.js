// A page that does nothing: the time from navigation until its script runs is the lower limit of any start.
import { outcome } from "./outcome.js";

void outcome(async () => ({ at: performance.now(), faces: null }));
