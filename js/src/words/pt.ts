/** Portuguese, in Brazilian spelling and in words that are also understood in Portugal; formal address (você, unspoken). */
import type { FailureWords, Words } from "./words.js";

const RETRY = "Tente novamente.";
const THEN_RETRY = "Depois, tente novamente.";
const CONNECTION = "Verifique a sua conexão e tente novamente.";
const ANOTHER_FILE = "Escolha outro.";
const OTHER_DEVICE = "Também pode usar outro dispositivo, como um telefone.";
const RELOAD = "Recarregue esta página.";
const OTHER_BROWSER = "Use uma versão atual do Chrome, Edge, Firefox ou Safari.";
const TELL_OWNER = "Se o problema continuar, informe o código ao responsável por este site.";
const OWNER_ONLY = "Só o responsável por este site pode resolver o problema. Informe-lhe o código.";

const NOT_LOADED: FailureWords = ["Não foi possível carregar o detector de rosto", CONNECTION, RELOAD, TELL_OWNER];
const NOT_STARTED: FailureWords = [
  "Não foi possível iniciar o detector de rosto",
  "Recarregue esta página e desative as extensões que bloqueiam scripts.",
  OWNER_ONLY,
];
const NOT_SET_UP: FailureWords = ["O detector de rosto não está configurado corretamente", OWNER_ONLY];
const BROWSER_TOO_OLD: FailureWords = ["Este navegador é muito antigo", OTHER_BROWSER];
const BUSY: FailureWords = ["O serviço está sobrecarregado", "Aguarde um minuto e tente novamente."];
const MISCONFIGURED: FailureWords = ["O serviço está indisponível no momento", OWNER_ONLY];
const OVER: FailureWords = [
  "Esta verificação perdeu a validade",
  "Comece de novo: cada verificação tem um tempo limite.",
  "Permaneça nesta página até o fim.",
];
const SERVER_FAILED: FailureWords = [
  "O servidor não conseguiu concluir a verificação",
  "Aguarde um momento e tente novamente.",
  TELL_OWNER,
];
const PICTURE_LOST: FailureWords = ["As imagens não chegaram intactas", RETRY, TELL_OWNER];

