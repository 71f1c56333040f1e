/** Japanese; polite style (です・ます). Titles, like labels, end without a full stop. */
import type { FailureWords, Words } from "./words.js";

const RETRY = "もう一度お試しください。";
const THEN_RETRY = "その後、もう一度お試しください。";
const CONNECTION = "接続を確認してから、もう一度お試しください。";
const ANOTHER_FILE = "別のファイルを選んでください。";
const OTHER_DEVICE = "または、スマートフォンなど別の端末をお使いください。";
const RELOAD = "このページを再読み込みしてください。";
const OTHER_BROWSER = "Chrome、Edge、Firefox、Safariのいずれかの最新版をお使いください。";
const TELL_OWNER = "問題が続く場合は、このサイトの運営者にコードをお知らせください。";
const OWNER_ONLY = "この問題を解決できるのは、このサイトの運営者だけです。運営者にコードをお知らせください。";

const NOT_LOADED: FailureWords = ["顔検出機能を読み込めませんでした", CONNECTION, RELOAD, TELL_OWNER];
const NOT_STARTED: FailureWords = [
  "顔検出機能を起動できませんでした",
  "スクリプトをブロックする拡張機能をオフにして、このページを再読み込みしてください。",
  OWNER_ONLY,
];
const NOT_SET_UP: FailureWords = ["顔検出機能が正しく設定されていません", OWNER_ONLY];
const BROWSER_TOO_OLD: FailureWords = ["このブラウザーのバージョンが古すぎます", OTHER_BROWSER];
const BUSY: FailureWords = ["サービスが混み合っています", "1分ほど待ってから、もう一度お試しください。"];
const MISCONFIGURED: FailureWords = ["サービスは現在ご利用いただけません", OWNER_ONLY];
const OVER: FailureWords = [
  "この確認は無効になりました",
  "確認には制限時間があります。最初からやり直してください。",
  "終わるまで、このページを開いたままにしてください。",
];
const SERVER_FAILED: FailureWords = [
  "サーバーで確認を完了できませんでした",
  "しばらく待ってから、もう一度お試しください。",
  TELL_OWNER,
];
const PICTURE_LOST: FailureWords = ["画像が正しく届きませんでした", RETRY, TELL_OWNER];

