/** Spanish for every region; formal address (usted). */
import type { FailureWords, Words } from "./words.js";

const RETRY = "Inténtelo de nuevo.";
const THEN_RETRY = "Después, inténtelo de nuevo.";
const CONNECTION = "Compruebe su conexión e inténtelo de nuevo.";
const ANOTHER_FILE = "Elija otro.";
const OTHER_DEVICE = "También puede usar otro dispositivo, como un teléfono.";
const RELOAD = "Recargue esta página.";
const OTHER_BROWSER = "Use una versión actual de Chrome, Edge, Firefox o Safari.";
const TELL_OWNER = "Si el problema continúa, comunique el código al responsable de este sitio.";
const OWNER_ONLY = "Solo el responsable de este sitio puede solucionarlo. Comuníquele el código.";

const NOT_LOADED: FailureWords = ["No se pudo cargar la detección facial", CONNECTION, RELOAD, TELL_OWNER];
const NOT_STARTED: FailureWords = [
  "No se pudo iniciar la detección facial",
  "Recargue esta página y desactive las extensiones que bloqueen scripts.",
  OWNER_ONLY,
];
const NOT_SET_UP: FailureWords = ["La detección facial no está bien configurada", OWNER_ONLY];
const BROWSER_TOO_OLD: FailureWords = ["Este navegador es demasiado antiguo", OTHER_BROWSER];
const BUSY: FailureWords = ["El servicio está saturado", "Espere un minuto e inténtelo de nuevo."];
const MISCONFIGURED: FailureWords = ["El servicio no está disponible en este momento", OWNER_ONLY];
const OVER: FailureWords = [
  "Esta verificación ya no es válida",
  "Empiece de nuevo: cada verificación tiene un tiempo límite.",
  "Permanezca en esta página hasta que termine.",
];
const SERVER_FAILED: FailureWords = [
  "El servidor no pudo completar la verificación",
  "Espere un momento e inténtelo de nuevo.",
  TELL_OWNER,
];
const PICTURE_LOST: FailureWords = ["Las imágenes llegaron dañadas", RETRY, TELL_OWNER];

