// A lesson's page as its reader uses it.

import { expect, type Locator, type Page } from "@playwright/test";

export const LESSON = "/courses/docker/images";

/** A sandbox that is not in the pool, on a machine that is busy. */
const START_TIMEOUT_MS = 60_000;

/** The page of the lesson on Docker images. */
export class Lesson {
  readonly page: Page;
  /** The rows of the terminal on show. */
  readonly screen: Locator;

  constructor(page: Page) {
    this.page = page;
    this.screen = page.locator(".screen:not([hidden]) .xterm-rows");
  }

  /** Opens the page and waits until its islands are awake. */
  async open(): Promise<void> {
    await this.page.goto(LESSON);
    await this.awake();
  }

  /** Waits until what moves on the page moves. */
  async awake(): Promise<void> {
    await expect(this.page.locator("html[data-awake]")).toBeAttached();
  }

  /** Presses Start and waits for the prompt. */
  async start(): Promise<void> {
    await this.page.getByRole("button", { name: "Start", exact: true }).click();
    await this.prompt();
  }

  /** Waits for a terminal that takes what is typed. */
  async prompt(): Promise<void> {
    await expect(this.page.locator(".screen:not([hidden]) [data-state=open]")).toBeVisible({
      timeout: START_TIMEOUT_MS,
    });
    await expect(this.screen).toContainText("$", { timeout: START_TIMEOUT_MS });
  }

  /** Types a line into the terminal, key by key, and presses Enter. */
  async type(line: string): Promise<void> {
    await this.page.getByRole("textbox", { name: /^Terminal/ }).focus();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press("Enter");
  }

  /** An exercise's card. */
  exercise(id: string): Locator {
    return this.page.locator(`#exercise-${id}`);
  }

  /** Waits until an exercise is passed. */
  async passed(id: string, timeout = 10_000): Promise<void> {
    await expect(this.exercise(id).locator(".exercise__state[data-passed]")).toBeAttached({ timeout });
  }
}
