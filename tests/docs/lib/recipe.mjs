// Node's recipe on a command line, as the others are.
import { isLive, open } from "../../../docs/recipes/back_end.mjs";

const [command, ...args] = process.argv.slice(2);
console.log(JSON.stringify(await { open, read: isLive }[command](...args)));
