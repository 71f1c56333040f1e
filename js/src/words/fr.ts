/** French; formal address (vous). Narrow no-break spaces before two-part punctuation and inside « ». */
import type { FailureWords, Words } from "./words.js";

const RETRY = "Réessayez.";
const THEN_RETRY = "Ensuite, réessayez.";
const CONNECTION = "Vérifiez votre connexion, puis réessayez.";
const ANOTHER_FILE = "Choisissez un autre fichier.";
const OTHER_DEVICE = "Vous pouvez aussi utiliser un autre appareil, par exemple un téléphone.";
const RELOAD = "Rechargez cette page.";
const OTHER_BROWSER = "Utilisez une version récente de Chrome, Edge, Firefox ou Safari.";
const TELL_OWNER = "Si le problème persiste, communiquez le code au responsable de ce site.";
const OWNER_ONLY = "Seul le responsable de ce site peut y remédier. Communiquez-lui le code.";

const NOT_LOADED: FailureWords = ["La détection du visage n’a pas pu être chargée", CONNECTION, RELOAD, TELL_OWNER];
const NOT_STARTED: FailureWords = [
  "La détection du visage n’a pas pu démarrer",
  "Rechargez cette page et désactivez les extensions qui bloquent les scripts.",
  OWNER_ONLY,
];
const NOT_SET_UP: FailureWords = ["La détection du visage est mal configurée", OWNER_ONLY];
const BROWSER_TOO_OLD: FailureWords = ["Ce navigateur est trop ancien", OTHER_BROWSER];
const BUSY: FailureWords = ["Le service est surchargé", "Patientez une minute, puis réessayez."];
const MISCONFIGURED: FailureWords = ["Le service est indisponible pour le moment", OWNER_ONLY];
const OVER: FailureWords = [
  "Cette vérification n’est plus valable",
  "Recommencez : chaque vérification a une durée limitée.",
  "Restez sur cette page jusqu’à la fin.",
];
const SERVER_FAILED: FailureWords = [
  "Le serveur n’a pas pu terminer la vérification",
  "Patientez un instant, puis réessayez.",
  TELL_OWNER,
];
const PICTURE_LOST: FailureWords = ["Les images ne sont pas arrivées intactes", RETRY, TELL_OWNER];

