/**
 * Modern Standard Arabic, read from right to left. Requests use verbal nouns, which address everybody alike.
 * Left-to-right fragments that contain punctuation are isolated (U+2066 to U+2069), lest they be reordered.
 */
import type { FailureWords, Words } from "./words.js";

const RETRY = "يُرجى المحاولة مرة أخرى.";
const THEN_RETRY = "بعد ذلك، يُرجى المحاولة مرة أخرى.";
const ALLOW = "يُرجى فتح إعدادات الموقع من الرمز المجاور للعنوان، ثم السماح باستخدام الكاميرا.";
const CONNECTION = "يُرجى التأكد من الاتصال بالإنترنت، ثم المحاولة مرة أخرى.";
const ANOTHER_FILE = "يُرجى اختيار ملف آخر.";
const OTHER_DEVICE = "يمكن أيضًا استخدام جهاز آخر، مثل الهاتف.";
const RELOAD = "يُرجى إعادة تحميل هذه الصفحة.";
const OTHER_BROWSER = "يُرجى استخدام إصدار حديث من Chrome أو Edge أو Firefox أو Safari.";
const TELL_OWNER = "إذا استمرت المشكلة، فيُرجى إبلاغ إدارة هذا الموقع بالرمز.";
const OWNER_ONLY = "لا يمكن حل هذه المشكلة إلا من خلال إدارة هذا الموقع. يُرجى إبلاغها بالرمز.";

const NOT_LOADED: FailureWords = ["تعذّر تحميل أداة اكتشاف الوجه", CONNECTION, RELOAD, TELL_OWNER];
const NOT_STARTED: FailureWords = [
  "تعذّر تشغيل أداة اكتشاف الوجه",
  "يُرجى إيقاف الإضافات التي تحظر البرامج النصية، ثم إعادة تحميل هذه الصفحة.",
  OWNER_ONLY,
];
const NOT_SET_UP: FailureWords = ["لم يتم إعداد أداة اكتشاف الوجه بشكل صحيح", OWNER_ONLY];
const BROWSER_TOO_OLD: FailureWords = ["هذا المتصفح قديم جدًا", OTHER_BROWSER];
const BUSY: FailureWords = ["الخدمة مشغولة", "يُرجى الانتظار دقيقة، ثم المحاولة مرة أخرى."];
const MISCONFIGURED: FailureWords = ["الخدمة غير متاحة حاليًا", OWNER_ONLY];
const OVER: FailureWords = [
  "لم تعد عملية التحقق هذه صالحة",
  "يُرجى البدء من جديد: لكل عملية تحقق مهلة محددة.",
  "يُرجى البقاء في هذه الصفحة حتى انتهاء التحقق.",
];
const SERVER_FAILED: FailureWords = ["تعذّر على الخادم إكمال التحقق", "يُرجى الانتظار قليلًا، ثم المحاولة مرة أخرى.", TELL_OWNER];
const PICTURE_LOST: FailureWords = ["لم تصل الصور سليمة", RETRY, TELL_OWNER];

