// Unpacks the browser from npm, as the last step of `make test-web` setting itself up.
import { unpack } from "./browser.mjs";

await unpack();
