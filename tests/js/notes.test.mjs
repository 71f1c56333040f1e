// Which notes wait for the next answer about a frame, and for how long.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import { load } from "./load.mjs";

const { Notes } = await load("core/notes");
const crop = (index) => ({ type: "cut", run: 0, index });

let awaited = false;
let posted = [];
let notes;

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  [awaited, posted] = [false, []];
  notes = new Notes(() => awaited, (list) => posted.push(list));
});

test("an answer takes all notes held, in order, and none follow it", () => {
  notes.hold(crop(0));
  notes.hold(crop(1));
  assert.deepEqual(notes.take(), [crop(0), crop(1)]);
  assert.deepEqual(notes.take(), []);
  mock.timers.tick(1_000);
  assert.deepEqual(posted, []);
});

test("if no frame is awaited, notes soon go by themselves", () => {
  notes.hold(crop(29));
  mock.timers.tick(19);
  assert.deepEqual(posted, []);
  mock.timers.tick(1);
  assert.deepEqual(posted, [[crop(29)]]);
});

test("notes wait for an awaited frame, but not for ever", () => {
  notes.hold(crop(0));
  awaited = true;
  mock.timers.tick(20);
  notes.hold(crop(1));
  mock.timers.tick(149);
  assert.deepEqual(posted, []);
  mock.timers.tick(1);
  assert.deepEqual(posted, [[crop(0), crop(1)]]);
  mock.timers.tick(1_000);
  assert.equal(posted.length, 1);
});

test("a note that cannot wait takes the others along", () => {
  notes.flush();
  assert.deepEqual(posted, [], "without notes there must be no message");
  notes.hold(crop(0));
  notes.flush();
  assert.deepEqual(posted, [[crop(0)]]);
});