const FAILURES: Words["failures"] = {
  camera_denied: [
    "لا يُسمح باستخدام الكاميرا",
    ALLOW,
    "يُرجى التأكد من أن إعدادات الخصوصية في النظام تسمح لهذا المتصفح باستخدام الكاميرا.",
    THEN_RETRY,
  ],
  camera_blocked_by_system: [
    "استخدام الكاميرا معطّل لهذا المتصفح",
    "يُرجى فتح إعدادات الخصوصية في النظام، ثم السماح لهذا المتصفح باستخدام الكاميرا.",
    "يُرجى إعادة تشغيل المتصفح.",
    THEN_RETRY,
  ],
  camera_dismissed: [
    "أُغلق طلب السماح باستخدام الكاميرا",
    "يُرجى المحاولة مرة أخرى واختيار «السماح» عندما يطلب المتصفح ذلك.",
  ],
  camera_not_found: [
    "لم يتم العثور على كاميرا",
    "يُرجى توصيل كاميرا أو فتح غطائها أو تشغيلها، ثم المحاولة مرة أخرى.",
    OTHER_DEVICE,
  ],
  camera_in_use: [
    "الكاميرا قيد الاستخدام",
    "يُرجى إغلاق البرامج والصفحات الأخرى التي تستخدم الكاميرا، مثل مكالمات الفيديو.",
    THEN_RETRY,
  ],
  camera_overconstrained: [
    "هذه الكاميرا غير مناسبة",
    "يُرجى تجربة كاميرا أخرى بدقة لا تقل عن ⁦480 × 360⁩ بكسل.",
    OTHER_DEVICE,
  ],
  camera_resolution_too_low: [
    "صورة هذه الكاميرا صغيرة جدًا",
    "يُرجى اختيار كاميرا أخرى بدقة لا تقل عن ⁦480 × 360⁩ بكسل.",
    OTHER_DEVICE,
  ],
  camera_insecure_context: [
    "تتطلب الكاميرا صفحة آمنة",
    "يُرجى فتح هذه الصفحة من عنوان يبدأ بـ ⁦https://⁩.",
    TELL_OWNER,
  ],
  camera_blocked_by_policy: [
    "لا يُسمح لهذه الصفحة باستخدام الكاميرا",
    "إذا كانت معروضة داخل صفحة أخرى، فيُرجى فتحها في علامة تبويب مستقلة.",
    OWNER_ONLY,
  ],
  camera_unsupported: ["لا يدعم هذا المتصفح استخدام الكاميرا", OTHER_BROWSER, OTHER_DEVICE],
  camera_failed: [
    "تعذّر تشغيل الكاميرا",
    "يُرجى فصل الكاميرا ثم توصيلها مرة أخرى، أو إعادة تشغيل المتصفح.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  camera_timeout: [
    "لم تعمل الكاميرا خلال الوقت المحدد",
    "يُرجى السماح باستخدام الكاميرا عندما يطلب المتصفح ذلك، أو فصلها ثم توصيلها مرة أخرى.",
    THEN_RETRY,
  ],
  camera_ended: ["لم تعد الكاميرا متاحة", "يُرجى توصيلها مرة أخرى، ثم إعادة المحاولة.", ALLOW],
  simd_unsupported: BROWSER_TOO_OLD,
  engine_load_failed: NOT_LOADED,
  engine_file_missing: NOT_SET_UP,
  engine_wrong_mime_type: NOT_SET_UP,
  engine_blocked_by_policy: NOT_STARTED,
  engine_cross_origin: NOT_SET_UP,
  engine_invalid: NOT_STARTED,
  engine_load_timeout: NOT_LOADED,
  engine_crashed: [
    "توقفت أداة اكتشاف الوجه",
    RETRY,
    "إذا تكرر ذلك، فيُرجى إغلاق الصفحات الأخرى.",
    TELL_OWNER,
  ],
  detector_load_failed: NOT_LOADED,
  detector_invalid: NOT_SET_UP,
  detector_unsupported: NOT_SET_UP,
  detector_mismatch: NOT_SET_UP,
  out_of_memory: ["الذاكرة غير كافية", "يُرجى إغلاق الصفحات والبرامج الأخرى، ثم المحاولة مرة أخرى."],
  media_unsupported: ["لا يمكن تشغيل هذا الملف بوصفه فيديو", ANOTHER_FILE, OTHER_BROWSER],
  media_too_short: ["يُظهر الفيديو وجهًا واحدًا في موضع مناسب لمدة قصيرة جدًا", ANOTHER_FILE],
  frame_unsupported: ["تعذّرت قراءة الصور", "يُرجى تجربة كاميرا أخرى أو متصفح آخر.", TELL_OWNER],
  positioning_timeout: [
    "لم يبقَ وجهك في الموضع المناسب مدة كافية",
    "يُرجى النظر مباشرة إلى الكاميرا في إضاءة جيدة واتباع الإرشادات.",
    THEN_RETRY,
  ],
  frames_stalled: [
    "لا ترسل الكاميرا أي صور",
    "يُرجى فتح غطائها أو تشغيلها، وإغلاق البرامج الأخرى التي تستخدمها.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  frames_uneven: [
    "الكاميرا بطيئة جدًا",
    "يُرجى إغلاق البرامج الأخرى التي تستخدم الكاميرا أو تُبطئ هذا الجهاز.",
    "يُرجى زيادة الإضاءة: فكثير من الكاميرات تصبح بطيئة في الظلام.",
    THEN_RETRY,
  ],
  network_error: ["انقطع الاتصال", CONNECTION],
  request_timeout: ["لم يستجب الخادم خلال الوقت المحدد", CONNECTION],
  connection_too_slow: ["الاتصال بطيء جدًا", "يُرجى الانتقال إلى مكان تغطيته أفضل أو استخدام شبكة أخرى.", THEN_RETRY],
  proxy_refused: [
    "رُفض الطلب في طريقه إلى الخدمة",
    "عند استخدام شبكة شركة، يُرجى تجربة شبكة أخرى.",
    OWNER_ONLY,
  ],
  proxy_too_large: [
    "رُفض طلب كبير الحجم في طريقه إلى الخدمة",
    "عند استخدام شبكة شركة، يُرجى تجربة شبكة أخرى.",
    OWNER_ONLY,
  ],
  proxy_unavailable: ["لا يمكن الوصول إلى الخدمة حاليًا", "يُرجى الانتظار قليلًا، ثم المحاولة مرة أخرى.", TELL_OWNER],
  unexpected_response: ["أرسل الخادم ردًا غير متوقع", RETRY, TELL_OWNER],
  invalid_options: ["لم يتم إعداد التحقق بشكل صحيح", OWNER_ONLY],
  cancelled: ["أُلغي التحقق", "يمكن البدء من جديد في أي وقت."],
  internal: ["حدث خطأ ما", RETRY, TELL_OWNER],
  insufficient_frames: ["لم يُلتقط عدد كافٍ من الصور", RETRY],
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
  origin_not_allowed: ["لا يُسمح لهذا الموقع باستخدام الخدمة", OWNER_ONLY],
  host_not_allowed: ["لا تستجيب الخدمة على هذا العنوان", OWNER_ONLY],
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
  payload_too_large: ["إحدى الصور أكبر مما تسمح به الخدمة", OWNER_ONLY],
  not_png: PICTURE_LOST,
  wrong_dimensions: PICTURE_LOST,
  index_out_of_range: PICTURE_LOST,
  upstream_unavailable: SERVER_FAILED,
  verdict_lost: ["أُجري التحقق، لكن نتيجته فُقدت", "يُرجى البدء من جديد."],
  too_many_sessions: BUSY,
  upstream_timeout: SERVER_FAILED,
};