const FAILURES: Words["failures"] = {
  camera_denied: [
    "El acceso a la cámara no está permitido",
    "Abra la configuración del sitio desde el icono junto a la dirección y permita el uso de la cámara.",
    "Compruebe que la configuración de privacidad de su sistema permite que este navegador use la cámara.",
    THEN_RETRY,
  ],
  camera_blocked_by_system: [
    "La cámara está desactivada para este navegador",
    "Abra la configuración de privacidad de su sistema y permita la cámara para este navegador.",
    "Reinicie el navegador.",
    THEN_RETRY,
  ],
  camera_dismissed: [
    "Se cerró la solicitud de acceso a la cámara",
    "Inténtelo de nuevo y elija «Permitir» cuando su navegador se lo pregunte.",
  ],
  camera_not_found: [
    "No se encontró ninguna cámara",
    "Conecte una cámara, abra su tapa o enciéndala e inténtelo de nuevo.",
    OTHER_DEVICE,
  ],
  camera_in_use: [
    "La cámara está en uso",
    "Cierre otros programas y páginas que usen la cámara, como una videollamada.",
    THEN_RETRY,
  ],
  camera_overconstrained: ["Esta cámara no es adecuada", "Pruebe con otra de al menos 640 × 480 píxeles.", OTHER_DEVICE],
  camera_resolution_too_low: [
    "La imagen de esta cámara es demasiado pequeña",
    "Elija otra cámara de al menos 480 × 360 píxeles.",
    OTHER_DEVICE,
  ],
  camera_insecure_context: [
    "La cámara requiere una página segura",
    "Abra esta página en una dirección que empiece por https://.",
    TELL_OWNER,
  ],
  camera_blocked_by_policy: [
    "Esta página no tiene permiso para usar la cámara",
    "Si se muestra dentro de otra página, ábrala en su propia pestaña.",
    OWNER_ONLY,
  ],
  camera_unsupported: ["Este navegador no permite usar la cámara", OTHER_BROWSER, OTHER_DEVICE],
  camera_failed: [
    "No se pudo iniciar la cámara",
    "Desconéctela y vuelva a conectarla, o reinicie su navegador.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  camera_timeout: [
    "La cámara no se inició a tiempo",
    "Permita el acceso a la cámara cuando su navegador se lo pregunte, o desconéctela y vuelva a conectarla.",
    THEN_RETRY,
  ],
  camera_ended: ["La cámara se desconectó", "Vuelva a conectarla e inténtelo de nuevo."],
  simd_unsupported: BROWSER_TOO_OLD,
  engine_load_failed: NOT_LOADED,
  engine_file_missing: NOT_SET_UP,
  engine_wrong_mime_type: NOT_SET_UP,
  engine_blocked_by_policy: NOT_STARTED,
  engine_cross_origin: NOT_SET_UP,
  engine_invalid: NOT_STARTED,
  engine_load_timeout: NOT_LOADED,
  engine_crashed: ["La detección facial se detuvo", RETRY, "Si vuelve a ocurrir, cierre otras páginas.", TELL_OWNER],
  detector_load_failed: NOT_LOADED,
  detector_invalid: NOT_SET_UP,
  detector_unsupported: NOT_SET_UP,
  detector_mismatch: NOT_SET_UP,
  out_of_memory: ["No hay suficiente memoria", "Cierre otras páginas y programas e inténtelo de nuevo."],
  media_unsupported: ["Este archivo no se puede reproducir como video", ANOTHER_FILE, OTHER_BROWSER],
  media_too_short: ["El video muestra durante muy poco tiempo un único rostro bien encuadrado", ANOTHER_FILE],
  frame_unsupported: ["No se pudieron leer las imágenes", "Pruebe con otra cámara u otro navegador.", TELL_OWNER],
  positioning_timeout: [
    "Su rostro no estuvo en posición el tiempo suficiente",
    "Mire de frente a la cámara, con buena luz, y siga las indicaciones.",
    THEN_RETRY,
  ],
  frames_stalled: [
    "La cámara no envía imágenes",
    "Abra su tapa o enciéndala, y cierre otros programas que la usen.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  frames_uneven: [
    "La cámara es demasiado lenta",
    "Cierre otros programas que usen la cámara o mantengan ocupado este dispositivo.",
    "Encienda más luces: muchas cámaras son lentas cuando hay poca luz.",
    THEN_RETRY,
  ],
  network_error: ["Se perdió la conexión", CONNECTION],
  request_timeout: ["El servidor no respondió a tiempo", CONNECTION],
  connection_too_slow: ["Su conexión es demasiado lenta", "Busque mejor cobertura o use otra red.", THEN_RETRY],
  proxy_refused: [
    "La solicitud fue rechazada en el camino al servicio",
    "Si está en la red de una empresa, pruebe con otra.",
    OWNER_ONLY,
  ],
  proxy_too_large: [
    "Una solicitud grande fue rechazada en el camino al servicio",
    "Si está en la red de una empresa, pruebe con otra.",
    OWNER_ONLY,
  ],
  proxy_unavailable: ["No se puede acceder al servicio en este momento", "Espere un momento e inténtelo de nuevo.", TELL_OWNER],
  unexpected_response: ["El servidor dio una respuesta inesperada", RETRY, TELL_OWNER],
  invalid_options: ["La verificación no está bien configurada", OWNER_ONLY],
  cancelled: ["La verificación se canceló", "Puede empezar de nuevo cuando quiera."],
  internal: ["Se produjo un error", RETRY, TELL_OWNER],
  insufficient_frames: ["No se capturaron suficientes imágenes", RETRY],
  missing_field: MISCONFIGURED,
  validation_error: MISCONFIGURED,
  invalid_key: MISCONFIGURED,
  insufficient_credits: MISCONFIGURED,
  account_suspended: MISCONFIGURED,
  insufficient_scope: MISCONFIGURED,
  origin_not_allowed: ["Este sitio no tiene permiso para usar el servicio", OWNER_ONLY],
  host_not_allowed: ["El servicio no responde en esta dirección", OWNER_ONLY],
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
  payload_too_large: ["Una imagen es demasiado grande para el servicio", OWNER_ONLY],
  not_png: PICTURE_LOST,
  wrong_dimensions: PICTURE_LOST,
  index_out_of_range: PICTURE_LOST,
  upstream_unavailable: SERVER_FAILED,
  verdict_lost: ["La verificación se hizo, pero se perdió el resultado", "Empiece de nuevo."],
  too_many_sessions: BUSY,
  upstream_timeout: SERVER_FAILED,
};