const FAILURES: Words["failures"] = {
  camera_denied: [
    "L’accès à la caméra n’est pas autorisé",
    "Ouvrez les paramètres du site depuis l’icône à côté de l’adresse, puis autorisez la caméra.",
    "Vérifiez que les paramètres de confidentialité de votre système autorisent ce navigateur à utiliser la caméra.",
    THEN_RETRY,
  ],
  camera_blocked_by_system: [
    "La caméra est désactivée pour ce navigateur",
    "Ouvrez les paramètres de confidentialité de votre système et autorisez la caméra pour ce navigateur.",
    "Redémarrez le navigateur.",
    THEN_RETRY,
  ],
  camera_dismissed: [
    "La demande d’accès à la caméra a été fermée",
    "Réessayez et choisissez « Autoriser » lorsque votre navigateur vous le demande.",
  ],
  camera_not_found: [
    "Aucune caméra n’a été trouvée",
    "Branchez une caméra, ouvrez son cache ou allumez-la, puis réessayez.",
    OTHER_DEVICE,
  ],
  camera_in_use: [
    "La caméra est déjà utilisée",
    "Fermez les autres programmes et pages qui utilisent la caméra, par exemple un appel vidéo.",
    THEN_RETRY,
  ],
  camera_overconstrained: ["Cette caméra ne convient pas", "Essayez-en une autre d’au moins 480 × 360 pixels.", OTHER_DEVICE],
  camera_resolution_too_low: [
    "L’image de cette caméra est trop petite",
    "Choisissez une autre caméra d’au moins 480 × 360 pixels.",
    OTHER_DEVICE,
  ],
  camera_insecure_context: [
    "La caméra nécessite une page sécurisée",
    "Ouvrez cette page à une adresse qui commence par https://.",
    TELL_OWNER,
  ],
  camera_blocked_by_policy: [
    "Cette page n’a pas le droit d’utiliser la caméra",
    "Si elle s’affiche dans une autre page, ouvrez-la dans son propre onglet.",
    OWNER_ONLY,
  ],
  camera_unsupported: ["Ce navigateur ne permet pas d’utiliser la caméra", OTHER_BROWSER, OTHER_DEVICE],
  camera_failed: [
    "La caméra n’a pas pu démarrer",
    "Débranchez-la puis rebranchez-la, ou redémarrez votre navigateur.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  camera_timeout: [
    "La caméra n’a pas démarré à temps",
    "Autorisez la caméra lorsque votre navigateur vous le demande, ou débranchez-la puis rebranchez-la.",
    THEN_RETRY,
  ],
  camera_ended: ["La caméra a été déconnectée", "Rebranchez-la, puis réessayez."],
  simd_unsupported: BROWSER_TOO_OLD,
  engine_load_failed: NOT_LOADED,
  engine_file_missing: NOT_SET_UP,
  engine_wrong_mime_type: NOT_SET_UP,
  engine_blocked_by_policy: NOT_STARTED,
  engine_cross_origin: NOT_SET_UP,
  engine_invalid: NOT_STARTED,
  engine_load_timeout: NOT_LOADED,
  engine_crashed: [
    "La détection du visage s’est arrêtée",
    RETRY,
    "Si cela se reproduit, fermez les autres pages.",
    TELL_OWNER,
  ],
  detector_load_failed: NOT_LOADED,
  detector_invalid: NOT_SET_UP,
  detector_unsupported: NOT_SET_UP,
  detector_mismatch: NOT_SET_UP,
  out_of_memory: ["La mémoire est insuffisante", "Fermez les autres pages et programmes, puis réessayez."],
  media_unsupported: ["Ce fichier ne peut pas être lu comme une vidéo", ANOTHER_FILE, OTHER_BROWSER],
  media_too_short: ["Un visage unique et bien cadré n’apparaît pas assez longtemps dans la vidéo", ANOTHER_FILE],
  frame_unsupported: ["Les images n’ont pas pu être lues", "Essayez une autre caméra ou un autre navigateur.", TELL_OWNER],
  positioning_timeout: [
    "Votre visage n’est pas resté en place assez longtemps",
    "Regardez la caméra bien en face, avec un bon éclairage, et suivez les indications.",
    THEN_RETRY,
  ],
  frames_stalled: [
    "La caméra n’envoie aucune image",
    "Ouvrez son cache ou allumez-la, et fermez les autres programmes qui l’utilisent.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  frames_uneven: [
    "La caméra est trop lente",
    "Fermez les autres programmes qui utilisent la caméra ou occupent cet appareil.",
    "Ajoutez de la lumière : dans la pénombre, beaucoup de caméras sont lentes.",
    THEN_RETRY,
  ],
  network_error: ["La connexion a été interrompue", CONNECTION],
  request_timeout: ["Le serveur n’a pas répondu à temps", CONNECTION],
  connection_too_slow: [
    "Votre connexion est trop lente",
    "Cherchez une meilleure réception ou utilisez un autre réseau.",
    THEN_RETRY,
  ],
  proxy_refused: [
    "Un intermédiaire entre cette page et le service a refusé la requête",
    "Si vous êtes sur un réseau d’entreprise, essayez-en un autre.",
    OWNER_ONLY,
  ],
  proxy_too_large: [
    "Un intermédiaire entre cette page et le service a refusé une requête volumineuse",
    "Si vous êtes sur un réseau d’entreprise, essayez-en un autre.",
    OWNER_ONLY,
  ],
  proxy_unavailable: ["Le service est injoignable pour le moment", "Patientez un instant, puis réessayez.", TELL_OWNER],
  unexpected_response: ["Le serveur a donné une réponse inattendue", RETRY, TELL_OWNER],
  invalid_options: ["La vérification est mal configurée", OWNER_ONLY],
  cancelled: ["La vérification a été annulée", "Vous pouvez recommencer quand vous le souhaitez."],
  internal: ["Une erreur s’est produite", RETRY, TELL_OWNER],
  insufficient_frames: ["Trop peu d’images ont été prises", RETRY],
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
  origin_not_allowed: ["Ce site n’a pas le droit d’utiliser le service", OWNER_ONLY],
  host_not_allowed: ["Le service ne répond pas à cette adresse", OWNER_ONLY],
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
  payload_too_large: ["Une image est trop volumineuse pour le service", OWNER_ONLY],
  not_png: PICTURE_LOST,
  wrong_dimensions: PICTURE_LOST,
  index_out_of_range: PICTURE_LOST,
  upstream_unavailable: SERVER_FAILED,
  verdict_lost: ["La vérification a eu lieu, mais son résultat a été perdu", "Recommencez."],
  too_many_sessions: BUSY,
  upstream_timeout: SERVER_FAILED,
};

