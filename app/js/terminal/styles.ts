// xterm.js writes `<style>` elements. Drydock's pages allow no style but that of their own files, so what it writes
// becomes constructed style sheets instead, which a script may make: the rules are the same, the policy stays strict.

/** Adds rules to the page; the function that is returned takes them away. */
export function addRules(css: string): () => void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
  return () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
  };
}

/** Runs `build`, during which every `<style>` that is made is a stand-in with a constructed sheet behind it. */
export function withoutStyleElements<T>(build: () => T): T {
  const create = document.createElement;
  document.createElement = ((name: string, options?: ElementCreationOptions) =>
    name === "style" ? standIn() : create.call(document, name, options)) as typeof create;
  try {
    return build();
  } finally {
    // Takes away our own property: the document's is its prototype's, and was only hidden.
    Reflect.deleteProperty(document, "createElement");
  }
}

/** An element that draws nothing; its text is rules, which go when it goes. */
function standIn(): HTMLElement {
  const element = document.createElementNS("http://www.w3.org/1999/xhtml", "template") as HTMLElement;
  let remove = () => {};
  Object.defineProperty(element, "textContent", {
    set(css: string) {
      remove();
      remove = addRules(css);
    },
  });
  element.remove = () => {
    remove();
    HTMLElement.prototype.remove.call(element);
  };
  return element;
}