const GUIDANCE: Words["guidance"] = {
  none: "",
  wait: "Un momento, por favor.",
  "allow-camera": "Por favor, permita el acceso a su cámara.",
  "no-face": "Coloque su rostro frente a la cámara.",
  "multiple-faces": "Solo debe verse un rostro.",
  "move-closer": "Acérquese.",
  "move-back": "Aléjese un poco.",
  "move-left": "Muévase hacia la izquierda.",
  "move-right": "Muévase hacia la derecha.",
  "move-up": "Suba un poco o baje la cámara.",
  "move-down": "Baje un poco o suba la cámara.",
  "hold-still": "No se mueva.",
  "look-at-camera": "Mire de frente a la cámara, con buena luz.",
  "uneven-frames": "Su cámara es lenta. Encienda más luces o cierre otros programas.",
  "page-hidden": "En pausa. Vuelva a esta página para continuar.",
  uploading: "Listo. Enviando las imágenes.",
  "uploading-slowly": "Seguimos enviando: su conexión es lenta. Mantenga abierta esta página.",
  verifying: "Verificando.",
  "more-light": "Busque más luz.",
  "less-light": "Hay demasiada luz.",
  "face-the-light": "Póngase de cara a la luz.",
  "uncover-lens": "Destape la cámara.",
  "hold-steady": "Mantenga firme la cámara.",
  "straighten-head": "Mantenga la cabeza recta.",
  "turn-to-camera": "Gire el rostro hacia la cámara.",
  "show-eyes": "Muestre los ojos.",
  "camera-paused": "En pausa: otro programa está usando la cámara.",
  "tap-to-start": "Toque la imagen o pulse cualquier tecla.",
  "picture-frozen": "La imagen está congelada.",
};

const HINTS: Words["hints"] = {
  "no-face": "Su rostro debe estar bien iluminado y nada debe tapar la cámara.",
  "multiple-faces": "Solo puede verse una persona. También cuentan los rostros de los cuadros de la pared.",
  "move-closer": "Su rostro debe llenar el óvalo.",
  "move-back": "Todo su rostro debe caber en el óvalo.",
  "move-left": "Lleve su rostro al centro del óvalo.",
  "move-right": "Lleve su rostro al centro del óvalo.",
  "move-up": "Lleve su rostro al centro o incline la cámara.",
  "move-down": "Lleve su rostro al centro o incline la cámara.",
  "hold-still": "Mantenga su rostro en el óvalo hasta que el anillo se complete.",
  "uneven-frames": "Algunas cámaras son lentas con poca luz o mientras otros programas las usan.",
  "page-hidden": "La verificación continuará cuando vuelva a esta página.",
  "uploading-slowly": "La cámara ya está apagada.",
  "more-light": "Encienda una lámpara o acérquese a una ventana.",
  "less-light": "Apártese de la luz directa o gírese para no mirar hacia la lámpara.",
  "face-the-light": "La luz está detrás de usted. Colóquese de cara a ella.",
  "uncover-lens": "Abra la tapa o retire el dedo del objetivo.",
  "hold-steady": "Apoye el dispositivo o los brazos sobre algo.",
  "straighten-head": "No la incline hacia un lado.",
  "turn-to-camera": "Mire directamente al objetivo.",
  "show-eyes": "Quítese las gafas oscuras y apártese el pelo o la gorra.",
  "camera-paused": "Termine la llamada o abra la tapa del equipo. La verificación continuará después.",
  "tap-to-start": "Después, el navegador mostrará la cámara.",
  "picture-frozen": "Cierre otros programas que usen la cámara.",
};

