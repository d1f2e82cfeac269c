// What axe finds.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";

/** Everything that axe finds wrong, as lines that say where. What a learner's own server sends is theirs. */
export async function findings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).exclude(".preview__frame").analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${target.join(" ")}: ${failureSummary}`),
  );
}
