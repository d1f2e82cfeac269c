// Only in development builds: reloads the page when `cargo xtask watch` has built and started something new.

const LOOK_EVERY_MS = 1000;

/** Looks at the file that the watcher touches, and reloads the page once it says something else than at first. */
export function reloadOnChange(): void {
  let first: string | undefined;
  const look = async () => {
    try {
      const response = await fetch("/assets/reload", { cache: "no-store" });
      const stamp = response.ok ? await response.text() : undefined;
      if (stamp !== undefined && first !== undefined && stamp !== first) location.reload();
      first ??= stamp;
    } catch {
      // The server is being replaced; the next look finds the new one.
    }
    setTimeout(look, LOOK_EVERY_MS);
  };
  void look();
}