const GUIDANCE: Words["guidance"] = {
  none: "",
  wait: "Un instant, s’il vous plaît.",
  "allow-camera": "Veuillez autoriser l’accès à votre caméra.",
  "no-face": "Placez votre visage devant la caméra.",
  "multiple-faces": "Un seul visage doit être visible.",
  "move-closer": "Rapprochez-vous.",
  "move-back": "Reculez un peu.",
  "move-left": "Déplacez-vous vers la gauche.",
  "move-right": "Déplacez-vous vers la droite.",
  "move-up": "Redressez-vous un peu ou baissez la caméra.",
  "move-down": "Baissez-vous un peu ou relevez la caméra.",
  "hold-still": "Ne bougez plus.",
  "look-at-camera": "Regardez la caméra bien en face, avec un bon éclairage.",
  "uneven-frames": "Votre caméra est lente. Ajoutez de la lumière ou fermez d’autres programmes.",
  "page-hidden": "En pause. Revenez sur cette page pour continuer.",
  uploading: "Terminé. Envoi des images.",
  "uploading-slowly": "Envoi toujours en cours : votre connexion est lente. Gardez cette page ouverte.",
  verifying: "Vérification en cours.",
  "more-light": "Il faut plus de lumière.",
  "less-light": "Il y a trop de lumière.",
  "face-the-light": "Tournez-vous vers la lumière.",
  "uncover-lens": "La caméra est couverte.",
  "hold-steady": "Ne bougez plus.",
  "straighten-head": "Tenez la tête droite.",
  "turn-to-camera": "Tournez le visage vers la caméra.",
  "show-eyes": "Montrez vos yeux.",
  "camera-paused": "En pause : un autre programme utilise la caméra.",
  "tap-to-start": "Touchez l’image ou appuyez sur une touche.",
  "picture-frozen": "L’image est figée.",
};

const HINTS: Words["hints"] = {
  "no-face": "Votre visage doit être bien éclairé et rien ne doit couvrir l’objectif.",
  "multiple-faces": "Une seule personne peut être à l’image. Les visages sur les photos au mur comptent aussi.",
  "move-closer": "Votre visage doit remplir l’ovale.",
  "move-back": "Votre visage doit tenir tout entier dans l’ovale.",
  "move-left": "Amenez votre visage au centre de l’ovale.",
  "move-right": "Amenez votre visage au centre de l’ovale.",
  "move-up": "Amenez votre visage au centre ou inclinez la caméra.",
  "move-down": "Amenez votre visage au centre ou inclinez la caméra.",
  "hold-still": "Gardez votre visage dans l’ovale jusqu’à ce que l’anneau soit complet.",
  "uneven-frames": "Certaines caméras sont lentes dans la pénombre ou lorsque d’autres programmes les utilisent.",
  "page-hidden": "La vérification reprendra à votre retour sur cette page.",
  "uploading-slowly": "La caméra est de nouveau éteinte.",
  "more-light": "Allumez une lampe ou approchez-vous d’une fenêtre.",
  "less-light": "Éloignez-vous de la lumière directe ou détournez-vous de la lampe.",
  "face-the-light": "La lumière est derrière vous. Placez-vous face à elle.",
  "uncover-lens": "Ouvrez le cache ou retirez votre doigt de l’objectif.",
  "hold-steady": "Gardez la tête immobile. Si vous tenez l’appareil, calez vos bras.",
  "straighten-head": "Ne la penchez pas sur le côté.",
  "turn-to-camera": "Regardez droit vers l’objectif.",
  "show-eyes": "Retirez vos lunettes de soleil et relevez vos cheveux ou votre casquette.",
  "camera-paused": "Terminez l’appel ou rouvrez l’ordinateur. La vérification reprendra ensuite.",
  "tap-to-start": "Votre navigateur n’affichera la caméra qu’ensuite.",
  "picture-frozen": "Fermez les autres programmes qui utilisent la caméra.",
};