const GUIDANCE: Words["guidance"] = {
  none: "",
  wait: "لحظة من فضلك.",
  "allow-camera": "يُرجى السماح باستخدام الكاميرا.",
  "no-face": "يُرجى وضع الوجه أمام الكاميرا.",
  "multiple-faces": "يجب أن يظهر وجه واحد فقط.",
  "move-closer": "يُرجى الاقتراب.",
  "move-back": "يُرجى الابتعاد قليلًا.",
  "move-left": "يُرجى التحرك إلى يسارك.",
  "move-right": "يُرجى التحرك إلى يمينك.",
  "move-up": "يُرجى التحرك قليلًا إلى الأعلى أو خفض الكاميرا.",
  "move-down": "يُرجى التحرك قليلًا إلى الأسفل أو رفع الكاميرا.",
  "hold-still": "يُرجى الثبات.",
  "look-at-camera": "يُرجى النظر مباشرة إلى الكاميرا في إضاءة جيدة.",
  "uneven-frames": "الكاميرا بطيئة. يُرجى زيادة الإضاءة أو إغلاق البرامج الأخرى.",
  "page-hidden": "متوقف مؤقتًا. يُرجى العودة إلى هذه الصفحة للمتابعة.",
  uploading: "تم. جارٍ إرسال الصور.",
  "uploading-slowly": "ما زال الإرسال جاريًا: الاتصال بطيء. يُرجى إبقاء هذه الصفحة مفتوحة.",
  verifying: "جارٍ التحقق.",
  "more-light": "يُرجى زيادة الإضاءة.",
  "less-light": "الإضاءة قوية جدًا.",
  "face-the-light": "يُرجى مواجهة الضوء.",
  "uncover-lens": "الكاميرا مغطاة.",
  "wipe-lens": "يُرجى مسح العدسة.",
  "hold-steady": "يُرجى الثبات.",
  "straighten-head": "يُرجى إبقاء الرأس مستقيمًا.",
  "turn-to-camera": "يُرجى توجيه الوجه نحو الكاميرا.",
  "show-eyes": "يُرجى إظهار العينين.",
  "camera-paused": "متوقف مؤقتًا: الكاميرا غير متاحة.",
  "tap-to-start": "يُرجى لمس الصفحة أو الضغط على أي مفتاح.",
  "picture-frozen": "الصورة متجمدة.",
};

