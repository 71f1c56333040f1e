/** German; formal address (Sie). */
import type { FailureWords, Words } from "./words.js";

const RETRY = "Versuchen Sie es erneut.";
const THEN_RETRY = "Versuchen Sie es danach erneut.";
const CONNECTION = "Prüfen Sie Ihre Verbindung und versuchen Sie es erneut.";
const ANOTHER_FILE = "Wählen Sie eine andere Datei.";
const OTHER_DEVICE = "Oder verwenden Sie ein anderes Gerät, zum Beispiel ein Smartphone.";
const RELOAD = "Laden Sie diese Seite neu.";
const OTHER_BROWSER = "Verwenden Sie eine aktuelle Version von Chrome, Edge, Firefox oder Safari.";
const TELL_OWNER = "Wenn das Problem bestehen bleibt, teilen Sie dem Betreiber dieser Website den Code mit.";
const OWNER_ONLY = "Das kann nur der Betreiber dieser Website beheben. Teilen Sie ihm den Code mit.";

const NOT_LOADED: FailureWords = ["Die Gesichtserfassung konnte nicht geladen werden", CONNECTION, RELOAD, TELL_OWNER];
const NOT_STARTED: FailureWords = [
  "Die Gesichtserfassung konnte nicht gestartet werden",
  "Laden Sie diese Seite neu und schalten Sie Erweiterungen aus, die Skripte blockieren.",
  OWNER_ONLY,
];
const NOT_SET_UP: FailureWords = ["Die Gesichtserfassung ist nicht richtig eingerichtet", OWNER_ONLY];
const BROWSER_TOO_OLD: FailureWords = ["Dieser Browser ist zu alt", OTHER_BROWSER];
const BUSY: FailureWords = ["Der Dienst ist ausgelastet", "Warten Sie eine Minute und versuchen Sie es dann erneut."];
const MISCONFIGURED: FailureWords = ["Der Dienst ist zurzeit nicht verfügbar", OWNER_ONLY];
const OVER: FailureWords = [
  "Diese Prüfung ist nicht mehr gültig",
  "Beginnen Sie von vorn: Für jede Prüfung gilt ein Zeitlimit.",
  "Bleiben Sie auf dieser Seite, bis die Prüfung beendet ist.",
];
const SERVER_FAILED: FailureWords = [
  "Der Server konnte die Prüfung nicht abschließen",
  "Warten Sie einen Moment und versuchen Sie es dann erneut.",
  TELL_OWNER,
];
const PICTURE_LOST: FailureWords = ["Die Bilder sind nicht unversehrt angekommen", RETRY, TELL_OWNER];