const SPOKEN: Words["spoken"] = {
  none: "",
  wait: "Un momento, por favor.",
  "allow-camera": "Su navegador solicita usar la cámara. Por favor, permítalo.",
  "no-face": "No encuentro su rostro. Coloque la cámara a la altura de los ojos, a un brazo de distancia, y póngase frente a ella.",
  "multiple-faces": "Veo más de un rostro. Asegúrese de que no haya nadie más delante de la cámara.",
  "move-closer": "Acérquese un poco a la cámara.",
  "move-back": "Aléjese un poco de la cámara.",
  "move-left": "Muévase un poco hacia su izquierda.",
  "move-right": "Muévase un poco hacia su derecha.",
  "move-up": "Suba un poco o baje la cámara.",
  "move-down": "Baje un poco o suba la cámara.",
  "hold-still": "Está en el lugar correcto. No se mueva.",
  "look-at-camera": "Póngase de cara a la cámara, con la luz delante.",
  "uneven-frames": "Su cámara es lenta. Encienda una luz o cierre otros programas.",
  "page-hidden": "En pausa. Vuelva a esta página para continuar.",
  uploading: "Ya están todas las imágenes. Puede volver a moverse mientras se envían.",
  "uploading-slowly": "El envío continúa. Su conexión es lenta. Mantenga abierta esta página.",
  verifying: "Verificando. Tardará un momento.",
  "more-light": "Está demasiado oscuro. Encienda una luz o póngase de cara a una ventana.",
  "less-light": "Hay demasiada luz. Apártese de la luz directa.",
  "face-the-light": "La luz está detrás de usted. Gírese hasta tenerla delante.",
  "uncover-lens": "La cámara está tapada. Abra la tapa o retire el dedo del objetivo.",
  "hold-steady": "La cámara se mueve. Apoye el dispositivo o los brazos.",
  "straighten-head": "Tiene la cabeza inclinada. Póngala recta.",
  "turn-to-camera": "Su rostro mira hacia otro lado. Gírelo hacia la cámara.",
  "show-eyes": "No se ven sus ojos. Quítese las gafas oscuras y apártese el pelo o la gorra.",
  "camera-paused": "En pausa. La cámara se está usando para otra cosa, por ejemplo, una llamada.",
  "tap-to-start": "Toque la página o pulse cualquier tecla para que su navegador inicie la cámara.",
  "picture-frozen": "La imagen de la cámara está congelada. Cierre otros programas que usen la cámara.",
};

const HELPS: Words["helps"] = {
  "face-a-window": "Siéntese frente a una ventana o ponga una lámpara detrás de la pantalla.",
  "leave-the-glare": "Apártese del sol y de las lámparas fuertes.",
  "bare-the-face": "Quítese las gafas, la gorra o la mascarilla y apártese el pelo de la cara.",
  "camera-at-eye-level": "Ponga la cámara a la altura de los ojos, a un brazo de distancia, y mire hacia ella.",
  "rest-the-camera": "Ponga el dispositivo sobre una mesa o apóyelo en algo.",
  "plain-background": "Siéntese delante de una pared lisa, sin nadie más a la vista.",
  "another-camera": "Elija otra cámara o use otro dispositivo, como un teléfono.",
};

const FAR: Words["far"] = {
  "move-closer": "Acérquese mucho más a la cámara.",
  "move-back": "Aléjese mucho más de la cámara.",
  "move-left": "Muévase mucho hacia su izquierda.",
  "move-right": "Muévase mucho hacia su derecha.",
  "move-up": "Suba mucho o baje la cámara.",
  "move-down": "Baje mucho o suba la cámara.",
};