const SPOKEN: Words["spoken"] = {
  none: "",
  wait: "Un instant, s’il vous plaît.",
  "allow-camera": "Votre navigateur demande l’accès à la caméra. Veuillez l’autoriser.",
  "no-face": "Je ne trouve pas votre visage. Placez la caméra à hauteur des yeux, à une longueur de bras, et tournez-vous vers elle.",
  "multiple-faces": "Je vois plusieurs visages. Assurez-vous qu’il n’y a personne d’autre devant la caméra.",
  "move-closer": "Rapprochez-vous un peu de la caméra.",
  "move-back": "Éloignez-vous un peu de la caméra.",
  "move-left": "Déplacez-vous un peu vers votre gauche.",
  "move-right": "Déplacez-vous un peu vers votre droite.",
  "move-up": "Redressez-vous un peu ou baissez la caméra.",
  "move-down": "Baissez-vous un peu ou relevez la caméra.",
  "hold-still": "Vous êtes au bon endroit. Ne bougez plus.",
  "look-at-camera": "Placez-vous face à la caméra, avec la lumière devant vous.",
  "uneven-frames": "Votre caméra est lente. Allumez une lampe ou fermez d’autres programmes.",
  "page-hidden": "En pause. Revenez sur cette page pour continuer.",
  uploading: "Toutes les images sont prises. Vous pouvez de nouveau bouger. Envoi en cours.",
  "uploading-slowly": "Envoi toujours en cours. Votre connexion est lente. Gardez cette page ouverte.",
  verifying: "Vérification en cours. Cela prend un instant.",
  "more-light": "Il fait trop sombre. Allumez une lampe ou placez-vous face à une fenêtre.",
  "less-light": "Il y a trop de lumière. Éloignez-vous de la lumière directe.",
  "face-the-light": "La lumière est derrière vous. Tournez-vous jusqu’à l’avoir devant vous.",
  "uncover-lens": "La caméra est couverte. Ouvrez le cache ou retirez votre doigt de l’objectif.",
  "hold-steady": "Ne bougez plus. Si vous tenez l’appareil, calez vos bras.",
  "straighten-head": "Votre tête est penchée. Tenez-la droite.",
  "turn-to-camera": "Votre visage est détourné. Tournez-le vers la caméra.",
  "show-eyes": "On ne voit pas vos yeux. Retirez vos lunettes de soleil et relevez vos cheveux ou votre casquette.",
  "camera-paused": "En pause. La caméra est utilisée ailleurs, par exemple pour un appel.",
  "tap-to-start": "Touchez la page ou appuyez sur une touche pour que votre navigateur démarre la caméra.",
  "picture-frozen": "L’image de la caméra est figée. Fermez les autres programmes qui utilisent la caméra.",
};

const HELPS: Words["helps"] = {
  "face-a-window": "Asseyez-vous face à une fenêtre ou placez une lampe derrière l’écran.",
  "leave-the-glare": "Éloignez-vous du soleil et des lampes fortes.",
  "bare-the-face": "Retirez vos lunettes, votre casquette ou votre masque et dégagez vos cheveux du visage.",
  "camera-at-eye-level": "Placez la caméra à hauteur des yeux, à une longueur de bras, et faites-lui face.",
  "rest-the-camera": "Posez l’appareil sur une table ou appuyez-le contre quelque chose.",
  "plain-background": "Asseyez-vous devant un mur uni, sans personne d’autre à l’image.",
  "another-camera": "Choisissez une autre caméra ou utilisez un autre appareil, par exemple un téléphone.",
};

const FAR: Words["far"] = {
  "move-closer": "Rapprochez-vous beaucoup de la caméra.",
  "move-back": "Éloignez-vous beaucoup de la caméra.",
  "move-left": "Déplacez-vous beaucoup vers votre gauche.",
  "move-right": "Déplacez-vous beaucoup vers votre droite.",
  "move-up": "Redressez-vous beaucoup ou baissez la caméra.",
  "move-down": "Baissez-vous beaucoup ou levez la caméra.",
};