const FAILURES: Words["failures"] = {
  camera_denied: [
    "Der Zugriff auf die Kamera ist nicht erlaubt",
    "Öffnen Sie über das Symbol neben der Adresse die Website-Einstellungen und erlauben Sie die Kamera.",
    "Prüfen Sie, ob die Datenschutzeinstellungen Ihres Systems diesem Browser die Kamera erlauben.",
    THEN_RETRY,
  ],
  camera_blocked_by_system: [
    "Die Kamera ist für diesen Browser ausgeschaltet",
    "Öffnen Sie die Datenschutzeinstellungen Ihres Systems und erlauben Sie diesem Browser die Kamera.",
    "Starten Sie den Browser neu.",
    THEN_RETRY,
  ],
  camera_dismissed: [
    "Die Kameraabfrage wurde geschlossen",
    "Versuchen Sie es erneut und wählen Sie „Zulassen“, wenn Ihr Browser fragt.",
  ],
  camera_not_found: [
    "Es wurde keine Kamera gefunden",
    "Schließen Sie eine Kamera an, öffnen Sie ihre Abdeckung oder schalten Sie sie ein. Versuchen Sie es dann erneut.",
    OTHER_DEVICE,
  ],
  camera_in_use: [
    "Die Kamera wird bereits verwendet",
    "Schließen Sie andere Programme und Seiten, die die Kamera verwenden, zum Beispiel einen Videoanruf.",
    THEN_RETRY,
  ],
  camera_overconstrained: [
    "Diese Kamera ist nicht geeignet",
    "Versuchen Sie es mit einer anderen, die mindestens 480 × 360 Pixel liefert.",
    OTHER_DEVICE,
  ],
  camera_resolution_too_low: [
    "Das Bild dieser Kamera ist zu klein",
    "Wählen Sie eine andere Kamera mit mindestens 480 × 360 Pixeln.",
    OTHER_DEVICE,
  ],
  camera_insecure_context: [
    "Die Kamera benötigt eine sichere Seite",
    "Öffnen Sie diese Seite unter einer Adresse, die mit https:// beginnt.",
    TELL_OWNER,
  ],
  camera_blocked_by_policy: [
    "Diese Seite darf die Kamera nicht verwenden",
    "Wenn sie innerhalb einer anderen Seite angezeigt wird, öffnen Sie sie in einem eigenen Tab.",
    OWNER_ONLY,
  ],
  camera_unsupported: ["Dieser Browser kann keine Kamera verwenden", OTHER_BROWSER, OTHER_DEVICE],
  camera_failed: [
    "Die Kamera konnte nicht gestartet werden",
    "Trennen Sie die Kamera und schließen Sie sie wieder an, oder starten Sie Ihren Browser neu.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  camera_timeout: [
    "Die Kamera wurde nicht rechtzeitig gestartet",
    "Erlauben Sie die Kamera, wenn Ihr Browser fragt, oder trennen Sie sie und schließen Sie sie wieder an.",
    THEN_RETRY,
  ],
  camera_ended: ["Die Kamera wurde getrennt", "Schließen Sie sie wieder an und versuchen Sie es erneut."],
  simd_unsupported: BROWSER_TOO_OLD,
  engine_load_failed: NOT_LOADED,
  engine_file_missing: NOT_SET_UP,
  engine_wrong_mime_type: NOT_SET_UP,
  engine_blocked_by_policy: NOT_STARTED,
  engine_cross_origin: NOT_SET_UP,
  engine_invalid: NOT_STARTED,
  engine_load_timeout: NOT_LOADED,
  engine_crashed: [
    "Die Gesichtserfassung wurde unerwartet beendet",
    RETRY,
    "Wenn das noch einmal geschieht, schließen Sie andere Seiten.",
    TELL_OWNER,
  ],
  detector_load_failed: NOT_LOADED,
  detector_invalid: NOT_SET_UP,
  detector_unsupported: NOT_SET_UP,
  detector_mismatch: NOT_SET_UP,
  out_of_memory: ["Der Arbeitsspeicher reicht nicht aus", "Schließen Sie andere Seiten und Programme und versuchen Sie es dann erneut."],
  media_unsupported: ["Diese Datei lässt sich nicht als Video abspielen", ANOTHER_FILE, OTHER_BROWSER],
  media_too_short: ["Im Video ist zu kurz ein einzelnes, gut platziertes Gesicht zu sehen", ANOTHER_FILE],
  frame_unsupported: [
    "Die Bilder konnten nicht gelesen werden",
    "Versuchen Sie es mit einer anderen Kamera oder einem anderen Browser.",
    TELL_OWNER,
  ],
  positioning_timeout: [
    "Ihr Gesicht war nicht lange genug in Position",
    "Blicken Sie bei gutem Licht gerade in die Kamera und folgen Sie den Hinweisen.",
    THEN_RETRY,
  ],
  frames_stalled: [
    "Die Kamera liefert keine Bilder",
    "Öffnen Sie ihre Abdeckung oder schalten Sie sie ein, und schließen Sie andere Programme, die sie verwenden.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  frames_uneven: [
    "Die Kamera ist zu langsam",
    "Schließen Sie andere Programme, die die Kamera verwenden oder dieses Gerät auslasten.",
    "Sorgen Sie für mehr Licht: Viele Kameras sind im Dunkeln langsam.",
    THEN_RETRY,
  ],
  network_error: ["Die Verbindung wurde unterbrochen", CONNECTION],
  request_timeout: ["Der Server hat nicht rechtzeitig geantwortet", CONNECTION],
  connection_too_slow: [
    "Ihre Verbindung ist zu langsam",
    "Suchen Sie besseren Empfang oder nutzen Sie ein anderes Netz.",
    THEN_RETRY,
  ],
  proxy_refused: [
    "Die Anfrage wurde auf dem Weg zum Dienst abgelehnt",
    "Wenn Sie in einem Firmennetz sind, versuchen Sie es in einem anderen Netz.",
    OWNER_ONLY,
  ],
  proxy_too_large: [
    "Eine große Anfrage wurde auf dem Weg zum Dienst abgelehnt",
    "Wenn Sie in einem Firmennetz sind, versuchen Sie es in einem anderen Netz.",
    OWNER_ONLY,
  ],
  proxy_unavailable: [
    "Der Dienst ist zurzeit nicht erreichbar",
    "Warten Sie einen Moment und versuchen Sie es dann erneut.",
    TELL_OWNER,
  ],
  unexpected_response: ["Der Server hat unerwartet geantwortet", RETRY, TELL_OWNER],
  invalid_options: ["Die Prüfung ist nicht richtig eingerichtet", OWNER_ONLY],
  cancelled: ["Die Prüfung wurde abgebrochen", "Sie können jederzeit neu beginnen."],
  internal: ["Etwas ist schiefgelaufen", RETRY, TELL_OWNER],
  insufficient_frames: ["Es wurden nicht genügend Bilder aufgenommen", RETRY],
  missing_field: MISCONFIGURED,
  validation_error: MISCONFIGURED,
  invalid_metadata: MISCONFIGURED,
  invalid_video_input: MISCONFIGURED,
  invalid_key: MISCONFIGURED,
  insufficient_credits: MISCONFIGURED,
  account_suspended: MISCONFIGURED,
  insufficient_scope: MISCONFIGURED,
  tenant_mismatch: MISCONFIGURED,
  tenant_not_found: MISCONFIGURED,
  submission_not_found: OVER,
  service_unavailable: BUSY,
  origin_not_allowed: ["Diese Website darf den Dienst nicht nutzen", OWNER_ONLY],
  host_not_allowed: ["Der Dienst antwortet nicht unter dieser Adresse", OWNER_ONLY],
  rate_limit_exceeded: BUSY,
  internal_error: SERVER_FAILED,
  unknown_model: MISCONFIGURED,
  invalid_token: OVER,
  session_not_found: OVER,
  not_found: MISCONFIGURED,
  method_not_allowed: MISCONFIGURED,
  crop_conflict: PICTURE_LOST,
  session_closed: OVER,
  missing_crops: PICTURE_LOST,
  run_superseded: PICTURE_LOST,
  session_expired: OVER,
  payload_too_large: ["Ein Bild ist zu groß für den Dienst", OWNER_ONLY],
  not_png: PICTURE_LOST,
  wrong_dimensions: PICTURE_LOST,
  index_out_of_range: PICTURE_LOST,
  upstream_unavailable: SERVER_FAILED,
  verdict_lost: ["Die Prüfung wurde durchgeführt, aber ihr Ergebnis ging verloren", "Beginnen Sie von vorn."],
  too_many_sessions: BUSY,
  upstream_timeout: SERVER_FAILED,
};

