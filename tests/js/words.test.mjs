// What every language's table must hold to, whatever it says. That no key is missing is the type check's business.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { load } from "./load.mjs";

/** A file each, beside the type. */
const files = await readdir(new URL("../../js/src/words/", import.meta.url));
const languages = files.map((file) => file.replace(/\.ts$/, "")).filter((name) => name !== "words" && name !== "en");
const { WORDS: ENGLISH } = await load("words/en");
const { MIN_CAMERA_SIDES } = await load("generated/codes");
const TABLES = new Map(await Promise.all(languages.map(async (name) => [name, (await load(`words/${name}`)).WORDS])));

/** What is the same word in English. */
const SAME = { de: ["element.code"] };

/** How a sentence ends, by the mark at the end of the English one. */
const FULL_STOPS = { ".": ".", "?": "?" };
const ENDINGS = { ja: { ".": "。", "?": "？" }, ar: { ".": ".", "?": "؟" } };
const ENDS = /[.?!:;,。？！、：؟،؛…]$/u;

/** Left and right, in words. */
const SIDES = {
  en: [/\bleft\b/, /\bright\b/],
  ar: [/يسار/, /يمين/],
  de: [/\blinks\b/, /\brechts\b/],
  es: [/\bizquierda\b/, /\bderecha\b/],
  fr: [/\bgauche\b/, /\bdroite\b/],
  ja: [/左/, /右/],
  pt: [/\besquerda\b/, /\bdireita\b/],
};

/** Whole words; `\b` takes accented letters for the end of one. */
const words = (list) => new RegExp(`(?<!\\p{L})(?:${list})(?!\\p{L})`, "iu");