const FAILURES: Words["failures"] = {
  camera_denied: [
    "カメラの使用が許可されていません",
    "アドレスの横のアイコンからサイトの設定を開き、カメラを許可してください。",
    "システムのプライバシー設定で、このブラウザーにカメラの使用が許可されているか確認してください。",
    THEN_RETRY,
  ],
  camera_blocked_by_system: [
    "このブラウザーではカメラがオフになっています",
    "システムのプライバシー設定を開き、このブラウザーにカメラの使用を許可してください。",
    "ブラウザーを再起動してください。",
    THEN_RETRY,
  ],
  camera_dismissed: [
    "カメラの許可を求める画面が閉じられました",
    "もう一度試し、ブラウザーに確認されたら「許可」を選んでください。",
  ],
  camera_not_found: [
    "カメラが見つかりません",
    "カメラを接続するか、カバーを開けるか、電源を入れてから、もう一度お試しください。",
    OTHER_DEVICE,
  ],
  camera_in_use: [
    "カメラは使用中です",
    "ビデオ通話など、カメラを使っているほかのプログラムやページを閉じてください。",
    THEN_RETRY,
  ],
  camera_overconstrained: [
    "このカメラは使用できません",
    "640×480ピクセル以上の別のカメラをお試しください。",
    OTHER_DEVICE,
  ],
  camera_resolution_too_low: ["このカメラの映像は小さすぎます", "480×360ピクセル以上の別のカメラを選んでください。", OTHER_DEVICE],
  camera_insecure_context: [
    "カメラを使うには、安全なページが必要です",
    "https://で始まるアドレスで、このページを開いてください。",
    TELL_OWNER,
  ],
  camera_blocked_by_policy: [
    "このページではカメラを使用できません",
    "ほかのページの中に表示されている場合は、このページを別のタブで開いてください。",
    OWNER_ONLY,
  ],
  camera_unsupported: ["このブラウザーではカメラを使用できません", OTHER_BROWSER, OTHER_DEVICE],
  camera_failed: [
    "カメラを起動できませんでした",
    "カメラを接続し直すか、ブラウザーを再起動してください。",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  camera_timeout: [
    "カメラが時間内に起動しませんでした",
    "ブラウザーに確認されたらカメラを許可するか、カメラを接続し直してください。",
    THEN_RETRY,
  ],
  camera_ended: ["カメラの接続が切れました", "カメラを接続し直してから、もう一度お試しください。"],
  simd_unsupported: BROWSER_TOO_OLD,
  engine_load_failed: NOT_LOADED,
  engine_file_missing: NOT_SET_UP,
  engine_wrong_mime_type: NOT_SET_UP,
  engine_blocked_by_policy: NOT_STARTED,
  engine_cross_origin: NOT_SET_UP,
  engine_invalid: NOT_STARTED,
  engine_load_timeout: NOT_LOADED,
  engine_crashed: [
    "顔検出機能が停止しました",
    RETRY,
    "再び停止する場合は、ほかのページを閉じてください。",
    TELL_OWNER,
  ],
  detector_load_failed: NOT_LOADED,
  detector_invalid: NOT_SET_UP,
  detector_unsupported: NOT_SET_UP,
  detector_mismatch: NOT_SET_UP,
  out_of_memory: ["メモリが足りません", "ほかのページやプログラムを閉じてから、もう一度お試しください。"],
  media_unsupported: ["このファイルは動画として再生できません", ANOTHER_FILE, OTHER_BROWSER],
  media_too_short: ["一人の顔が正しい位置に映っている時間が短すぎます", ANOTHER_FILE],
  frame_unsupported: ["画像を読み取れませんでした", "別のカメラまたは別のブラウザーをお試しください。", TELL_OWNER],
  positioning_timeout: [
    "顔が正しい位置にある時間が足りませんでした",
    "明るい場所でカメラをまっすぐ見て、案内に従ってください。",
    THEN_RETRY,
  ],
  frames_stalled: [
    "カメラから映像が届いていません",
    "カメラのカバーを開けるか電源を入れ、カメラを使っているほかのプログラムを閉じてください。",
    THEN_RETRY,
    OTHER_DEVICE,
  ],
  frames_uneven: [
    "カメラの動作が遅すぎます",
    "カメラを使っているプログラムや、この端末に負荷をかけているプログラムを閉じてください。",
    "照明を明るくしてください。暗い場所では、多くのカメラの動作が遅くなります。",
    THEN_RETRY,
  ],
  network_error: ["接続が切れました", CONNECTION],
  request_timeout: ["サーバーから時間内に応答がありませんでした", CONNECTION],
  connection_too_slow: ["接続速度が遅すぎます", "電波の良い場所に移動するか、別のネットワークをお使いください。", THEN_RETRY],
  proxy_refused: [
    "このページとサービスの間で、通信が拒否されました",
    "社内ネットワークをお使いの場合は、別のネットワークをお試しください。",
    OWNER_ONLY,
  ],
  proxy_too_large: [
    "このページとサービスの間で、サイズの大きい通信が拒否されました",
    "社内ネットワークをお使いの場合は、別のネットワークをお試しください。",
    OWNER_ONLY,
  ],
  proxy_unavailable: ["現在、サービスに接続できません", "しばらく待ってから、もう一度お試しください。", TELL_OWNER],
  unexpected_response: ["サーバーから予期しない応答がありました", RETRY, TELL_OWNER],
  invalid_options: ["確認の設定が正しくありません", OWNER_ONLY],
  cancelled: ["確認はキャンセルされました", "いつでも最初からやり直せます。"],
  internal: ["問題が発生しました", RETRY, TELL_OWNER],
  insufficient_frames: ["十分な数の画像を撮影できませんでした", RETRY],
  missing_field: MISCONFIGURED,
  validation_error: MISCONFIGURED,
  invalid_key: MISCONFIGURED,
  insufficient_credits: MISCONFIGURED,
  account_suspended: MISCONFIGURED,
  insufficient_scope: MISCONFIGURED,
  origin_not_allowed: ["このサイトではサービスを使用できません", OWNER_ONLY],
  host_not_allowed: ["サービスはこのアドレスでは応答しません", OWNER_ONLY],
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
  payload_too_large: ["画像のサイズがサービスの上限を超えています", OWNER_ONLY],
  not_png: PICTURE_LOST,
  wrong_dimensions: PICTURE_LOST,
  index_out_of_range: PICTURE_LOST,
  upstream_unavailable: SERVER_FAILED,
  verdict_lost: ["確認は行われましたが、結果が失われました", "最初からやり直してください。"],
  too_many_sessions: BUSY,
  upstream_timeout: SERVER_FAILED,
};

const GUIDANCE: Words["guidance"] = {
  none: "",
  wait: "少々お待ちください。",
  "allow-camera": "カメラの使用を許可してください。",
  "no-face": "顔をカメラに映してください。",
  "multiple-faces": "一人だけで映ってください。",
  "move-closer": "もっと近づいてください。",
  "move-back": "少し離れてください。",
  "move-left": "左に動いてください。",
  "move-right": "右に動いてください。",
  "move-up": "少し上に動くか、カメラを下げてください。",
  "move-down": "少し下に動くか、カメラを上げてください。",
  "hold-still": "そのまま動かないでください。",
  "look-at-camera": "明るい場所で、カメラをまっすぐ見てください。",
  "uneven-frames": "カメラの動作が遅くなっています。明るくするか、ほかのプログラムを閉じてください。",
  "page-hidden": "一時停止中です。続けるには、このページに戻ってください。",
  uploading: "撮影が終わりました。画像を送信しています。",
  "uploading-slowly": "接続が遅いため、まだ送信中です。このページを開いたままにしてください。",
  verifying: "確認しています。",
  "more-light": "もう少し明るくしてください。",
  "less-light": "明るすぎます。",
  "face-the-light": "光のほうを向いてください。",
  "uncover-lens": "カメラが覆われています。",
  "hold-steady": "カメラを動かさないでください。",
  "straighten-head": "頭をまっすぐにしてください。",
  "turn-to-camera": "顔をカメラに向けてください。",
  "show-eyes": "目が見えるようにしてください。",
  "camera-paused": "一時停止中：カメラがほかで使用されています。",
  "tap-to-start": "映像をタップするか、いずれかのキーを押してください。",
  "picture-frozen": "映像が止まっています。",
};

const HINTS: Words["hints"] = {
  "no-face": "顔に光が当たり、レンズが覆われていないことを確認してください。",
  "multiple-faces": "映るのは一人だけにしてください。壁に飾った写真などの顔も人数に含まれます。",
  "move-closer": "顔が枠いっぱいに映るようにしてください。",
  "move-back": "顔全体が枠に収まるようにしてください。",
  "move-left": "顔を枠の中央に合わせてください。",
  "move-right": "顔を枠の中央に合わせてください。",
  "move-up": "顔を中央に合わせるか、カメラの角度を変えてください。",
  "move-down": "顔を中央に合わせるか、カメラの角度を変えてください。",
  "hold-still": "枠のまわりの輪がいっぱいになるまで、顔を枠の中に保ってください。",
  "uneven-frames": "暗い場所や、ほかのプログラムが使用中のときは、カメラの動作が遅くなることがあります。",
  "page-hidden": "このページに戻ると、確認が再開されます。",
  "uploading-slowly": "カメラはすでにオフになっています。",
  "more-light": "照明をつけるか、窓際に移動してください。",
  "less-light": "強い光が直接当たらない場所に移動するか、照明から顔をそらしてください。",
  "face-the-light": "光が後ろから当たっています。光が正面に来るようにしてください。",
  "uncover-lens": "カバーを開けるか、レンズから指を離してください。",
  "hold-steady": "端末を台に置くか、腕を支えて安定させてください。",
  "straighten-head": "横に傾けないでください。",
  "turn-to-camera": "レンズをまっすぐ見てください。",
  "show-eyes": "サングラスを外し、髪や帽子が目にかからないようにしてください。",
  "camera-paused": "通話を終了するか、ノートパソコンを開いてください。その後、確認が再開されます。",
  "tap-to-start": "その後、カメラの映像が表示されます。",
  "picture-frozen": "カメラを使っているほかのプログラムを閉じてください。",
};

const SPOKEN: Words["spoken"] = {
  none: "",
  wait: "少々お待ちください。",
  "allow-camera": "ブラウザーがカメラの使用許可を求めています。許可してください。",
  "no-face": "顔が見つかりません。カメラを目の高さに、腕の長さほど離して構え、正面を向いてください。",
  "multiple-faces": "二人以上の顔が映っています。カメラの前にいるのがお一人だけであることを確認してください。",
  "move-closer": "カメラに少し近づいてください。",
  "move-back": "カメラから少し離れてください。",
  "move-left": "ご自身の左に少し動いてください。",
  "move-right": "ご自身の右に少し動いてください。",
  "move-up": "少し上に動くか、カメラを下げてください。",
  "move-down": "少し下に動くか、カメラを上げてください。",
  "hold-still": "正しい位置です。そのまま動かないでください。",
  "look-at-camera": "光が正面から当たるようにして、カメラのほうを向いてください。",
  "uneven-frames": "カメラの動作が遅くなっています。照明をつけるか、ほかのプログラムを閉じてください。",
  "page-hidden": "一時停止中です。続けるには、このページに戻ってください。",
  uploading: "撮影が終わりました。もう動いてもかまいません。画像を送信しています。",
  "uploading-slowly": "まだ送信中です。接続が遅くなっています。このページを開いたままにしてください。",
  verifying: "確認しています。少し時間がかかります。",
  "more-light": "暗すぎます。照明をつけるか、窓のほうを向いてください。",
  "less-light": "明るすぎます。強い光が直接当たらない場所に移動してください。",
  "face-the-light": "光が後ろから当たっています。光が正面に来るまで向きを変えてください。",
  "uncover-lens": "カメラが覆われています。カバーを開けるか、レンズから指を離してください。",
  "hold-steady": "カメラが揺れています。端末を台に置くか、腕を支えてください。",
  "straighten-head": "頭が傾いています。まっすぐにしてください。",
  "turn-to-camera": "顔が横を向いています。カメラに向けてください。",
  "show-eyes": "目が隠れています。サングラスを外し、髪や帽子が目にかからないようにしてください。",
  "camera-paused": "一時停止中です。通話など、ほかでカメラが使用されています。",
  "tap-to-start": "ページに触れるか、いずれかのキーを押してください。ブラウザーがカメラを起動します。",
  "picture-frozen": "カメラの映像が止まっています。カメラを使っているほかのプログラムを閉じてください。",
};

const HELPS: Words["helps"] = {
  "face-a-window": "窓に向かって座るか、画面の後ろに照明を置いてください。",
  "leave-the-glare": "直射日光や強い照明から離れてください。",
  "bare-the-face": "眼鏡や帽子、マスクを外し、髪が顔にかからないようにしてください。",
  "camera-at-eye-level": "カメラを目の高さに置き、腕の長さほど離れて正面を向いてください。",
  "rest-the-camera": "端末をテーブルに置くか、何かに立てかけてください。",
  "plain-background": "無地の壁の前に座り、ほかの人が映らないようにしてください。",
  "another-camera": "別のカメラを選ぶか、スマートフォンなど別の端末をお使いください。",
};

const FAR: Words["far"] = {
  "move-closer": "カメラにもっと大きく近づいてください。",
  "move-back": "カメラからもっと大きく離れてください。",
  "move-left": "ご自身の左に大きく動いてください。",
  "move-right": "ご自身の右に大きく動いてください。",
  "move-up": "上に大きく動くか、カメラを下げてください。",
  "move-down": "下に大きく動くか、カメラを上げてください。",
};

const WARNINGS: Words["warnings"] = {
  low_frame_rate: "カメラの動作が遅くなっていました。明るくするか、ほかのプログラムを閉じてください。",
  uneven_frames: "画像の間隔が不規則でした。ほかのプログラムを閉じてください。",
  interrupted: "撮影が中断されました。リングがいっぱいになるまで、顔を枠の中に保ってください。",
  low_light: "暗すぎました。照明をつけるか、窓のほうを向いてください。",
  overexposed: "顔が明るすぎました。直接の光を避けてください。",
  backlight: "光が後ろから当たっていました。光が正面に来るようにしてください。",
  face_not_centered: "顔が中央から外れていました。枠の中央に合わせてください。",
  glasses: "目の前に反射がありました。眼鏡を外すか、照明から向きを変えてください。",
  blurred: "画像が鮮明ではありませんでした。レンズを拭き、カメラを動かさないでください。",
  no_color: "画像に色がありませんでした。別のカメラを選んでください。",
  picture_frozen: "映像が止まっていました。カメラを使っているほかのプログラムを閉じてください。",
  picture_noised: "ブラウザがカメラの画像を変えています。このページではその保護をオフにするか、別のブラウザをお使いください。",
};

const ELEMENT: Words["element"] = {
  label: "ライブネスチェック",
  intro: ["ご本人がその場にいることを確認します", "10秒ほどカメラを見てください。操作はその都度ご案内します。"],
  consent: "顔の検出はこの端末で行われます。送信されるのは、顔の小さな画像だけです。カメラがオンになるのは、ここに映像が表示されている間だけです。",
  consentWhole: "カメラの画像全体が送信されます。カメラがオンになるのは、ここに映像が表示されている間だけです。",
  start: "開始",
  cancel: "キャンセル",
  retry: "もう一度試す",
  steps: "確認の進み具合",
  stepCamera: "カメラ",
  stepPictures: "撮影",
  stepResult: "結果",
  preview: "カメラのプレビュー",
  previewFile: "動画のプレビュー",
  cameraOn: "カメラ使用中",
  stop: "停止",
  fileShown: "動画ファイル",
  progress: "撮影した画像",
  taken: { other: "{total}枚中{n}枚" },
  sent: { other: "{total}枚中{n}枚を送信済み" },
  halfway: "半分まで撮影しました。そのまま動かないでください。",
  moreTime: "時間を延長",
  timeLeft: { other: "残り{total}秒" },
  timeRunsOut: "まもなく時間切れです。延長するには「時間を延長」を押してください。",
  camera: "カメラ",
  states: {
    "requesting-camera": ["カメラを許可してください", "許可を求めるメッセージは、通常、ブラウザーの上部に表示されます。"],
    loading: ["準備しています", "顔検出機能を読み込んでいます。"],
    positioning: ["カメラを見てください", ""],
    capturing: ["そのまま動かないでください", ""],
    uploading: ["最後の画像を送信しています", "カメラはすでにオフになっています。"],
    verifying: ["結果を待っています", "カメラはすでにオフになっています。少し時間がかかります。"],
  },
  fileStates: {
    "requesting-camera": ["動画を開いています", ""],
    loading: ["準備しています", ""],
    positioning: ["動画の中の顔を探しています", ""],
    capturing: ["動画から画像を取り出しています", ""],
    uploading: ["最後の画像を送信しています", ""],
    verifying: ["結果を待っています", "少し時間がかかります。"],
  },
  verdicts: {
    live: ["実在の人物であることを確認できました", "カメラの前に実際に人がいることを、画像から確認できました。"],
    fake: [
      "実在の人物であることを確認できませんでした",
      "画像は、実際の顔よりも写真や画面に近く見えます。誤りと思われる場合は、光が均一で反射のない場所で、カメラを動かさずに、もう一度お試しください。",
    ],
    inconclusive: [
      "はっきりした結果が出ませんでした",
      "画像からはどちらとも判断できませんでした。失敗ではありません。顔をもっと明るくして、もう一度お試しください。",
    ],
  },
  complete: ["確認が完了しました", "ありがとうございました。カメラはオフになりました。このままお進みください。"],
  cancelled: "キャンセルしました。カメラはオフになり、判定は行われませんでした。",
  code: "コード：{code}",
  required: "ライブネスチェックを完了してください。",
  notLoaded: ["顔検出機能を読み込めませんでした", CONNECTION, RELOAD],
};

export const WORDS: Words = { failures: FAILURES, guidance: GUIDANCE, hints: HINTS, spoken: SPOKEN, helps: HELPS, far: FAR, warnings: WARNINGS, element: ELEMENT };
