// The editor of the panel "Files": CodeMirror, one view, and a state for each open file.
//
// It stands in a shadow root: there, CodeMirror adopts style sheets, which the page's security policy allows; in the
// page it would add a <style>, which it does not.

import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { html } from "@codemirror/lang-html";
import { javascript } from "@codemirror/lang-javascript";
import { json } from "@codemirror/lang-json";
import { markdown } from "@codemirror/lang-markdown";
import { python } from "@codemirror/lang-python";
import { yaml } from "@codemirror/lang-yaml";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  StreamLanguage,
  syntaxHighlighting,
} from "@codemirror/language";
import { dockerFile } from "@codemirror/legacy-modes/mode/dockerfile";
import { properties } from "@codemirror/legacy-modes/mode/properties";
import { shell } from "@codemirror/legacy-modes/mode/shell";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { type Language, languageOf } from "./editor/language";

/** What the panel is told. */
export interface Options {
  /** The text of the file on show was changed by its reader. */
  onChange(): void;
  /** They want it saved. */
  onSave(): void;
}

/** Something that is wrong in a file, or may be. */
interface Problem {
  /** From 1. */
  line: number;
  severity: "error" | "warning";
  message: string;
}

const LANGUAGES: Record<Language, () => Extension> = {
  dockerfile: () => [StreamLanguage.define(dockerFile), lintGutter({ tooltipFilter: () => [] })],
  shell: () => StreamLanguage.define(shell),
  properties: () => StreamLanguage.define(properties),
  yaml,
  json,
  python,
  javascript: () => javascript({ jsx: true, typescript: true }),
  html,
  markdown: () => markdown(),
  plain: () => [],
};

const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: "var(--code-comment)" },
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier, tags.atom, tags.bool], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: tags.number, color: "var(--code-number)" },
  { tag: [tags.function(tags.variableName), tags.propertyName, tags.attributeName], color: "var(--code-name)" },
  { tag: [tags.typeName, tags.className, tags.tagName, tags.definition(tags.typeName)], color: "var(--code-type)" },
  { tag: tags.heading, fontWeight: "650" },
  { tag: tags.link, color: "var(--accent)" },
]);

const LOOK = EditorView.theme({
  "&": { height: "100%", color: "var(--ink-1)", backgroundColor: "var(--term-background)", fontSize: "14px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "21px", fontVariantLigatures: "none" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--term-cursor)" },
  ".cm-cursor": { borderLeftColor: "var(--term-cursor)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--term-background)", color: "var(--ink-3)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--surface-2)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--term-selection)",
  },
  ".cm-panels": { backgroundColor: "var(--surface-1)", color: "var(--ink-1)", borderColor: "var(--line)" },
  ".cm-textfield": { backgroundColor: "var(--surface-0)", borderColor: "var(--line-strong)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--bad)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--warn)", textUnderlineOffset: "3px" },
  ".cm-gutter-lint": { width: "14px" },
  ".cm-lint-marker": { width: "8px", height: "8px", margin: "6px 3px", borderRadius: "50%" },
  ".cm-lint-marker-error": { content: '""', backgroundColor: "var(--bad)" },
  ".cm-lint-marker-warning": { content: '""', backgroundColor: "var(--warn)" },
  ".cm-tooltip": { backgroundColor: "var(--surface-1)", borderColor: "var(--line-strong)", maxWidth: "34rem" },
  ".cm-diagnostic": { padding: "4px 8px", fontFamily: "var(--text)", fontSize: "13px", lineHeight: "20px" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--surface-2)", borderColor: "var(--line-strong)" },
});

/** An editor in an element. */
export class Editor {
  readonly #view: EditorView;
  readonly #options: Options;
  readonly #states = new Map<string, EditorState>();
  #path = "";
  // While a file is put into the view, what changes is not its reader's doing.
  #quiet = false;

  constructor(host: HTMLElement, options: Options) {
    this.#options = options;
    const root = host.attachShadow({ mode: "open" });
    const parent = document.createElement("div");
    parent.style.height = "100%";
    root.append(parent);
    this.#view = new EditorView({ parent, root, state: this.#state("", "") });
  }

  /** Shows a file: as it was left, or, if it was not open, with this text. */
  show(path: string, text: string): void {
    if (this.#path) this.#states.set(this.#path, this.#view.state);
    this.#path = path;
    this.#view.setState(this.#states.get(path) ?? this.#state(path, text));
  }

  /** Puts a text in the place of the one that a file has. The reader can undo it. */
  replace(path: string, text: string): void {
    const state = this.#states.get(path);
    if (path === this.#path) {
      this.#quiet = true;
      this.#view.dispatch({ changes: { from: 0, to: this.#view.state.doc.length, insert: text } });
      this.#quiet = false;
    } else if (state) {
      this.#states.set(path, state.update({ changes: { from: 0, to: state.doc.length, insert: text } }).state);
    }
  }

  /** The text of a file, if it is open. */
  text(path: string): string | undefined {
    const state = path === this.#path ? this.#view.state : this.#states.get(path);
    return state?.doc.toString();
  }

  /** Whether a file is a Dockerfile, by its name. */
  isDockerfile(path: string): boolean {
    return languageOf(path) === "dockerfile";
  }

  /** Forgets a file. */
  close(path: string): void {
    this.#states.delete(path);
    if (path === this.#path) this.#path = "";
  }

  /** Marks what is wrong in a file, if it is the one on show. The list is JSON: it comes from the panel as it came to it. */
  mark(path: string, problems: string): void {
    if (path !== this.#path) return;
    const { doc } = this.#view.state;
    const marks = (JSON.parse(problems) as Problem[])
      .filter(({ line }) => line <= doc.lines)
      .map(({ line, severity, message }): Diagnostic => {
        const { from, to } = doc.line(line);
        return { from, to, severity, message };
      });
    this.#view.dispatch(setDiagnostics(this.#view.state, marks));
  }

  /** Puts the cursor at the beginning of a line of the file on show, and that into the middle. */
  go(line: number): void {
    const { doc } = this.#view.state;
    const { from } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    this.#view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.#view.focus();
  }

  /** Takes the focus. */
  focus(): void {
    this.#view.focus();
  }

  #state(path: string, doc: string): EditorState {
    const save = () => {
      this.#options.onSave();
      return true;
    };
    return EditorState.create({
      doc,
      extensions: [
        lineNumbers(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        syntaxHighlighting(COLOURS),
        // Tab moves on, as everywhere on the page: nobody is caught in here.
        keymap.of([{ key: "Mod-s", run: save, preventDefault: true }, ...defaultKeymap, ...historyKeymap, ...searchKeymap]),
        LANGUAGES[languageOf(path)](),
        LOOK,
        EditorView.contentAttributes.of({ "aria-label": path ? `Text of ${path}` : "No file" }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !this.#quiet) this.#options.onChange();
        }),
      ],
    });
  }
}

/** Makes an editor in an element. */
export function mount(host: HTMLElement, options: Options): Editor {
  return new Editor(host, options);
}
