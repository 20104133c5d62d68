// The ward explorer. It draws what the page's data says and works nothing out: texts, classes, colours and ranks were
// made with the report. How map and strip look is written in explorer.vl.json (Vega-Lite).
(() => {
  const section = document.querySelector(".explorer");
  if (!section) return;
  const $ = (name) => section.querySelector(`.explorer-${name}`);
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const capital = (words) => words[0].toUpperCase() + words.slice(1);
  const ABSENT = `url(#${section.id}-hatch)`;

  const start = () => {
    const data = JSON.parse($("data").textContent);
    const drawings = JSON.parse($("drawings").textContent);
    const { codes, names, shapes, points } = data.wards;
    const state = { series: data.series.find((series) => series.id === data.first), view: "value", chosen: -1, pointed: -1, order: "value", find: "" };
    let map = null;
    let strip = null;
    const bounds = extent(shapes);

    // What is shown -------------------------------------------------------------------------------------------------

    const drawn = () => state.series.views[state.view];
    const shown = () => (state.pointed >= 0 ? state.pointed : state.chosen);

    const setMeasure = () => {
      const { series } = state;
      for (const option of $("view").options) {
        const refused = series.refused[option.value];
        option.disabled = Boolean(refused);
        option.textContent = capital(data.views[option.value]) + (refused ? " (not for this measure)" : "");
      }
      if (!series.views[state.view]) state.view = "value";
      $("view").value = state.view;
      const refused = Object.entries(series.refused).map(([view, why]) => `${capital(data.views[view])}: ${why}.`);
      const more = make("details", {}, make("summary", {}, "What may and may not be said of it"));
      for (const line of [series.limits, series.ranked, ...refused.map((line) => `Not shown. ${line}`), `Source: ${series.source}`]) {
        if (line) more.append(make("p", {}, line));
      }
      $("about").replaceChildren(make("p", {}, series.about.join(" ")), more);
      refresh();
    };

    const refresh = () => {
      const { series, view } = state;
      $("heading").textContent = `${series.title}, ${series.when}${view === "value" ? "" : `: ${data.views[view]}`}`;
      legend();
      table();
      ward();
      if (!map) return;
      map.data("wards", features()).runAsync();
      drawStrip();
    };

    const legend = () => {
      const { labels, colours, classes } = drawn();
      const entries = labels.map((label, number) => [colours[number], label, classes.filter((each) => each === number).length]);
      if (state.view !== "rank") entries.reverse();
      const absent = classes.filter((each) => each < 0).length;
      if (absent) entries.push(["", "not available [x]", absent]);
      $("legend").replaceChildren(...entries.map(([colour, label, count]) => {
        const swatch = make("span", { class: colour ? "swatch" : "swatch absent", "aria-hidden": "true" });
        if (colour) swatch.style.background = colour;
        return make("li", {}, swatch, `${label} (${count} ${count === 1 ? "ward" : "wards"})`);
      }));
    };

    const features = () => shapes.map((geometry, at) => {
      const number = drawn().classes[at];
      return { type: "Feature", geometry, properties: { at, code: codes[at], fill: number < 0 ? ABSENT : drawn().colours[number] } };
    });

    // The table and the ward --------------------------------------------------------------------------------------------

    const matches = (at) => {
      const wanted = state.find.trim().toLowerCase();
      const before = data.before ? data.before.parts[at].map(([name]) => name) : [];
      return [names[at], ...before].some((name) => name.toLowerCase().includes(wanted));
    };

    const table = () => {
      const { series, view } = state;
      const limited = series.limitTexts.some(Boolean);
      const compared = { city: "Difference", country: "Difference", change: "Change" }[view];
      const columns = [["name", "Ward"], ...(compared ? [["", compared]] : []), ["value", series.unitShown ? `Value, ${series.unitShown}` : "Value"]];
      if (limited) columns.push(["", "95% limits"]);
      columns.push(["", limited ? "Rank (range)" : "Rank"]);
      const head = columns.map(([order, words]) => {
        if (!order) return make("th", { scope: "col", class: "end" }, words);
        const sorted = state.order === order;
        const button = make("button", { type: "button", "data-order": order }, words);
        return make("th", { scope: "col", class: order === "value" ? "end" : "", "aria-sort": sorted ? (order === "name" ? "ascending" : "descending") : "none" }, button);
      });
      const rank = (at) => series.ranks[at] ?? Infinity;
      const order = names.map((_, at) => at).filter(matches);
      order.sort((a, b) => (state.order === "value" && rank(a) - rank(b)) || names[a].localeCompare(names[b], "en"));
      const rows = order.map((at) => {
        const button = make("button", { type: "button", "data-at": at, "aria-pressed": String(at === state.chosen) }, names[at]);
        const value = series.texts[at] ? `${(series.cells ?? series.texts)[at]} ${series.flags[at]}` : series.flags[at];
        const cells = compared ? [drawn().texts[at], value] : [value];
        if (limited) cells.push(series.limitTexts[at]);
        cells.push(series.ranks[at] === null ? "" : String(series.ranks[at]) + (series.rankTexts[at] ? ` (${series.rankTexts[at]})` : ""));
        return make("tr", at === state.chosen ? { class: "chosen" } : {}, make("th", { scope: "row" }, button), ...cells.map((cell) => make("td", { class: "end" }, cell)));
      });
      $("table").caption.textContent = $("heading").textContent;
      $("table").tHead.rows[0].replaceChildren(...head);
      $("table").tBodies[0].replaceChildren(...rows);
      const count = order.length;
      $("found").textContent = !state.find.trim() ? "" : count ? `${count} ${count === 1 ? "ward matches" : "wards match"}; Enter chooses the first.` : "No ward matches.";
      return order;
    };

    const ward = () => {
      const at = shown();
      const { series } = state;
      const marks = series.marks.map((mark) => `${mark.name}: ${mark.text}`);
      const line = (words) => (words ? [make("p", {}, words)] : []);
      if (at < 0) {
        $("ward").replaceChildren(make("p", { class: "ward-name" }, data.place), ...line(marks.join("; ")), ...line("Choose a ward on the map, in the table or by name."));
        return;
      }
      const absent = !series.texts[at];
      const limits = series.limitTexts[at] && !absent ? ` 95% limits: ${series.limitTexts[at]}` : "";
      const figure = make("p", { class: "ward-value" }, make("strong", {}, absent ? "not available [x]" : series.texts[at]), limits);
      const others = series.ranks.filter((rank) => rank !== null).length;
      const range = series.rankTexts[at] ? `; its limits allow ${series.rankTexts[at]}` : "";
      const rank = absent ? "" : `Rank ${series.ranks[at]} of ${others}, highest value first${range}.`;
      const compared = ["city", "country"].includes(state.view) ? `${capital(data.views[state.view])}: ${drawn().texts[at] || "not available"}.` : "";
      const parts = data.before && data.before.parts[at].length ? `Its people by the wards of before: ${data.before.parts[at].map(([name, share]) => `${name} ${share}`).join(", ")}.` : "";
      const link = make("a", { href: `../wards/${data.edition}/${codes[at]}.html` }, `Profile of ${names[at]}`);
      $("ward").replaceChildren(
        make("p", { class: "ward-name" }, names[at]), figure, ...line(marks.join("; ")), ...line(rank), ...line(compared),
        ...line(data.words[series.verdicts[at]]), ...line(data.words[series.changes[at]]), ...line(absent ? "" : data.words[series.flagWords[at]]),
        ...line(parts), make("p", {}, link));
    };

    const choose = (at) => {
      state.chosen = at;
      state.pointed = -1;
      for (const button of $("table").querySelectorAll("button[data-at]")) {
        const mine = Number(button.dataset.at) === at;
        button.setAttribute("aria-pressed", String(mine));
        button.closest("tr").classList.toggle("chosen", mine);
      }
      point(-1);
    };

    const point = (at) => {
      state.pointed = at;
      ward();
      if (!map) return;
      map.signal("chosen", codes[state.chosen] ?? "").signal("pointed", codes[at] ?? "").runAsync();
      if (strip) strip.signal("shown", codes[shown()] ?? "").runAsync();
    };

    const reveal = () => {
      const row = $("table").querySelector("tr.chosen");
      if (row) $("scroll").scrollTop = row.offsetTop - $("scroll").clientHeight / 2;
    };

    // Hands ---------------------------------------------------------------------------------------------------------------

    $("measure").addEventListener("change", (event) => {
      state.series = data.series.find((series) => series.id === event.target.value);
      setMeasure();
    });
    $("view").addEventListener("change", (event) => { state.view = event.target.value; refresh(); });
    $("search").addEventListener("input", (event) => { state.find = event.target.value; table(); });
    $("search").addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const order = table();
      const exact = order.find((at) => names[at].toLowerCase() === state.find.trim().toLowerCase());
      if (order.length && state.find.trim()) choose(exact ?? order[0]);
    });
    $("table").addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.order) {
        state.order = button.dataset.order;
        table();
        $("table").querySelector(`[data-order=${state.order}]`).focus();
      } else choose(Number(button.dataset.at));
    });
    const over = (event) => {
      const row = event.target.closest("tr");
      const button = row && row.querySelector("button[data-at]");
      if (button && Number(button.dataset.at) !== state.pointed) point(Number(button.dataset.at));
    };
    for (const name of ["mouseover", "focusin"]) $("table").tBodies[0].addEventListener(name, over);
    for (const name of ["mouseleave", "focusout"]) $("table").tBodies[0].addEventListener(name, () => point(-1));
    if (data.before) {
      $("before").addEventListener("change", () => map && map.data("before", before()).runAsync());
    }
    const before = () => ($("before") && $("before").checked ? [{ type: "Feature", geometry: data.before.lines, properties: {} }] : []);

    const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    $("map").addEventListener("keydown", (event) => {
      if (event.key === "Escape") { choose(-1); return; }
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      choose(state.chosen < 0 ? names.map((name, at) => [name, at]).sort()[0][1] : neighbour(state.chosen, step));
      reveal();
    });
    const neighbour = (from, [dx, dy]) => {
      let best = from;
      let least = Infinity;
      points.forEach(([x, y], at) => {
        const [right, up] = [x - points[from][0], y - points[from][1]];
        const along = right * dx + up * dy;
        const aside = Math.abs(right * dy) + Math.abs(up * dx);
        if (at === from || along <= 0 || aside > along * 1.5) return;
        if (along + 2 * aside < least) [best, least] = [at, along + 2 * aside];
      });
      return best;
    };

    // Drawing -----------------------------------------------------------------------------------------------------------

    const OPTIONS = { ast: true, renderer: "svg", actions: false, defaultStyle: false, tooltip: false };
    const drawMap = async () => {
      const width = $("map").clientWidth;
      const height = Math.min(Math.round(width * bounds.height / bounds.width), 620);
      const spec = { ...drawings.map, width, height, datasets: { wards: features(), before: before() } };
      const made = await vegaEmbed($("map"), spec, OPTIONS);
      map = made.view;
      map.addEventListener("mouseover", (_, item) => { if (item && item.datum && item.datum.properties) point(item.datum.properties.at); });
      map.addEventListener("click", (_, item) => { if (item && item.datum && item.datum.properties) { choose(item.datum.properties.at); reveal(); } });
      await map.signal("chosen", codes[state.chosen] ?? "").runAsync();
      $("map").querySelector("svg").setAttribute("aria-hidden", "true");
    };
    $("map").addEventListener("mouseleave", () => point(-1));

    // One after the other: of two drawings begun together the later must stay.
    let turn = Promise.resolve();
    const drawStrip = () => (turn = turn.then(stripOfNow));
    const stripOfNow = async () => {
      const { series } = state;
      const values = series.values.map((value, at) => ({ code: codes[at], value, low: series.low[at], high: series.high[at] })).filter((row) => row.value !== null);
      const marks = series.marks.map((mark, number) => ({ ...mark, line: number * 15 + 8 }));
      const all = [...values.flatMap((row) => [row.value, row.low, row.high]), ...marks.map((mark) => mark.value)].filter((value) => value !== null);
      const { x } = drawings.strip.encoding;
      x.scale.domain = [Math.min(...all), Math.max(...all)];
      const spec = { ...drawings.strip, width: $("strip").clientWidth - 12, datasets: { strip: values, marks } };
      strip = (await vegaEmbed($("strip"), spec, OPTIONS)).view;
      $("strip").querySelector("svg").setAttribute("aria-hidden", "true");
      await strip.signal("shown", codes[shown()] ?? "").runAsync();
      const unit = `${series.title} (${series.unit}): a line for each ward`;
      $("strip").setAttribute("aria-label", `${unit}, a point for the ward shown with its limits, and triangles for ${series.marks.map((mark) => mark.name).join(" and ") || "no other area"}.`);
    };

    $("measure").value = data.first;
    $("live").hidden = false;
    $("all").open = false;
    setMeasure();
    const draw = async () => { await drawMap(); await drawStrip(); section.dataset.ready = "true"; };
    library().then(draw);
    let width = $("map").clientWidth;
    addEventListener("resize", () => {
      if ($("map").clientWidth === width) return;
      width = $("map").clientWidth;
      draw();
    });
  };

  const library = async () => {
    const packed = Uint8Array.from(atob(document.getElementById("library").textContent), (sign) => sign.charCodeAt(0));
    const script = make("script");
    script.textContent = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
    document.head.append(script);
  };

  const extent = (shapes) => {
    const flat = shapes.map((shape) => shape.coordinates.flat(Infinity)).flat();
    const [x, y] = [0, 1].map((side) => flat.filter((_, at) => at % 2 === side));
    const span = (numbers) => numbers.reduce((most, n) => Math.max(most, n), -Infinity) - numbers.reduce((least, n) => Math.min(least, n), Infinity);
    return { width: span(x), height: span(y) };
  };

  // Nothing is read or drawn until the reader comes near.
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    start();
  }, { rootMargin: "800px" });
  watch.observe(section);
})();