const WARNINGS: Words["warnings"] = {
  low_frame_rate: "La caméra était lente. Ajoutez de la lumière ou fermez d’autres programmes.",
  uneven_frames: "Les images arrivaient irrégulièrement. Fermez d’autres programmes.",
  interrupted: "La prise d’images a été interrompue. Gardez votre visage dans l’ovale jusqu’à ce que l’anneau soit complet.",
  low_light: "Il faisait sombre. Allumez une lampe ou tournez-vous vers une fenêtre.",
  overexposed: "Votre visage était trop éclairé. Éloignez-vous de la lumière directe.",
  backlight: "La lumière venait de derrière vous. Placez-la devant vous.",
  face_not_centered: "Votre visage n’était pas au centre. Amenez-le au centre de l’ovale.",
  glasses: "Il y avait un reflet devant vos yeux. Retirez vos lunettes ou détournez-vous de la lampe.",
  blurred: "Les images n’étaient pas nettes. Essuyez l’objectif et ne bougez plus.",
  no_color: "Les images étaient sans couleur. Choisissez une autre caméra.",
  picture_frozen: "L’image était figée. Fermez les autres programmes qui utilisent la caméra.",
  picture_noised: "Votre navigateur modifie ce qu’il lit de la caméra. Désactivez cette protection pour cette page ou utilisez un autre navigateur.",
};

const ELEMENT: Words["element"] = {
  label: "Vérification de présence",
  intro: ["Montrez que vous êtes bien là", "Regardez votre caméra pendant une dizaine de secondes. Des indications vous guideront."],
  consent:
    "Votre visage est localisé sur cet appareil. Seules de petites images de votre visage sont envoyées. La caméra n’est allumée que pendant que vous vous voyez ici.",
  consentWhole:
    "Des images entières de votre caméra sont envoyées. La caméra n’est allumée que pendant que vous vous voyez ici.",
  start: "Commencer",
  cancel: "Annuler",
  retry: "Réessayer",
  steps: "Progression de la vérification",
  stepCamera: "Caméra",
  stepPictures: "Images",
  stepResult: "Résultat",
  preview: "Aperçu de votre caméra",
  previewFile: "Aperçu de votre vidéo",
  cameraOn: "Caméra allumée",
  stop: "Arrêter",
  fileShown: "Fichier vidéo",
  progress: "Images prises",
  taken: { other: "Images : {n} sur {total}" },
  sent: { one: "{n} sur {total} envoyée", other: "{n} sur {total} envoyées" },
  halfway: "La moitié des images est prise. Restez immobile.",
  moreTime: "Plus de temps",
  timeLeft: { one: "Il reste {total} seconde", other: "Il reste {total} secondes" },
  timeRunsOut: "Le temps est presque écoulé. S’il vous en faut davantage, appuyez sur « Plus de temps ».",
  camera: "Caméra",
  states: {
    "requesting-camera": ["Autorisez la caméra", "Votre navigateur vous le demande, en général en haut de sa fenêtre."],
    loading: ["Préparation", "Chargement de la détection du visage."],
    positioning: ["Regardez la caméra", ""],
    capturing: ["Ne bougez plus", ""],
    uploading: ["Envoi des dernières images", "La caméra est de nouveau éteinte."],
    verifying: ["En attente du résultat", "La caméra est de nouveau éteinte. Cela prend un instant."],
  },
  fileStates: {
    "requesting-camera": ["Ouverture de la vidéo", ""],
    loading: ["Préparation", ""],
    positioning: ["Recherche d’un visage dans la vidéo", ""],
    capturing: ["Prise d’images dans la vidéo", ""],
    uploading: ["Envoi des dernières images", ""],
    verifying: ["En attente du résultat", "Cela prend un instant."],
  },
  verdicts: {
    live: ["Une personne réelle a été reconnue", "Les images montrent un vrai visage devant la caméra."],
    fake: [
      "Aucune personne réelle n’a été reconnue",
      "Les images ressemblent plus à une photo ou à un écran qu’à un vrai visage. Si c’est une erreur, réessayez avec un éclairage uniforme et sans reflets, en tenant la caméra bien stable.",
    ],
    inconclusive: [
      "Pas de réponse claire",
      "Les images ne permettent de trancher ni dans un sens ni dans l’autre. Ce n’est pas un échec : réessayez avec plus de lumière sur votre visage.",
    ],
  },
  complete: ["La vérification est terminée", "Merci. La caméra est de nouveau éteinte et vous pouvez continuer."],
  cancelled: "Vérification annulée. La caméra est éteinte et rien n’a été décidé.",
  code: "Code : {code}",
  required: "Veuillez effectuer la vérification de présence.",
  notLoaded: ["La détection du visage n’a pas pu être chargée", CONNECTION, RELOAD],
};

export const WORDS: Words = { failures: FAILURES, guidance: GUIDANCE, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS, element: ELEMENT };
