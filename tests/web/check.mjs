// What every page is held to. Reads paths from the arguments, writes one JSON object by path.
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { HtmlValidate } from "html-validate";
import { launch, open, WIDTHS } from "./browser.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf-8");
const validator = new HtmlValidate({
  extends: ["html-validate:standard"],
  rules: {
    "no-inline-style": "off",
    "no-trailing-whitespace": "off",
    "long-title": "off",
    "prefer-native-element": "off",
    "attribute-boolean-style": "off",
  },
});

const look = async (browser, file, size) => {
  const { page, seen, close } = await open(browser, pathToFileURL(file).href, size);
  const timing = await page.evaluate(() => new Promise((done) => {
    const say = () => {
      const [entry] = performance.getEntriesByType("navigation");
      requestAnimationFrame(() => setTimeout(() => done({ parsed: entry.domInteractive, loaded: entry.loadEventEnd, interactive: performance.now() })));
    };
    if (document.readyState === "complete") say();
    else addEventListener("load", () => setTimeout(say));
  }));
  const explorer = page.locator(".explorer");
  if (await explorer.count()) {
    await explorer.scrollIntoViewIfNeeded();
    await page.waitForSelector(".explorer[data-ready]", { timeout: 60000 });
    await page.locator(".explorer-about details").evaluate((details) => { details.open = true; });
  }
  await page.evaluate(AXE);
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const result = {
    ...seen,
    timing,
    axe: found.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map((node) => node.html.slice(0, 200)) })),
    ids: await page.evaluate(() => {
      const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
      return ids.filter((id, at) => ids.indexOf(id) !== at);
    }),
    beyond: await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    links: await page.evaluate(() => [...document.querySelectorAll("a[href^='#']")].map((a) => a.hash.slice(1)).filter((id) => id && !document.getElementById(id))),
  };
  await close();
  return result;
};

const browser = await launch();
const results = {};
for (const file of process.argv.slice(2)) {
  const report = validator.validateStringSync(readFileSync(file, "utf-8"), file);
  const messages = report.results.flatMap((result) => result.messages);
  results[file] = {
    bytes: statSync(file).size,
    html: messages.map(({ ruleId, message, line }) => `${ruleId}, line ${line}: ${message}`),
    widths: {},
  };
  for (const [name, size] of Object.entries(WIDTHS)) results[file].widths[name] = await look(browser, file, size);
}
await browser.close();
process.stdout.write(JSON.stringify(results));