const GUIDANCE: Words["guidance"] = {
  none: "",
  wait: "Einen Moment, bitte.",
  "allow-camera": "Bitte erlauben Sie den Zugriff auf Ihre Kamera.",
  "no-face": "Halten Sie Ihr Gesicht vor die Kamera.",
  "multiple-faces": "Es darf nur ein Gesicht zu sehen sein.",
  "move-closer": "Kommen Sie näher.",
  "move-back": "Gehen Sie etwas zurück.",
  "move-left": "Bewegen Sie sich nach links.",
  "move-right": "Bewegen Sie sich nach rechts.",
  "move-up": "Bewegen Sie sich etwas nach oben oder senken Sie die Kamera.",
  "move-down": "Bewegen Sie sich etwas nach unten oder heben Sie die Kamera an.",
  "hold-still": "Halten Sie still.",
  "look-at-camera": "Blicken Sie bei gutem Licht gerade in die Kamera.",
  "uneven-frames": "Ihre Kamera ist langsam. Sorgen Sie für mehr Licht oder schließen Sie andere Programme.",
  "page-hidden": "Pausiert. Kehren Sie zu dieser Seite zurück, um fortzufahren.",
  uploading: "Fertig. Die Bilder werden gesendet.",
  "uploading-slowly": "Es wird noch gesendet: Ihre Verbindung ist langsam. Lassen Sie diese Seite geöffnet.",
  verifying: "Wird geprüft.",
  "more-light": "Sorgen Sie für mehr Licht.",
  "less-light": "Es ist zu hell.",
  "face-the-light": "Wenden Sie sich dem Licht zu.",
  "uncover-lens": "Die Kamera ist verdeckt.",
  "hold-steady": "Halten Sie still.",
  "straighten-head": "Halten Sie den Kopf gerade.",
  "turn-to-camera": "Drehen Sie Ihr Gesicht zur Kamera.",
  "show-eyes": "Zeigen Sie Ihre Augen.",
  "camera-paused": "Pausiert: Die Kamera wird anderweitig verwendet.",
  "tap-to-start": "Tippen Sie auf das Bild oder drücken Sie eine beliebige Taste.",
  "picture-frozen": "Das Bild ist eingefroren.",
};