/** What is not written in a language: its own typography, and how it speaks to a stranger. */
const NEVER = {
  ar: [
    ["Western punctuation", /[,;?"'“”]/],
    ["Latin letters that are no name", /[a-z]/i, /\b(Chrome|Edge|Firefox|Safari|https)\b/g],
    ["a web address that is not isolated from right to left", /(?<!\u2066)https:\/\/|https:\/\/(?!\u2069)/],
    ["dimensions that are not isolated", /(?<!\u2066)\b\d+\u00a0×|×\u00a0\d+(?!\d*\u2069)/],
    ["an imperative, which is either to a man or to a woman", words("و?(?:اضغط|انقر|انظر|تأكد|حاول|افتح|أغلق|اقترب|ابتعد|تحرك|استخدم|اختر|انتظر|اسمح|ابق)")],
  ],
  de: [
    ["quotes other than „“", /["«»”]/],
    ["a straight apostrophe", /'/],
    ["du", words("du|dich|dir|deine?[mnrs]?")],
    ["sie in lower case where Sie is meant", /\b(bitte|können) sie\b/],
  ],
  es: [
    ["quotes other than «»", /["“”„]/],
    ["a question without its opening mark", /^[^¿]*\?/],
    ["tú", words("tú|tus?|te|ti|tuy[oa]s?")],
  ],
  fr: [
    ["quotes other than «»", /["“”„]/],
    ["a straight apostrophe", /'/],
    ["; ? ! or » without a narrow no-break space before it", /[^\u202f][;?!»]/],
    ["« without a narrow no-break space after it", /«[^\u202f]/],
    ["a colon without a no-break space before it", /[^\u00a0]:/, /https:\/\//g],
    ["tu", words("tu|toi|te|ton|ta|tes")],
  ],
  ja: [
    ["half-width punctuation", /[,.?!:;"'()]/, /https:\/\//g],
    ["a space", /\s/],
    ["a plain imperative", /(しろ|せよ|なさい)。/],
  ],
  pt: [
    ["quotes other than “”", /["«»„]/],
    ["tu", words("tu|teus?|tuas?|ti|te")],
    ["arquivo, ficheiro and other words of one country alone", words("(?:arquivo|ficheiro|tela|ecrã|aba|separador|celular|telemóvel|usuário|utilizador)(?:s|es)?")],
  ],
};

/** Letters of which every text has some. */
const SCRIPTS = { ar: /\p{Script=Arabic}/u, ja: /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u };

const isPlural = (value) => typeof value.other === "string";

/** Every text of a table by its path; forms of a plural each by their category. */
function* texts(value, path = "") {
  if (typeof value === "string") yield [path, value];
  else for (const [key, inner] of Object.entries(value)) yield* texts(inner, path ? `${path}.${key}` : key);
}

/** The English text that one stands for: each form of a plural stands for the general one. */
function original(path) {
  let value = ENGLISH;
  for (const key of path.split(".")) value = isPlural(value) ? value.other : value[key];
  return value;
}

/** Every text of every language but English. */
function* translations() {
  for (const [language, table] of TABLES) {
    for (const [path, text] of texts(table)) {
      yield { language, path, text, english: original(path), where: `${language} ${path}: ${text}` };
    }
  }
}

const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join();

test("the languages are those the package promises", () => {
  for (const language of ["ar", "de", "es", "fr", "ja", "pt"]) assert.ok(TABLES.has(language), language);
});

test("the element offers every language there is a table for", async () => {
  const { LANGUAGES, loadLanguage } = await load("element/language");
  assert.deepEqual([...LANGUAGES].sort(), ["en", ...languages].sort());
  for (const [language, { element }] of TABLES) {
    for (const tag of [language, `${language}-XX`, language.toUpperCase()]) {
      assert.equal((await loadLanguage(tag)).element.label, element.label, tag);
    }
  }
});

test("each has the tables and the number of sentences that English has", () => {
  const shape = (table) => [...texts(table)].map(([path]) => path.replace(/(\.(?:taken|sent|timeLeft))\.\w+$/, "$1"));
  const english = [...new Set(shape(ENGLISH))].sort();
  for (const [language, table] of TABLES) assert.deepEqual([...new Set(shape(table))].sort(), english, language);
});

test("plural forms are those the language distinguishes", () => {
  for (const [language, { element }] of [["en", ENGLISH], ...TABLES]) {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    for (const forms of [element.taken, element.sent, element.timeLeft]) {
      for (const category of Object.keys(forms)) assert.ok(pluralCategories.includes(category), `${language} ${category}`);
    }
  }
});

test("a text is empty only where the English one is, and has no stray blanks or invisible characters", () => {
  for (const { text, english, where } of translations()) assert.equal(text === "", english === "", where);
  for (const [language, table] of [["en", ENGLISH], ...TABLES]) {
    for (const [path, text] of texts(table)) {
      assert.equal(text, text.trim(), `${language} ${path}`);
      assert.ok(!/\s\s/.test(text), `${language} ${path}: two blanks`);
      // No-break spaces and the isolates of right-to-left text are all there may be.
      assert.ok(!/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text.replace(/[\u2066\u2069]/g, "")), `${language} ${path}: invisible`);
      assert.equal((text.match(/\u2066/g) ?? []).length, (text.match(/\u2069/g) ?? []).length, `${language} ${path}: isolates`);
      assert.equal(text, text.normalize("NFC"), `${language} ${path}: composed letters`);
      if (language !== "en") assert.ok(!/\d ×|× \d/.test(text), `${language} ${path}: a dimension that can break`);
    }
  }
});

test("nothing has stayed English", () => {
  for (const { language, path, text, english, where } of translations()) {
    if (text) assert.equal(text === english, SAME[language]?.includes(path) ?? false, where);
  }
});

test("placeholders are those of the English text", () => {
  for (const { text, english, where } of translations()) assert.equal(placeholders(text), placeholders(english), where);
});

test("a sentence ends as its language ends it, a title without a mark", () => {
  for (const { language, text, english, where } of translations()) {
    const ending = (ENDINGS[language] ?? FULL_STOPS)[english.at(-1)];
    if (ending) assert.ok(text.endsWith(ending), where);
    else assert.ok(!ENDS.test(text), where);
  }
});

test("what is one sentence in English is one in every language", () => {
  const said = new Map();
  for (const { language, text, english, where } of translations()) {
    if (/element\.(taken|sent|timeLeft)/.test(where)) continue;
    const key = `${language} ${english}`;
    assert.equal(text, said.get(key) ?? text, where);
    said.set(key, text);
  }
});

test("each is written in its own script, with its own typography and a stranger's politeness", () => {
  for (const { language, text, where } of translations()) {
    if (text && SCRIPTS[language]) assert.match(text, SCRIPTS[language], where);
    for (const [what, pattern, allowed] of NEVER[language] ?? []) {
      const rest = (allowed ? text.replace(allowed, "") : text).replace(/\{\w+\}/g, "");
      assert.ok(!pattern.test(rest), `${what}: ${where}`);
    }
  }
});

test("left is left, and right is right", () => {
  for (const [language, { guidance, spoken, far }] of [["en", ENGLISH], ...TABLES]) {
    const [left, right] = SIDES[language] ?? assert.fail(`no words for the sides in ${language}`);
    for (const said of [guidance, spoken, far]) {
      assert.ok(left.test(said["move-left"]) && !right.test(said["move-left"]), `${language}: ${said["move-left"]}`);
      assert.ok(right.test(said["move-right"]) && !left.test(said["move-right"]), `${language}: ${said["move-right"]}`);
    }
  }
});

test("who cancels is not told what became of it: the server may be deciding", () => {
  for (const [language, { element }] of [["en", ENGLISH], ...TABLES]) assert.match(element.cancelled, /^[^.。]+[.。]$/, language);
});

test("buttons and labels on the picture stay short", () => {
  for (const [language, { element }] of [["en", ENGLISH], ...TABLES]) {
    for (const key of ["start", "cancel", "retry", "moreTime", "camera", "stepCamera", "stepPictures", "stepResult", "cameraOn", "fileShown"]) {
      assert.ok(element[key].length <= 20, `${language} ${key}: ${element[key]}`);
    }
  }
});

/** By which word much is told from a little. */
const MUCH = {
  en: /\ba lot\b/,
  ar: /كثيرًا|مسافة أكبر/,
  de: /\b(viel|weit|deutlich)\b/,
  es: /\bmucho\b/,
  fr: /\bnettement\b/,
  ja: /大きく|かなり/,
  pt: /\b(muito|bem) mais\b/,
};

test("a little and much are told apart, for each direction, in every language", () => {
  for (const [language, { guidance, spoken, far }] of [["en", ENGLISH], ...TABLES]) {
    const much = MUCH[language] ?? assert.fail(`no word for much in ${language}`);
    for (const [move, text] of Object.entries(far)) {
      assert.ok(much.test(text), `${language}: ${text}`);
      for (const little of [spoken[move], guidance[move]]) assert.ok(!much.test(little), `${language}: ${little}`);
    }
    assert.equal(new Set(Object.values(far)).size, Object.keys(far).length, language);
  }
});

/** What is drawn on the picture. */
const DRAWN = {
  en: /\b(oval|ring)\b/i,
  ar: /بيضاوي|حلقة/,
  de: /\b(Ovals?|Rings?)\b/,
  es: /óvalo|anillo/,
  fr: /ovale|anneau/,
  ja: /枠|輪/,
  pt: /\boval\b|moldura|\banel\b/,
};

test("what is said to somebody who may not see the picture names nothing that is drawn on it", () => {
  for (const [language, { hints, spoken, far, helps, warnings, failures, element }] of [["en", ENGLISH], ...TABLES]) {
    const drawn = DRAWN[language] ?? assert.fail(`no words for what is drawn in ${language}`);
    assert.match(hints["hold-still"], drawn, language);
    const { verdicts, complete, halfway, timeRunsOut, states } = element;
    for (const [path, text] of texts({ spoken, far, helps, warnings, failures, verdicts, complete, halfway, timeRunsOut, states })) assert.doesNotMatch(text, drawn, `${language} ${path}`);
  }
});

test("who hears an instruction gets the advice that is shown under it", () => {
  for (const [language, { hints, spoken }] of [["en", ENGLISH], ...TABLES]) {
    for (const guidance of ["more-light", "uncover-lens", "show-eyes"]) assert.ok(spoken[guidance].endsWith(hints[guidance]), `${language}: ${spoken[guidance]}`);
  }
});

/** Words of the one language that the other one has not, although they are easily mixed up. */
const NEIGHBOURS = {
  pt: /(?<!\p{L})(tapa|cámara|lámpara|el|los|las|y|una|del)(?!\p{L})|ñ/iu,
  es: /(?<!\p{L})(tampa|câmera|lâmpada|os|as|uma|da|do|cabelo)(?!\p{L})|[ãõç]/iu,
};

test("Portuguese has no Spanish words, nor Spanish Portuguese ones", () => {
  for (const [language, foreign] of Object.entries(NEIGHBOURS)) {
    for (const [, text] of JSON.stringify(TABLES.get(language)).matchAll(/"([^"]*)"[,\]}]/g)) assert.doesNotMatch(text, foreign, language);
  }
});

/** To be turned to the light: wrong where it is the light that hides the eyes. */
const TO_THE_LIGHT = /to the light|dem Licht zu|vers la lumière|hacia la luz|para a luz|光のほう|نحو الضوء/;

test("who is to show the eyes is not sent into the light, which may be what hides them", () => {
  for (const [language, { hints, spoken }] of [["en", ENGLISH], ...TABLES]) {
    for (const said of [hints, spoken]) assert.doesNotMatch(said["show-eyes"], TO_THE_LIGHT, language);
  }
});

test("whose picture is dark is asked whether something covers the camera: a thumb on the lens looks like a dark room", () => {
  for (const [language, { hints, spoken }] of [["en", ENGLISH], ...TABLES]) {
    for (const said of [hints, spoken]) assert.match(said["more-light"], /cover|verdeckt|couvre|tap[ea]|覆われ|تغطية/, language);
  }
});

test("the announcement that the time runs out names the button that gives more", () => {
  for (const [language, { element }] of [["en", ENGLISH], ...TABLES]) assert.ok(element.timeRunsOut.includes(element.moreTime), language);
});

test("a face that moves is not blamed on the camera, which may be fixed", () => {
  for (const [language, { guidance, hints, spoken, element }] of [["en", ENGLISH], ...TABLES]) {
    for (const said of [guidance, hints, spoken]) {
      const text = said["hold-steady"];
      assert.ok(!text.toLowerCase().includes(element.camera.toLowerCase()), `${language}: ${text}`);
    }
  }
});

test("who needs another camera is told the size that is asked for", () => {
  for (const [language, { failures }] of [["en", ENGLISH], ...TABLES]) {
    for (const code of ["camera_overconstrained", "camera_resolution_too_low"]) {
      assert.deepEqual(failures[code].join(" ").match(/\d+/g)?.map(Number), [...MIN_CAMERA_SIDES], `${language} ${code}`);
    }
  }
});