const HINTS: Words["hints"] = {
  "no-face": "يجب أن يكون الوجه مضاءً جيدًا وألا يغطيه أو يغطي العدسة أي شيء.",
  "multiple-faces": "يجب أن يظهر شخص واحد فقط. تُحتسب أيضًا الوجوه في الصور المعلقة على الحائط.",
  "move-closer": "يجب أن يملأ الوجه الشكل البيضاوي.",
  "move-back": "يجب أن يظهر الوجه كاملًا داخل الشكل البيضاوي.",
  "move-left": "يُرجى وضع الوجه في وسط الشكل البيضاوي.",
  "move-right": "يُرجى وضع الوجه في وسط الشكل البيضاوي.",
  "move-up": "يُرجى وضع الوجه في الوسط أو إمالة الكاميرا.",
  "move-down": "يُرجى وضع الوجه في الوسط أو إمالة الكاميرا.",
  "hold-still": "يُرجى إبقاء الوجه داخل الشكل البيضاوي حتى تكتمل الحلقة.",
  "uneven-frames": "بعض الكاميرات بطيئة في الظلام أو عندما تستخدمها برامج أخرى.",
  "page-hidden": "سيُستأنف التحقق عند العودة إلى هذه الصفحة.",
  "more-light": "يُرجى إضاءة مصباح أمامك أو مواجهة نافذة. يُرجى التأكد من عدم تغطية الكاميرا.",
  "less-light": "يُرجى الابتعاد عن الضوء المباشر أو عدم مواجهة المصباح.",
  "face-the-light": "الضوء خلفك. يجب أن يكون أمامك.",
  "uncover-lens": "يُرجى فتح الغطاء أو إبعاد الإصبع عن العدسة. إذا كان المكان مظلمًا فيُرجى إضاءة مصباح.",
  "wipe-lens": "الصورة ضبابية.",
  "hold-steady": "يُرجى إبقاء الرأس ثابتًا، وإسناد الذراعين عند حمل الجهاز.",
  "straighten-head": "يُرجى عدم إمالته إلى الجانب.",
  "turn-to-camera": "يُرجى النظر مباشرة إلى العدسة.",
  "show-eyes": "يُرجى إضاءة الوجه بشكل متساوٍ، أو خلع النظارة وإبعاد الشعر أو القبعة عن العينين.",
  "camera-paused": "يُرجى إنهاء المكالمة أو فتح غطاء الجهاز. سيُستأنف التحقق بعد ذلك.",
  "tap-to-start": "لن يعرض المتصفح الكاميرا إلا بعد ذلك.",
  "picture-frozen": "يُرجى إغلاق البرامج الأخرى التي تستخدم الكاميرا.",
};

const SPOKEN: Words["spoken"] = {
  none: "",
  wait: "لحظة من فضلك.",
  "allow-camera": "يطلب المتصفح استخدام الكاميرا. يُرجى السماح بذلك.",
  "no-face": "لم يُعثر على وجهك. يُرجى وضع الكاميرا في مستوى العينين، على مسافة ذراع، ومواجهتها.",
  "multiple-faces": "يظهر أكثر من وجه. يُرجى التأكد من عدم وجود شخص آخر أمام الكاميرا.",
  "move-closer": "يُرجى الاقتراب قليلًا من الكاميرا.",
  "move-back": "يُرجى الابتعاد قليلًا عن الكاميرا.",
  "move-left": "يُرجى التحرك قليلًا إلى يسارك.",
  "move-right": "يُرجى التحرك قليلًا إلى يمينك.",
  "move-up": "يُرجى التحرك قليلًا إلى الأعلى أو خفض الكاميرا.",
  "move-down": "يُرجى التحرك قليلًا إلى الأسفل أو رفع الكاميرا.",
  "hold-still": "موضعك مناسب. يُرجى الثبات.",
  "look-at-camera": "يُرجى مواجهة الكاميرا، بحيث يكون الضوء أمامك.",
  "uneven-frames": "الكاميرا بطيئة. يُرجى إضاءة مصباح أو إغلاق البرامج الأخرى.",
  "page-hidden": "متوقف مؤقتًا. يُرجى العودة إلى هذه الصفحة للمتابعة.",
  uploading: "اكتمل التقاط الصور. يمكنك التحرك الآن. جارٍ إرسال الصور.",
  "uploading-slowly": "ما زال الإرسال جاريًا. الاتصال بطيء. يُرجى إبقاء هذه الصفحة مفتوحة.",
  verifying: "جارٍ التحقق. سيستغرق ذلك لحظات.",
  "more-light": "الوجه غير مضاء بما يكفي. يُرجى إضاءة مصباح أمامك أو مواجهة نافذة. يُرجى التأكد من عدم تغطية الكاميرا.",
  "less-light": "الإضاءة قوية جدًا. يُرجى الابتعاد عن الضوء المباشر.",
  "face-the-light": "الضوء خلفك. يُرجى الاستدارة حتى يصبح أمامك.",
  "uncover-lens": "الكاميرا مغطاة. يُرجى فتح الغطاء أو إبعاد الإصبع عن العدسة. إذا كان المكان مظلمًا فيُرجى إضاءة مصباح.",
  "wipe-lens": "الصورة ضبابية. يُرجى مسح العدسة.",
  "hold-steady": "يُرجى الثبات، وإسناد الذراعين عند حمل الجهاز.",
  "straighten-head": "الرأس مائل. يُرجى إبقاؤه مستقيمًا.",
  "turn-to-camera": "الوجه غير موجَّه نحو الكاميرا. يُرجى توجيهه نحوها.",
  "show-eyes": "إحدى العينين غير ظاهرة جيدًا. يُرجى إضاءة الوجه بشكل متساوٍ، أو خلع النظارة وإبعاد الشعر أو القبعة عن العينين.",
  "camera-paused": "متوقف مؤقتًا. الكاميرا غير متاحة. يُرجى إنهاء المكالمة أو فتح غطاء الجهاز.",
  "tap-to-start": "يُرجى لمس الصفحة أو الضغط على أي مفتاح حتى يشغّل المتصفح الكاميرا.",
  "picture-frozen": "صورة الكاميرا متجمدة. يُرجى إغلاق البرامج الأخرى التي تستخدم الكاميرا.",
};