const HINTS: Words["hints"] = {
  "no-face": "Ihr Gesicht muss gut beleuchtet sein und nichts darf die Kamera verdecken.",
  "multiple-faces": "Nur eine Person darf im Bild sein. Auch Gesichter auf Bildern an der Wand zählen.",
  "move-closer": "Ihr Gesicht sollte das Oval ausfüllen.",
  "move-back": "Ihr ganzes Gesicht sollte in das Oval passen.",
  "move-left": "Bringen Sie Ihr Gesicht in die Mitte des Ovals.",
  "move-right": "Bringen Sie Ihr Gesicht in die Mitte des Ovals.",
  "move-up": "Bringen Sie Ihr Gesicht in die Mitte oder neigen Sie die Kamera.",
  "move-down": "Bringen Sie Ihr Gesicht in die Mitte oder neigen Sie die Kamera.",
  "hold-still": "Lassen Sie Ihr Gesicht im Oval, bis der Ring voll ist.",
  "uneven-frames": "Manche Kameras sind im Dunkeln langsam oder wenn andere Programme sie verwenden.",
  "page-hidden": "Die Prüfung geht weiter, wenn Sie zu dieser Seite zurückkehren.",
  "uploading-slowly": "Die Kamera ist wieder aus.",
  "more-light": "Schalten Sie eine Lampe ein oder gehen Sie an ein Fenster.",
  "less-light": "Gehen Sie aus dem direkten Licht oder wenden Sie sich von der Lampe ab.",
  "face-the-light": "Das Licht ist hinter Ihnen. Es sollte vor Ihnen sein.",
  "uncover-lens": "Öffnen Sie die Abdeckung oder nehmen Sie den Finger von der Linse.",
  "hold-steady": "Halten Sie den Kopf ruhig. Wenn Sie das Gerät halten, stützen Sie die Arme auf.",
  "straighten-head": "Neigen Sie ihn nicht zur Seite.",
  "turn-to-camera": "Blicken Sie direkt in die Linse.",
  "show-eyes": "Nehmen Sie eine dunkle Brille ab und schieben Sie Haare oder Mütze zurück.",
  "camera-paused": "Beenden Sie den Anruf oder klappen Sie das Gerät auf. Dann geht die Prüfung weiter.",
  "tap-to-start": "Erst danach zeigt Ihr Browser die Kamera.",
  "picture-frozen": "Schließen Sie andere Programme, die die Kamera verwenden.",
};

