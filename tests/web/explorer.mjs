// What the ward explorer of a page does when it is used. Prints one JSON object of what was seen.
import { pathToFileURL } from "node:url";
import { launch, open, WIDTHS } from "./browser.mjs";

const address = pathToFileURL(process.argv[2]).href;
const browser = await launch();
const seen = {};

const { page, seen: noticed, close } = await open(browser, address, WIDTHS.desktop);
const $ = (name) => page.locator(`.explorer-${name}`);
const words = (name) => $(name).innerText();
const state = () => page.evaluate(() => {
  const text = (name) => document.querySelector(`.explorer-${name}`).innerText;
  const cells = (row) => [...row.cells].map((cell) => cell.innerText.trim());
  const table = document.querySelector(".explorer-table");
  return {
    heading: text("heading"),
    legend: [...document.querySelectorAll(".explorer-legend li")].map((item) => item.innerText.trim()),
    fills: [...document.querySelectorAll(".explorer-map .layer_0_marks path")].map((path) => path.getAttribute("fill")),
    columns: cells(table.tHead.rows[0]),
    rows: [...table.tBodies[0].rows].map(cells),
    chosen: [...table.querySelectorAll("button[aria-pressed=true]")].map((button) => button.innerText),
    ward: text("ward"),
    found: text("found"),
  };
});
/** A point of the screen that lies on a ward of the map. */
const onWard = async (at) => {
  await $("map").scrollIntoViewIfNeeded();
  return page.locator(".explorer-map .layer_0_marks path").nth(at).evaluate((path) => {
    const box = path.getBoundingClientRect();
    for (let i = 1; i < 20; i += 1) {
      for (let j = 1; j < 20; j += 1) {
        const [x, y] = [box.left + (box.width * i) / 20, box.top + (box.height * j) / 20];
        if (document.elementFromPoint(x, y) === path) return [x, y];
      }
    }
    return null;
  });
};
const settled = () => page.waitForTimeout(150);

seen.lazy = await page.evaluate(() => typeof vegaEmbed === "undefined" && document.querySelector(".explorer-live").hidden);
const began = Date.now();
await page.locator(".explorer").scrollIntoViewIfNeeded();
await page.waitForSelector(".explorer[data-ready]", { timeout: 60000 });
seen.ready = Date.now() - began;
seen.names = await page.evaluate(() => JSON.parse(document.querySelector(".explorer-data").textContent).wards.names);
seen.first = await state();

seen.mouse = [];
for (const at of [0, 2]) {
  const [x, y] = await onWard(at);
  await page.mouse.move(x, y);
  await settled();
  const hovered = await words("ward");
  await page.mouse.click(x, y);
  await settled();
  seen.mouse.push({ hovered, ...(await state()), link: await page.locator(".explorer-ward a").getAttribute("href") });
}
await page.mouse.move(5, 5);
await settled();
seen.left = await words("ward");

await $("map").focus();
seen.arrows = [];
for (const key of ["Escape", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight"]) {
  await page.keyboard.press(key);
  await settled();
  seen.arrows.push((await state()).chosen);
}
seen.outlined = await page.locator(".explorer-map .layer_4_marks path").count();

await page.locator(".explorer-table tbody button").last().focus();
await settled();
seen.focused = await words("ward");
await page.keyboard.press("Enter");
await settled();
seen.entered = await state();
await page.locator(".explorer-table thead button").first().focus();
await page.keyboard.press("Enter");
seen.sorted = await state();

const wanted = seen.names[1];
await $("search").fill(wanted.slice(0, 3).toUpperCase());
seen.searching = await state();
await $("search").fill(wanted);
await page.keyboard.press("Enter");
await settled();
seen.searched = await state();
await $("search").fill("no such ward");
seen.nothing = await state();
await $("search").fill("");

seen.views = {};
const measures = await $("measure").locator("option").evaluateAll((options) => options.map((option) => option.value));
for (const measure of measures.slice(0, 4)) {
  await $("measure").selectOption(measure);
  const views = await $("view").locator("option").evaluateAll((all) => all.map((option) => [option.value, option.disabled]));
  for (const [view, disabled] of views) {
    if (disabled) continue;
    await $("view").selectOption(view);
    await settled();
    seen.views[`${measure} ${view}`] = await state();
  }
}
seen.about = await $("about").evaluate((about) => about.textContent);

if (await $("before").count()) {
  const lines = () => page.locator(".explorer-map .layer_2_marks path").count();
  const before = await lines();
  await $("before").focus();
  await page.keyboard.press("Space");
  await settled();
  const after = await lines();
  await page.keyboard.press("Space");
  await settled();
  const old = await page.evaluate(() => JSON.parse(document.querySelector(".explorer-data").textContent).before.parts[0][0][0]);
  await $("search").fill(old);
  seen.before = { before, after, again: await lines(), label: await page.locator(".explorer-check label").innerText(), old, rows: (await state()).rows.length };
  await $("search").fill("");
}

seen.ids = await page.evaluate(() => {
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at);
});
seen.refused = await page.evaluate(() => {
  const other = document.createElement("script");
  other.textContent = "window.intruded = true";
  document.head.append(other);
  setTimeout("window.intruded = true", 0);
  return new Promise((done) => setTimeout(() => done(!window.intruded), 200));
});
Object.assign(seen, { console: noticed.console.filter((line) => !line.includes("Content Security Policy")), requests: noticed.requests });
await page.emulateMedia({ media: "print" });
seen.print = { live: await $("live").isVisible(), words: await page.locator(".explorer-print").isVisible() };
await close();

const bare = await browser.newContext({ javaScriptEnabled: false });
const still = await bare.newPage();
await still.goto(address);
seen.still = {
  live: await still.locator(".explorer-live").isVisible(),
  rows: await still.locator(".explorer-all tbody tr").count(),
  table: await still.locator(".explorer-all table").isVisible(),
};
await browser.close();
process.stdout.write(JSON.stringify(seen));