const WARNINGS: Words["warnings"] = {
  low_frame_rate: "La cámara iba lenta. Encienda más luces o cierre otros programas.",
  uneven_frames: "Las imágenes llegaron de forma irregular. Cierre otros programas.",
  interrupted: "La captura se interrumpió. Mantenga su rostro en el óvalo hasta que se complete el anillo.",
  low_light: "Estaba oscuro. Encienda una lámpara o mire hacia una ventana.",
  overexposed: "Su rostro estaba demasiado iluminado. Apártese de la luz directa.",
  backlight: "La luz venía de atrás. Póngala delante de usted.",
  face_not_centered: "Su rostro no estaba en el centro. Llévelo al centro del óvalo.",
  glasses: "Había reflejos delante de sus ojos. Quítese las gafas o apártese de la lámpara.",
  blurred: "Las imágenes no eran nítidas. Limpie la lente y mantenga firme la cámara.",
  no_color: "Las imágenes no tenían color. Elija otra cámara.",
  picture_frozen: "La imagen estaba congelada. Cierre otros programas que usen la cámara.",
  picture_noised: "Su navegador altera lo que lee de la cámara. Desactive esa protección para esta página o use otro navegador.",
};

const ELEMENT: Words["element"] = {
  label: "Prueba de vida",
  intro: ["Demuestre que está aquí en persona", "Mire a la cámara durante unos diez segundos. Le indicaremos qué hacer."],
  consent:
    "La detección de su rostro se hace en este dispositivo. Solo se envían imágenes pequeñas del rostro. La cámara solo está encendida mientras usted se ve aquí.",
  consentWhole: "Se envían imágenes completas de su cámara. La cámara solo está encendida mientras usted se ve aquí.",
  start: "Empezar",
  cancel: "Cancelar",
  retry: "Intentar de nuevo",
  steps: "Progreso de la verificación",
  stepCamera: "Cámara",
  stepPictures: "Imágenes",
  stepResult: "Resultado",
  preview: "Vista previa de su cámara",
  previewFile: "Vista previa de su video",
  cameraOn: "Cámara encendida",
  stop: "Detener",
  fileShown: "Archivo de video",
  progress: "Imágenes tomadas",
  taken: { one: "{n} de {total} imagen", other: "{n} de {total} imágenes" },
  sent: { one: "{n} de {total} enviada", other: "{n} de {total} enviadas" },
  halfway: "Ya está la mitad de las imágenes. Siga sin moverse.",
  moreTime: "Más tiempo",
  timeLeft: { one: "Queda {total} segundo", other: "Quedan {total} segundos" },
  timeRunsOut: "El tiempo está a punto de acabarse. Si necesita más, pulse «Más tiempo».",
  camera: "Cámara",
  states: {
    "requesting-camera": ["Permita el acceso a la cámara", "Su navegador se lo está pidiendo, normalmente en la parte superior de la ventana."],
    loading: ["Preparando", "Cargando la detección facial."],
    positioning: ["Mire a la cámara", ""],
    capturing: ["No se mueva", ""],
    uploading: ["Enviando las últimas imágenes", "La cámara ya está apagada."],
    verifying: ["Esperando el resultado", "La cámara ya está apagada. Tardará un momento."],
  },
  fileStates: {
    "requesting-camera": ["Abriendo el video", ""],
    loading: ["Preparando", ""],
    positioning: ["Buscando un rostro en el video", ""],
    capturing: ["Tomando imágenes del video", ""],
    uploading: ["Enviando las últimas imágenes", ""],
    verifying: ["Esperando el resultado", "Tardará un momento."],
  },
  verdicts: {
    live: ["Se reconoció a una persona real", "Las imágenes muestran un rostro real delante de la cámara."],
    fake: [
      "No se reconoció a ninguna persona real",
      "Las imágenes parecen más una foto o una pantalla que un rostro real. Si no es así, inténtelo de nuevo con luz uniforme y sin reflejos, y mantenga firme la cámara.",
    ],
    inconclusive: [
      "El resultado no es claro",
      "Las imágenes no permiten decidir en un sentido ni en otro. No es un fallo: inténtelo de nuevo con más luz en el rostro.",
    ],
  },
  complete: ["La verificación está completa", "Gracias. La cámara ya está apagada y puede continuar."],
  cancelled: "Verificación cancelada. La cámara está apagada y no se tomó ninguna decisión.",
  code: "Código: {code}",
  required: "Complete la prueba de vida, por favor.",
  notLoaded: ["No se pudo cargar la detección facial", CONNECTION, RELOAD],
};

export const WORDS: Words = { failures: FAILURES, guidance: GUIDANCE, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS, element: ELEMENT };
