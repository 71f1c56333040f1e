/** Waits no longer than this for what is being loaded, which may come yet; then fails as `late` says. */
export async function within<T>(ms: number, loading: Promise<T>, late: (detail: string) => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const over = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late(`not loaded in ${ms} ms`)), ms)));
  try {
    return await Promise.race([loading, over]);
  } finally {
    clearTimeout(timer);
  }
}
