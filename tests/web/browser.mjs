// A headless Chromium: the system's (CHROMIUM, or one on the path), else the one from npm.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium as driver } from "playwright-core";

// The browser of the npm package, unpacked once when the tests are set up: tests side by side only read it.
const UNPACKED = join(dirname(fileURLToPath(import.meta.url)), "node_modules", ".chromium");

const QUIET = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--force-color-profile=srgb", "--hide-scrollbars",
];

const onPath = () => {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf-8" }).trim();
    } catch {
      // the next one
    }
  }
  return "";
};

const own = () => process.env.CHROMIUM || onPath();

/** Unpack the browser beside its place and put it there whole; nothing where the system has one of its own. */
export const unpack = async () => {
  if (own() || existsSync(UNPACKED)) return;
  const part = `${UNPACKED}.${process.pid}`;
  mkdirSync(part, { recursive: true });
  process.env.TMPDIR = part; // where the package unpacks to
  const { default: chromium } = await import("@sparticuz/chromium");
  await chromium.executablePath();
  try {
    renameSync(part, UNPACKED);
  } catch (error) {
    if (!existsSync(UNPACKED)) throw error; // another process was first
    rmSync(part, { recursive: true });
  }
};

export const launch = async () => {
  const executablePath = own() || join(UNPACKED, "chromium");
  return driver.launch({ executablePath, args: QUIET, headless: true });
};

export const WIDTHS = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } };

/** A page that notes what it says in the console, its errors, and every request but for the file itself. */
export const open = async (browser, address, size = WIDTHS.desktop) => {
  const context = await browser.newContext({ viewport: size, bypassCSP: false });
  const page = await context.newPage();
  const seen = { console: [], requests: [] };
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) seen.console.push(message.text());
  });
  page.on("pageerror", (error) => seen.console.push(String(error)));
  await context.route("**/*", (route) => {
    const asked = route.request().url();
    if (asked === address || asked.startsWith("data:") || asked.startsWith("blob:")) return route.continue();
    seen.requests.push(asked);
    return route.abort();
  });
  await page.goto(address);
  return { page, seen, close: () => context.close() };
};
