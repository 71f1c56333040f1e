// The choice of cameras: which are offered, and what a person has chosen.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { load } from "./load.mjs";

const { CameraPicker } = await load("element/picker");

beforeEach(() => (globalThis.document = { createElement: () => ({}) }));
afterEach(() => delete globalThis.document);

/** What of the element's tree a picker needs. */
function tree() {
  const focused = [];
  const button = (name, hidden) => ({ hidden, focus: () => focused.push(name) });
  const camera = Object.assign(new EventTarget(), {
    value: "",
    options: [],
    directions: [],
    focused: false,
    matches: (selector) => selector === ":focus" && camera.focused,
    replaceChildren: (...options) => {
      camera.options = options.map(({ value }) => value);
      camera.directions = options.map(({ dir }) => dir);
    },
  });
  return { cameras: { hidden: true }, camera, cancel: button("cancel", true), start: button("start", false), focused };
}

test("the choice of cameras follows what is plugged in, stands for the first camera wanted that there is, and lets go of the devices", async () => {
  let here = [];
  const devices = new EventTarget();
  let listeners = 0;
  for (const [name, change] of [["addEventListener", 1], ["removeEventListener", -1]]) {
    devices[name] = (...all) => ((listeners += change), EventTarget.prototype[name].apply(devices, all));
  }
  devices.enumerateDevices = async () => here.map((deviceId) => ({ kind: "videoinput", deviceId, label: `Camera ${deviceId}` }));
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { mediaDevices: devices } });
  const parts = tree();
  const { camera: select, cameras: place } = parts;
  const chosen = [];
  let asked = true;
  const picker = new CameraPicker(parts, () => asked, (id) => chosen.push(id));
  const settled = () => new Promise((resolve) => setTimeout(resolve, 20));
  picker.show(true, [null, "b", "a"]);
  // As an element does that is moved before the core is there.
  void picker.watch();
  picker.unwatch();
  void picker.watch();
  await settled();
  assert.deepEqual([listeners, place.hidden], [1, true], "no camera");
  for (const [cameras, options, value, hidden] of [
    [["a"], [], "", true],
    [["a", "b"], ["a", "b"], "b", false],
    [["c", "a", "d"], ["c", "a", "d"], "a", false],
    [["c", "d"], ["c", "d"], "c", false],
  ]) {
    here = cameras;
    devices.dispatchEvent(new Event("devicechange"));
    await settled();
    assert.deepEqual([select.options, select.value, place.hidden], [options, value, hidden], `${cameras}`);
    assert.ok(select.directions.every((dir) => dir === "auto"), "a name in another script than the page's is cut at its own end");
  }
  select.value = "d";
  select.dispatchEvent(new Event("change"));
  assert.deepEqual(chosen, ["d"]);
  picker.show(false, ["d"]);
  assert.deepEqual([select.value, place.hidden], ["d", true], "not offered");
  here = ["e", "f"];
  asked = false;
  await picker.look();
  assert.deepEqual(select.options, ["c", "d"], "nobody wants to know");
  asked = true;
  const late = picker.look();
  picker.unwatch();
  await late;
  assert.deepEqual([listeners, select.options], [0, ["c", "d"]]);
});

const CAMERAS = ["a", "b", "c"].map((deviceId) => ({ deviceId, label: `Camera ${deviceId}` }));

/** A list of three cameras on the screen, and somebody at the keyboard. */
function shown() {
  const parts = tree();
  const chosen = [];
  const picker = new CameraPicker(parts, () => true, (id) => chosen.push(id));
  picker.list(CAMERAS);
  picker.show(true, ["a"]);
  const { camera } = parts;
  camera.focused = true;
  const key = (key) => camera.dispatchEvent(Object.assign(new Event("keydown"), { key }));
  const change = (value) => {
    camera.value = value;
    camera.dispatchEvent(new Event("change"));
  };
  return { ...parts, picker, key, change, leave: () => camera.dispatchEvent(new Event("blur")), chosen: () => chosen.splice(0) };
}

const nextTask = () => new Promise((done) => setTimeout(done));

test("from an open list a camera is chosen at once; by arrows in a closed one, by Enter or on leaving it", async () => {
  const { key, change, leave, chosen, camera, picker } = shown();
  change("b");
  assert.deepEqual(chosen(), ["b"], "by the mouse");
  // Of a list that the key has opened the answer comes later.
  key("ArrowDown");
  await nextTask();
  change("c");
  assert.deepEqual(chosen(), ["c"]);
  for (const confirm of [() => key("Enter"), leave]) {
    for (const value of ["a", "b"]) {
      key("ArrowUp");
      change(value);
      await nextTask();
    }
    picker.show(true, ["a"]);
    assert.deepEqual([chosen(), camera.value], [[], "b"], "reports go on meanwhile");
    confirm();
    leave();
    assert.deepEqual(chosen(), ["b"], "once");
  }
});

test("what follows on leaving the list is no key any more, however busy the page is", () => {
  const { key, change, leave, chosen } = shown();
  key("Tab");
  leave();
  change("b");
  assert.deepEqual(chosen(), ["b"]);
});

test("what the arrows have come to is forgotten by Escape, with the camera, and with the list", () => {
  for (const forget of [
    ({ key }) => key("Escape"),
    ({ picker }) => picker.list(CAMERAS.slice(0, 2)),
    ({ picker }) => picker.show(false, ["a"]),
  ]) {
    const list = shown();
    list.key("End");
    list.change("c");
    forget(list);
    assert.equal(list.camera.value, "a", `what it shows at once: ${forget}`);
    list.leave();
    assert.deepEqual(list.chosen(), [], `${forget}`);
    list.picker.show(true, ["a"]);
    assert.equal(list.camera.value, "a");
  }
});

test("who comes back to the camera that the list stands for has chosen none, wherever the arrows were meanwhile", () => {
  for (const [wanted, standing] of [[["b"], "b"], [["gone", "c"], "c"], [[], "a"]]) {
    for (const confirm of ["Enter", "Tab"]) {
      const { picker, key, change, leave, chosen } = shown();
      picker.show(true, wanted);
      for (const value of [CAMERAS.find(({ deviceId }) => deviceId !== standing).deviceId, standing]) {
        key("ArrowDown");
        change(value);
      }
      key(confirm);
      leave();
      assert.deepEqual(chosen(), [], `${standing} ${confirm}`);
    }
  }
});

test("the focus is not lost with the list: it goes to Cancel, or to Start where that is shown", () => {
  for (const [running, expected] of [[true, ["cancel"]], [false, ["start"]]]) {
    const list = shown();
    list.cancel.hidden = !running;
    list.picker.show(false, []);
    assert.deepEqual(list.focused, expected);
  }
  const list = shown();
  list.camera.focused = false;
  list.picker.show(false, []);
  assert.deepEqual(list.focused, [], "it was elsewhere");
});