const HELPS: Words["helps"] = {
  "face-a-window": "يُرجى الجلوس في مواجهة نافذة أو وضع مصباح خلف الشاشة.",
  "leave-the-glare": "يُرجى الابتعاد عن الشمس وعن المصابيح القوية.",
  "bare-the-face": "يُرجى خلع النظارة أو القبعة أو الكمامة وإبعاد الشعر عن الوجه.",
  "camera-at-eye-level": "يُرجى وضع الكاميرا في مستوى العينين، على مسافة ذراع، ومواجهتها.",
  "rest-the-camera": "يُرجى وضع الجهاز على طاولة أو إسناده إلى شيء ثابت.",
  "plain-background": "يُرجى الجلوس أمام جدار خالٍ من الصور، دون ظهور أي شخص آخر.",
  "another-camera": "يُرجى اختيار كاميرا أخرى أو استخدام جهاز آخر، مثل الهاتف.",
};

const FAR: Words["far"] = {
  "move-closer": "يُرجى الاقتراب كثيرًا من الكاميرا.",
  "move-back": "يُرجى الابتعاد كثيرًا عن الكاميرا.",
  "move-left": "يُرجى التحرك مسافة أكبر إلى يسارك.",
  "move-right": "يُرجى التحرك مسافة أكبر إلى يمينك.",
  "move-up": "يُرجى التحرك مسافة أكبر إلى الأعلى أو خفض الكاميرا.",
  "move-down": "يُرجى التحرك مسافة أكبر إلى الأسفل أو رفع الكاميرا.",
};

const WARNINGS: Words["warnings"] = {
  low_frame_rate: "كانت الكاميرا بطيئة. يُرجى زيادة الإضاءة أو إغلاق البرامج الأخرى.",
  uneven_frames: "وصلت الصور على نحو غير منتظم. يُرجى إغلاق البرامج الأخرى.",
  interrupted: "انقطع الالتقاط. يُرجى البقاء في المكان نفسه دون حركة حتى تكتمل الصور كلها.",
  low_light: "كان المكان مظلمًا. يُرجى إضاءة مصباح أو مواجهة نافذة.",
  overexposed: "كان الوجه شديد السطوع. يُرجى الابتعاد عن الضوء المباشر.",
  backlight: "كان الضوء خلفك. يجب أن يكون أمامك.",
  face_not_centered: "لم يكن الوجه في الوسط. يُرجى وضعه في وسط الصورة.",
  glasses: "كان هناك انعكاس أمام العينين. يُرجى خلع النظارة أو عدم مواجهة المصباح.",
  blurred: "لم تكن الصور واضحة. يُرجى مسح العدسة والثبات.",
  no_color: "كانت الصور بلا ألوان. يُرجى اختيار كاميرا أخرى.",
  picture_frozen: "كانت الصورة متجمدة. يُرجى إغلاق البرامج الأخرى التي تستخدم الكاميرا.",
  picture_noised: "يغيّر المتصفح صور الكاميرا لحماية الخصوصية. يُرجى إيقاف هذه الحماية لهذه الصفحة أو استخدام متصفح آخر.",
  virtual_camera: "يبدو أن الكاميرا برنامج. يُرجى اختيار كاميرا الجهاز.",
};

