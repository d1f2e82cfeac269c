// Wakes the islands of a page. An island is a `<leptos-island data-component="NAME">` that the server has drawn; the
// interface's WASM exports a function of that name that takes the element over (app/src/awake/).

/** The interface's exports: among others, one function an island. */
type Exports = { readonly [name: string]: unknown };

/**
 * Wakes every island under `root`, an outer one before those in it: the inner may use what the outer provides.
 *
 * An island that fails must not take the rest of the page with it: the failure is reported, and the others go on.
 */
export function wake(root: ParentNode, exports: Exports): void {
  // Document order is what is wanted: whatever is inside comes after.
  for (const island of root.querySelectorAll<HTMLElement>("leptos-island")) {
    // An outer island may have taken it away.
    if (!island.isConnected) continue;
    const name = island.dataset.component ?? "";
    const start = exports[name];
    if (typeof start !== "function") {
      console.error(`The page has an island '${name}' that its script does not know.`);
      continue;
    }
    try {
      start(island);
    } catch (error) {
      console.error(`The island '${name}' did not wake.`, error);
    }
  }
}