const SPOKEN: Words["spoken"] = {
  none: "",
  wait: "Einen Moment, bitte.",
  "allow-camera": "Ihr Browser fragt nach der Kamera. Bitte erlauben Sie den Zugriff.",
  "no-face": "Ich finde Ihr Gesicht nicht. Halten Sie die Kamera auf Augenhöhe, eine Armlänge entfernt, und wenden Sie sich ihr zu.",
  "multiple-faces": "Ich sehe mehr als ein Gesicht. Bitte sorgen Sie dafür, dass sonst niemand vor der Kamera ist.",
  "move-closer": "Gehen Sie etwas näher an die Kamera.",
  "move-back": "Gehen Sie etwas von der Kamera weg.",
  "move-left": "Bewegen Sie sich etwas nach links, von Ihnen aus gesehen.",
  "move-right": "Bewegen Sie sich etwas nach rechts, von Ihnen aus gesehen.",
  "move-up": "Bewegen Sie sich etwas nach oben oder senken Sie die Kamera.",
  "move-down": "Bewegen Sie sich etwas nach unten oder heben Sie die Kamera an.",
  "hold-still": "Ihre Position ist richtig. Halten Sie still.",
  "look-at-camera": "Wenden Sie sich der Kamera zu. Das Licht sollte von vorn kommen.",
  "uneven-frames": "Ihre Kamera ist langsam. Schalten Sie ein Licht ein oder schließen Sie andere Programme.",
  "page-hidden": "Pausiert. Kehren Sie zu dieser Seite zurück, um fortzufahren.",
  uploading: "Alle Bilder sind aufgenommen. Sie können sich wieder bewegen. Die Bilder werden gesendet.",
  "uploading-slowly": "Es wird noch gesendet. Ihre Verbindung ist langsam. Lassen Sie diese Seite geöffnet.",
  verifying: "Wird geprüft. Das dauert einen Moment.",
  "more-light": "Es ist zu dunkel. Schalten Sie ein Licht ein oder wenden Sie sich einem Fenster zu.",
  "less-light": "Es ist zu hell. Gehen Sie aus dem direkten Licht.",
  "face-the-light": "Das Licht ist hinter Ihnen. Drehen Sie sich, bis es vor Ihnen ist.",
  "uncover-lens": "Die Kamera ist verdeckt. Öffnen Sie die Abdeckung oder nehmen Sie den Finger von der Linse.",
  "hold-steady": "Halten Sie still. Wenn Sie das Gerät halten, stützen Sie die Arme auf.",
  "straighten-head": "Ihr Kopf ist geneigt. Halten Sie ihn gerade.",
  "turn-to-camera": "Ihr Gesicht ist abgewandt. Drehen Sie es zur Kamera.",
  "show-eyes": "Ihre Augen sind verdeckt. Nehmen Sie eine dunkle Brille ab und schieben Sie Haare oder Mütze zurück.",
  "camera-paused": "Pausiert. Die Kamera wird anderweitig verwendet, zum Beispiel für einen Anruf.",
  "tap-to-start": "Berühren Sie die Seite oder drücken Sie eine beliebige Taste, damit Ihr Browser die Kamera startet.",
  "picture-frozen": "Das Bild der Kamera ist eingefroren. Schließen Sie andere Programme, die die Kamera verwenden.",
};

const HELPS: Words["helps"] = {
  "face-a-window": "Setzen Sie sich vor ein Fenster oder stellen Sie eine Lampe hinter den Bildschirm.",
  "leave-the-glare": "Gehen Sie aus der Sonne und von hellen Lampen weg.",
  "bare-the-face": "Nehmen Sie Brille, Mütze oder Maske ab und streichen Sie die Haare aus dem Gesicht.",
  "camera-at-eye-level": "Stellen Sie die Kamera auf Augenhöhe, eine Armlänge entfernt, und wenden Sie sich ihr zu.",
  "rest-the-camera": "Stellen Sie das Gerät auf einen Tisch oder lehnen Sie es an.",
  "plain-background": "Setzen Sie sich vor eine leere Wand, ohne andere Personen im Bild.",
  "another-camera": "Wählen Sie eine andere Kamera oder verwenden Sie ein anderes Gerät, zum Beispiel ein Smartphone.",
};

const FAR: Words["far"] = {
  "move-closer": "Gehen Sie viel näher an die Kamera.",
  "move-back": "Gehen Sie viel weiter von der Kamera weg.",
  "move-left": "Bewegen Sie sich weit nach links, von Ihnen aus gesehen.",
  "move-right": "Bewegen Sie sich weit nach rechts, von Ihnen aus gesehen.",
  "move-up": "Bewegen Sie sich weit nach oben oder senken Sie die Kamera.",
  "move-down": "Bewegen Sie sich weit nach unten oder heben Sie die Kamera an.",
};

const WARNINGS: Words["warnings"] = {
  low_frame_rate: "Die Kamera war langsam. Sorgen Sie für mehr Licht oder schließen Sie andere Programme.",
  uneven_frames: "Die Bilder kamen ungleichmäßig an. Schließen Sie andere Programme.",
  interrupted: "Die Aufnahme wurde unterbrochen. Lassen Sie Ihr Gesicht im Oval, bis der Ring voll ist.",
  low_light: "Es war dunkel. Schalten Sie eine Lampe ein oder wenden Sie sich einem Fenster zu.",
  overexposed: "Ihr Gesicht war zu hell. Gehen Sie aus dem direkten Licht.",
  backlight: "Das Licht kam von hinten. Es sollte vor Ihnen sein.",
  face_not_centered: "Ihr Gesicht war nicht in der Mitte. Bringen Sie es in die Mitte des Ovals.",
  glasses: "Vor Ihren Augen spiegelte sich etwas. Nehmen Sie die Brille ab oder wenden Sie sich von der Lampe ab.",
  blurred: "Die Bilder waren unscharf. Wischen Sie die Linse ab und halten Sie still.",
  no_color: "Die Bilder hatten keine Farbe. Wählen Sie eine andere Kamera.",
  picture_frozen: "Das Bild war eingefroren. Schließen Sie andere Programme, die die Kamera verwenden.",
  picture_noised: "Ihr Browser verfälscht, was er von der Kamera liest. Schalten Sie diesen Schutz für diese Seite aus oder verwenden Sie einen anderen Browser.",
};