const ELEMENT: Words["element"] = {
  label: "التحقق من الوجود الفعلي",
  intro: ["إثبات وجودك الفعلي أمام الكاميرا", "يُرجى النظر إلى الكاميرا لمدة عشر ثوانٍ تقريبًا. ستُقدَّم الإرشادات خطوة بخطوة."],
  consent: "يتم اكتشاف وجهك على هذا الجهاز، ولا تُرسل سوى صور صغيرة له.",
  consentWhole: "تُرسل صور كاملة من الكاميرا.",
  cameraOnWhile: "لا تعمل الكاميرا إلا أثناء ظهور صورتك هنا.",
  start: "بدء",
  cancel: "إلغاء",
  retry: "إعادة المحاولة",
  steps: "تقدُّم التحقق",
  stepCamera: "الكاميرا",
  stepPictures: "الصور",
  stepResult: "النتيجة",
  preview: "معاينة الكاميرا",
  previewFile: "معاينة الفيديو",
  cameraOn: "الكاميرا تعمل",
  stop: "إيقاف",
  fileShown: "ملف فيديو",
  progress: "الصور الملتقطة",
  taken: { few: "{n} من {total} صور", other: "{n} من {total} صورة" },
  sent: { other: "أُرسلت {n} من {total}" },
  halfway: "التُقط نصف الصور. يُرجى الاستمرار في الثبات.",
  moreTime: "مزيد من الوقت",
  timeLeft: { other: "الثواني المتبقية: {total}" },
  timeRunsOut: "أوشك الوقت على الانتهاء. لطلب المزيد، يُرجى الضغط على «مزيد من الوقت».",
  camera: "الكاميرا",
  states: {
    "requesting-camera": ["يُرجى السماح باستخدام الكاميرا", "يطلب المتصفح ذلك، عادةً في أعلى نافذته."],
    loading: ["جارٍ التحضير", "جارٍ تحميل أداة اكتشاف الوجه."],
    positioning: ["يُرجى النظر إلى الكاميرا", ""],
    capturing: ["يُرجى الثبات", ""],
    uploading: ["جارٍ إرسال الصور الأخيرة", ""],
    verifying: ["في انتظار النتيجة", "سيستغرق ذلك لحظات."],
  },
  fileStates: {
    "requesting-camera": ["جارٍ فتح الفيديو", ""],
    loading: ["جارٍ التحضير", ""],
    positioning: ["جارٍ البحث عن وجه في الفيديو", ""],
    capturing: ["جارٍ التقاط صور من الفيديو", ""],
    uploading: ["جارٍ إرسال الصور الأخيرة", ""],
    verifying: ["في انتظار النتيجة", "سيستغرق ذلك لحظات."],
  },
  verdicts: {
    live: ["تم التحقق من وجود شخص حقيقي", "تُظهر الصور وجهًا حقيقيًا أمام الكاميرا."],
    fake: [
      "لم يتم التحقق من وجود شخص حقيقي",
      "تبدو الصور أقرب إلى صورة فوتوغرافية أو شاشة منها إلى وجه حقيقي. إذا كان ذلك غير صحيح، فيُرجى المحاولة مرة أخرى في إضاءة متجانسة دون انعكاسات، مع تثبيت الكاميرا.",
    ],
    inconclusive: [
      "لا توجد نتيجة واضحة",
      "لا تكفي الصور للوصول إلى قرار واضح. لا يعني ذلك الفشل: يُرجى المحاولة مرة أخرى مع زيادة الإضاءة على الوجه.",
    ],
  },
  complete: ["اكتمل التحقق", "شكرًا. يمكنك المتابعة."],
  cancelled: "أُلغي التحقق.",
  cameraOff: "الكاميرا متوقفة الآن.",
  code: "الرمز: {code}",
  required: "يُرجى إكمال التحقق من الوجود الفعلي.",
  notLoaded: ["تعذّر تحميل أداة اكتشاف الوجه", CONNECTION, RELOAD],
};

export const WORDS: Words = { failures: FAILURES, guidance: GUIDANCE, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS, element: ELEMENT };