const FAILURES: Words["failures"] = {
  camera_denied: [
    "O acesso à câmera não está permitido",
    "Abra as configurações do site pelo ícone ao lado do endereço e permita o uso da câmera.",
    "Verifique se as configurações de privacidade do sistema permitem que este navegador use a câmera.",
    THEN_RETRY,
  ],
  camera_blocked_by_system: [
    "A câmera está desativada para este navegador",
    "Abra as configurações de privacidade do sistema e permita a câmera para este navegador.",
    "Reinicie o navegador.",
    THEN_RETRY,
  ],
  camera_dismissed: [
    "O pedido de acesso à câmera foi fechado",
    "Tente novamente e escolha “Permitir” quando o navegador perguntar.",
  ],
  camera_not_found: [
    "Nenhuma câmera foi encontrada",
    "Conecte uma câmera, abra a tampa dela ou ligue-a e tente novamente.",
    OTHER_DEVICE,
  ],
  camera_in_use: [
    "A câmera está em uso",
    "Feche outros programas e páginas que usem a câmera, como uma chamada de vídeo.",
    THEN_RETRY,
  ],
  camera_overconstrained: ["Esta câmera não é adequada", "Tente outra com pelo menos 480 × 360 pixels.", OTHER_DEVICE],
  camera_resolution_too_low: [
    "A imagem desta câmera é pequena demais",
    "Escolha outra câmera com pelo menos 480 × 360 pixels.",
    OTHER_DEVICE,
  ],
  camera_insecure_context: [
    "A câmera exige uma página segura",
    "Abra esta página em um endereço que comece com https://.",
    TELL_OWNER,
  ],
  camera_blocked_by_policy: [
    "Esta página não tem permissão para usar a câmera",
    "Se ela aparece dentro de outra página, abra-a separadamente.",
    OWNER_ONLY,
  ],
  camera_unsupported: ["Este navegador não permite usar a câmera", OTHER_BROWSER, OTHER_DEVICE],
  camera_failed: [
    "Não foi possível iniciar a câmera",
    "Desconecte-a e conecte-a de novo, ou reinicie o navegador.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  camera_timeout: [
    "A câmera não iniciou a tempo",
    "Permita o acesso à câmera quando o navegador perguntar, ou desconecte-a e conecte-a de novo.",
    THEN_RETRY,
  ],
  camera_ended: ["A câmera foi desconectada", "Conecte-a de novo e tente novamente."],
  simd_unsupported: BROWSER_TOO_OLD,
  engine_load_failed: NOT_LOADED,
  engine_file_missing: NOT_SET_UP,
  engine_wrong_mime_type: NOT_SET_UP,
  engine_blocked_by_policy: NOT_STARTED,
  engine_cross_origin: NOT_SET_UP,
  engine_invalid: NOT_STARTED,
  engine_load_timeout: NOT_LOADED,
  engine_crashed: ["O detector de rosto parou", RETRY, "Se acontecer de novo, feche outras páginas.", TELL_OWNER],
  detector_load_failed: NOT_LOADED,
  detector_invalid: NOT_SET_UP,
  detector_unsupported: NOT_SET_UP,
  detector_mismatch: NOT_SET_UP,
  out_of_memory: ["Não há memória suficiente", "Feche outras páginas e programas e tente novamente."],
  media_unsupported: ["Não é possível reproduzir este vídeo", ANOTHER_FILE, OTHER_BROWSER],
  media_too_short: ["O vídeo mostra por muito pouco tempo um único rosto bem posicionado", ANOTHER_FILE],
  frame_unsupported: ["Não foi possível ler as imagens", "Tente outra câmera ou outro navegador.", TELL_OWNER],
  positioning_timeout: [
    "O seu rosto não ficou na posição por tempo suficiente",
    "Olhe de frente para a câmera, com boa luz, e siga as orientações.",
    THEN_RETRY,
  ],
  frames_stalled: [
    "A câmera não envia imagens",
    "Abra a tampa dela ou ligue-a, e feche outros programas que a usem.",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  frames_uneven: [
    "A câmera está muito lenta",
    "Feche outros programas que usem a câmera ou sobrecarreguem este dispositivo.",
    "Acenda mais luzes: muitas câmeras ficam lentas com pouca luz.",
    THEN_RETRY,
  ],
  network_error: ["A conexão foi perdida", CONNECTION],
  request_timeout: ["O servidor não respondeu a tempo", CONNECTION],
  connection_too_slow: ["A sua conexão está muito lenta", "Procure um sinal melhor ou use outra rede.", THEN_RETRY],
  proxy_refused: [
    "O pedido foi recusado no caminho até o serviço",
    "Se estiver na rede de uma empresa, tente outra.",
    OWNER_ONLY,
  ],
  proxy_too_large: [
    "Um pedido grande foi recusado no caminho até o serviço",
    "Se estiver na rede de uma empresa, tente outra.",
    OWNER_ONLY,
  ],
  proxy_unavailable: ["O serviço não está acessível no momento", "Aguarde um momento e tente novamente.", TELL_OWNER],
  unexpected_response: ["O servidor deu uma resposta inesperada", RETRY, TELL_OWNER],
  invalid_options: ["A verificação não está configurada corretamente", OWNER_ONLY],
  cancelled: ["A verificação foi cancelada", "Pode começar de novo quando quiser."],
  internal: ["Ocorreu um erro", RETRY, TELL_OWNER],
  insufficient_frames: ["Não foram capturadas imagens suficientes", RETRY],
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
  origin_not_allowed: ["Este site não tem permissão para usar o serviço", OWNER_ONLY],
  host_not_allowed: ["O serviço não responde neste endereço", OWNER_ONLY],
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
  payload_too_large: ["Uma imagem é grande demais para o serviço", OWNER_ONLY],
  not_png: PICTURE_LOST,
  wrong_dimensions: PICTURE_LOST,
  index_out_of_range: PICTURE_LOST,
  upstream_unavailable: SERVER_FAILED,
  verdict_lost: ["A verificação foi feita, mas o resultado se perdeu", "Comece de novo."],
  too_many_sessions: BUSY,
  upstream_timeout: SERVER_FAILED,
};

const GUIDANCE: Words["guidance"] = {
  none: "",
  wait: "Um momento, por favor.",
  "allow-camera": "Por favor, permita o acesso à sua câmera.",
  "no-face": "Posicione o rosto em frente à câmera.",
  "multiple-faces": "Apenas um rosto deve aparecer.",
  "move-closer": "Aproxime-se.",
  "move-back": "Afaste-se um pouco.",
  "move-left": "Mova-se para a esquerda.",
  "move-right": "Mova-se para a direita.",
  "move-up": "Suba um pouco ou abaixe a câmera.",
  "move-down": "Desça um pouco ou levante a câmera.",
  "hold-still": "Fique imóvel.",
  "look-at-camera": "Olhe de frente para a câmera, com boa luz.",
  "uneven-frames": "A sua câmera está lenta. Acenda mais luzes ou feche outros programas.",
  "page-hidden": "Em pausa. Volte a esta página para continuar.",
  uploading: "Pronto. Enviando as imagens.",
  "uploading-slowly": "O envio continua: a sua conexão está lenta. Mantenha esta página aberta.",
  verifying: "Verificando.",
  "more-light": "Procure um lugar mais iluminado.",
  "less-light": "Há luz demais.",
  "face-the-light": "Vire-se para a luz.",
  "uncover-lens": "Destape a câmera.",
  "hold-steady": "Fique imóvel.",
  "straighten-head": "Mantenha a cabeça reta.",
  "turn-to-camera": "Vire o rosto para a câmera.",
  "show-eyes": "Mostre os olhos.",
  "camera-paused": "Em pausa: outro programa está usando a câmera.",
  "tap-to-start": "Toque na imagem ou pressione qualquer tecla.",
  "picture-frozen": "A imagem está congelada.",
};

const HINTS: Words["hints"] = {
  "no-face": "O rosto deve estar bem iluminado e nada deve tapar a câmera.",
  "multiple-faces": "Só uma pessoa pode aparecer. Rostos em quadros na parede também contam.",
  "move-closer": "O seu rosto deve preencher a moldura oval.",
  "move-back": "O seu rosto inteiro deve caber na moldura oval.",
  "move-left": "Coloque o rosto no centro da moldura.",
  "move-right": "Coloque o rosto no centro da moldura.",
  "move-up": "Coloque o rosto no centro ou incline a câmera.",
  "move-down": "Coloque o rosto no centro ou incline a câmera.",
  "hold-still": "Mantenha o rosto na moldura até que o anel se complete.",
  "uneven-frames": "Algumas câmeras ficam lentas com pouca luz ou enquanto outros programas as usam.",
  "page-hidden": "A verificação continua quando voltar a esta página.",
  "uploading-slowly": "A câmera já está desligada.",
  "more-light": "Acenda uma lâmpada ou aproxime-se de uma janela.",
  "less-light": "Saia da luz direta ou afaste-se da lâmpada.",
  "face-the-light": "A luz está atrás de você. Fique de frente para ela.",
  "uncover-lens": "Abra a tampa ou tire o dedo da lente.",
  "hold-steady": "Mantenha a cabeça parada. Se estiver segurando o dispositivo, apoie os braços.",
  "straighten-head": "Não a incline para o lado.",
  "turn-to-camera": "Olhe diretamente para a lente.",
  "show-eyes": "Tire os óculos escuros e afaste o cabelo ou o boné.",
  "camera-paused": "Encerre a chamada ou abra a tampa do computador. Depois, a verificação continua.",
  "tap-to-start": "Só depois disso o navegador mostra a câmera.",
  "picture-frozen": "Feche outros programas que usem a câmera.",
};

const SPOKEN: Words["spoken"] = {
  none: "",
  wait: "Um momento, por favor.",
  "allow-camera": "O navegador está pedindo para usar a câmera. Por favor, permita.",
  "no-face": "Não encontro o seu rosto. Coloque a câmera na altura dos olhos, à distância de um braço, e fique de frente para ela.",
  "multiple-faces": "Vejo mais de um rosto. Verifique se não há mais ninguém em frente à câmera.",
  "move-closer": "Aproxime-se um pouco da câmera.",
  "move-back": "Afaste-se um pouco da câmera.",
  "move-left": "Mova-se um pouco para a sua esquerda.",
  "move-right": "Mova-se um pouco para a sua direita.",
  "move-up": "Suba um pouco ou abaixe a câmera.",
  "move-down": "Desça um pouco ou levante a câmera.",
  "hold-still": "A posição está certa. Fique imóvel.",
  "look-at-camera": "Fique de frente para a câmera, com a luz à sua frente.",
  "uneven-frames": "A sua câmera está lenta. Acenda uma luz ou feche outros programas.",
  "page-hidden": "Em pausa. Volte a esta página para continuar.",
  uploading: "Todas as imagens foram capturadas. Já pode se mover. O envio está em curso.",
  "uploading-slowly": "O envio continua. A sua conexão está lenta. Mantenha esta página aberta.",
  verifying: "Verificando. Isso leva um momento.",
  "more-light": "Está escuro demais. Acenda uma luz ou fique de frente para uma janela.",
  "less-light": "Há luz demais. Saia da luz direta.",
  "face-the-light": "A luz está atrás de você. Vire-se até ela ficar à sua frente.",
  "uncover-lens": "A câmera está tapada. Abra a tampa ou tire o dedo da lente.",
  "hold-steady": "Fique imóvel. Se estiver segurando o dispositivo, apoie os braços.",
  "straighten-head": "A sua cabeça está inclinada. Mantenha-a reta.",
  "turn-to-camera": "O seu rosto está virado para o lado. Vire-o para a câmera.",
  "show-eyes": "Os seus olhos não estão visíveis. Tire os óculos escuros e afaste o cabelo ou o boné.",
  "camera-paused": "Em pausa. A câmera está em uso em outro lugar, por exemplo, em uma chamada.",
  "tap-to-start": "Toque na página ou pressione qualquer tecla para que o navegador inicie a câmera.",
  "picture-frozen": "A imagem da câmera está congelada. Feche outros programas que usem a câmera.",
};

const HELPS: Words["helps"] = {
  "face-a-window": "Sente-se de frente para uma janela ou ponha uma lâmpada atrás do monitor.",
  "leave-the-glare": "Afaste-se do sol e de lâmpadas fortes.",
  "bare-the-face": "Tire os óculos, o boné ou a máscara e afaste o cabelo do rosto.",
  "camera-at-eye-level": "Ponha a câmera à altura dos olhos, à distância de um braço, e fique de frente para ela.",
  "rest-the-camera": "Ponha o dispositivo sobre uma mesa ou encoste-o em algo.",
  "plain-background": "Sente-se diante de uma parede lisa, sem mais ninguém visível.",
  "another-camera": "Escolha outra câmera ou use outro dispositivo, como um telefone.",
};

const FAR: Words["far"] = {
  "move-closer": "Aproxime-se muito mais da câmera.",
  "move-back": "Afaste-se muito mais da câmera.",
  "move-left": "Mova-se muito para a sua esquerda.",
  "move-right": "Mova-se muito para a sua direita.",
  "move-up": "Suba muito ou abaixe a câmera.",
  "move-down": "Desça muito ou levante a câmera.",
};

const WARNINGS: Words["warnings"] = {
  low_frame_rate: "A câmera estava lenta. Acenda mais luzes ou feche outros programas.",
  uneven_frames: "As imagens chegaram de forma irregular. Feche outros programas.",
  interrupted: "A captura foi interrompida. Mantenha o rosto na moldura até o anel ficar completo.",
  low_light: "Estava escuro. Acenda uma lâmpada ou vire-se para uma janela.",
  overexposed: "O seu rosto estava claro demais. Saia da luz direta.",
  backlight: "A luz vinha de trás. Coloque-a à sua frente.",
  face_not_centered: "O seu rosto não estava no centro. Coloque-o no centro da moldura.",
  glasses: "Havia um reflexo diante dos seus olhos. Tire os óculos ou afaste-se da lâmpada.",
  blurred: "As imagens não estavam nítidas. Limpe a lente e fique imóvel.",
  no_color: "As imagens não tinham cor. Escolha outra câmera.",
  picture_frozen: "A imagem estava congelada. Feche outros programas que usem a câmera.",
  picture_noised: "O seu navegador altera o que lê da câmera. Desative essa proteção para esta página ou use outro navegador.",
};

const ELEMENT: Words["element"] = {
  label: "Prova de vida",
  intro: ["Mostre que está mesmo aqui", "Olhe para a câmera por cerca de dez segundos. Vamos orientar cada passo."],
  consent:
    "O seu rosto é localizado neste dispositivo. Somente imagens pequenas dele são enviadas. A câmera só fica ligada enquanto a sua imagem aparece aqui.",
  consentWhole:
    "São enviadas imagens completas da sua câmera. A câmera só fica ligada enquanto a sua imagem aparece aqui.",
  start: "Começar",
  cancel: "Cancelar",
  retry: "Tentar novamente",
  steps: "Progresso da verificação",
  stepCamera: "Câmera",
  stepPictures: "Imagens",
  stepResult: "Resultado",
  preview: "Imagem da sua câmera",
  previewFile: "Imagem do seu vídeo",
  cameraOn: "Câmera ligada",
  stop: "Parar",
  fileShown: "Vídeo gravado",
  progress: "Imagens capturadas",
  taken: { one: "{n} de {total} imagem", other: "{n} de {total} imagens" },
  sent: { one: "{n} de {total} enviada", other: "{n} de {total} enviadas" },
  halfway: "Metade das imagens já foi capturada. Continue imóvel.",
  moreTime: "Mais tempo",
  timeLeft: { one: "Falta {total} segundo", other: "Faltam {total} segundos" },
  timeRunsOut: "O tempo está quase acabando. Se precisar de mais, pressione “Mais tempo”.",
  camera: "Câmera",
  states: {
    "requesting-camera": ["Permita o acesso à câmera", "O navegador está perguntando, geralmente na parte de cima da janela."],
    loading: ["Preparando", "Carregando o detector de rosto."],
    positioning: ["Olhe para a câmera", ""],
    capturing: ["Fique imóvel", ""],
    uploading: ["Enviando as últimas imagens", "A câmera já está desligada."],
    verifying: ["Aguardando o resultado", "A câmera já está desligada. Isso leva um momento."],
  },
  fileStates: {
    "requesting-camera": ["Abrindo o vídeo", ""],
    loading: ["Preparando", ""],
    positioning: ["Procurando um rosto no vídeo", ""],
    capturing: ["Capturando imagens do vídeo", ""],
    uploading: ["Enviando as últimas imagens", ""],
    verifying: ["Aguardando o resultado", "Isso leva um momento."],
  },
  verdicts: {
    live: ["Uma pessoa real foi reconhecida", "As imagens mostram um rosto real em frente à câmera."],
    fake: [
      "Nenhuma pessoa real foi reconhecida",
      "As imagens parecem mais uma foto ou um monitor do que um rosto real. Se não for o caso, tente novamente com luz uniforme e sem reflexos, e mantenha a câmera firme.",
    ],
    inconclusive: [
      "O resultado não é claro",
      "As imagens não permitem decidir nem em um sentido nem no outro. Isso não é uma falha: tente novamente com mais luz no rosto.",
    ],
  },
  complete: ["A verificação está concluída", "Obrigado. A câmera já está desligada e pode continuar."],
  cancelled: "Verificação cancelada. A câmera está desligada e nada foi decidido.",
  code: "Código: {code}",
  required: "Conclua a prova de vida, por favor.",
  notLoaded: ["Não foi possível carregar o detector de rosto", CONNECTION, RELOAD],
};

export const WORDS: Words = { failures: FAILURES, guidance: GUIDANCE, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS, element: ELEMENT };