const ELEMENT: Words["element"] = {
  label: "Lebenderkennung",
  intro: ["Zeigen Sie, dass Sie wirklich da sind", "Blicken Sie etwa zehn Sekunden lang in Ihre Kamera. Sie werden dabei angeleitet."],
  consent:
    "Ihr Gesicht wird auf diesem Gerät gesucht. Gesendet werden nur kleine Bilder davon. Die Kamera ist nur eingeschaltet, solange Sie sich hier sehen.",
  consentWhole: "Es werden ganze Bilder Ihrer Kamera gesendet. Die Kamera ist nur eingeschaltet, solange Sie sich hier sehen.",
  start: "Starten",
  cancel: "Abbrechen",
  retry: "Erneut versuchen",
  steps: "Fortschritt der Prüfung",
  stepCamera: "Kamera",
  stepPictures: "Bilder",
  stepResult: "Ergebnis",
  preview: "Vorschau Ihrer Kamera",
  previewFile: "Vorschau Ihres Videos",
  cameraOn: "Kamera an",
  stop: "Beenden",
  fileShown: "Videodatei",
  progress: "Aufgenommene Bilder",
  taken: { one: "{n} von {total} Bild", other: "{n} von {total} Bildern" },
  sent: { other: "{n} von {total} gesendet" },
  halfway: "Die Hälfte der Bilder ist aufgenommen. Halten Sie weiter still.",
  moreTime: "Mehr Zeit",
  timeLeft: { one: "Noch {total} Sekunde", other: "Noch {total} Sekunden" },
  timeRunsOut: "Die Zeit ist fast abgelaufen. Wenn Sie mehr brauchen, drücken Sie „Mehr Zeit“.",
  camera: "Kamera",
  states: {
    "requesting-camera": ["Erlauben Sie die Kamera", "Ihr Browser fragt danach, meist am oberen Rand des Fensters."],
    loading: ["Wird vorbereitet", "Die Gesichtserfassung wird geladen."],
    positioning: ["Blicken Sie in die Kamera", ""],
    capturing: ["Halten Sie still", ""],
    uploading: ["Die letzten Bilder werden gesendet", "Die Kamera ist wieder aus."],
    verifying: ["Warten auf das Ergebnis", "Die Kamera ist wieder aus. Das dauert einen Moment."],
  },
  fileStates: {
    "requesting-camera": ["Das Video wird geöffnet", ""],
    loading: ["Wird vorbereitet", ""],
    positioning: ["Im Video wird ein Gesicht gesucht", ""],
    capturing: ["Bilder werden dem Video entnommen", ""],
    uploading: ["Die letzten Bilder werden gesendet", ""],
    verifying: ["Warten auf das Ergebnis", "Das dauert einen Moment."],
  },
  verdicts: {
    live: ["Eine echte Person wurde erkannt", "Die Bilder zeigen ein echtes Gesicht vor der Kamera."],
    fake: [
      "Es wurde keine echte Person erkannt",
      "Die Bilder ähneln eher einem Foto oder einem Bildschirm als einem echten Gesicht. Wenn das nicht stimmt, versuchen Sie es erneut bei gleichmäßigem Licht ohne Spiegelungen und halten Sie die Kamera ruhig.",
    ],
    inconclusive: [
      "Kein eindeutiges Ergebnis",
      "Die Bilder lassen keine Entscheidung zu, weder in die eine noch in die andere Richtung. Das ist kein Misserfolg: Versuchen Sie es mit mehr Licht auf Ihrem Gesicht erneut.",
    ],
  },
  complete: ["Die Prüfung ist abgeschlossen", "Vielen Dank. Die Kamera ist wieder aus, und Sie können fortfahren."],
  cancelled: "Abgebrochen. Die Kamera ist aus, und es wurde nichts entschieden.",
  code: "Code: {code}",
  required: "Bitte führen Sie die Lebenderkennung durch.",
  notLoaded: ["Die Gesichtserfassung konnte nicht geladen werden", CONNECTION, RELOAD],
};

export const WORDS: Words = { failures: FAILURES, guidance: GUIDANCE, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS, element: ELEMENT };
