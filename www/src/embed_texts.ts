// What the page for frames says to people by itself, in the package's languages; its other sentences are for whoever has put it there.

/** The page that has opened the window is gone, and the check with it. */
export const OPENER_GONE: Readonly<Record<string, string>> = {
  en: "The page that opened this window is no longer there. You can close this window, too.",
  ar: "الصفحة التي فتحت هذه النافذة لم تعد موجودة. يمكن إغلاق هذه النافذة أيضًا.",
  de: "Die Seite, die dieses Fenster geöffnet hat, ist nicht mehr da. Sie können auch dieses Fenster schließen.",
  es: "La página que abrió esta ventana ya no está. También puede cerrar esta ventana.",
  fr: "La page qui a ouvert cette fenêtre n’est plus là. Vous pouvez aussi fermer cette fenêtre.",
  ja: "このウィンドウを開いたページはもうありません。このウィンドウも閉じてかまいません。",
  pt: "A página que abriu esta janela já não está aberta. Esta janela também pode ser fechada.",
};

/** The document's title: what the element calls itself. */
export const TITLE: Readonly<Record<string, string>> = {
  en: "Liveness check",
  ar: "التحقق من الوجود الفعلي",
  de: "Lebenderkennung",
  es: "Prueba de vida",
  fr: "Vérification de présence",
  ja: "ライブネスチェック",
  pt: "Prova de vida",
};

/** The language of these that a tag stands for, as the element has it. */
export function languageOf(tag: string): string {
  const [primary = ""] = tag.toLowerCase().split("-");
  return Object.hasOwn(OPENER_GONE, primary) ? primary : "en";
}
