// The search: words typed are looked for in the titles of wards, indicators and editions. Without it the lists remain.
(() => {
  const form = document.querySelector(".search");
  const entries = JSON.parse(document.getElementById("index").textContent);
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/&/g, "and").toLowerCase();
  const known = entries.map(([title, kind, address]) => ({ title, kind, address, words: plain(`${title} ${kind}`) }));
  const field = document.getElementById("find");
  const said = document.getElementById("found");
  const results = document.getElementById("results");
  const most = 20;
  const find = () => {
    const parts = plain(field.value).split(/\s+/).filter(Boolean);
    const found = parts.length ? known.filter((one) => parts.every((part) => one.words.includes(part))) : [];
    found.sort((a, b) => plain(b.title).startsWith(parts[0]) - plain(a.title).startsWith(parts[0]));
    results.replaceChildren(...found.slice(0, most).map((one) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      const kind = document.createElement("span");
      link.href = root + one.address;
      link.textContent = one.title;
      kind.textContent = one.kind;
      item.append(link, kind);
      return item;
    }));
    const more = found.length > most ? `, the first ${most} shown` : "";
    said.textContent = parts.length ? `${found.length} found${more}` : "";
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = results.querySelector("a");
    if (first) first.click();
  });
  field.addEventListener("input", find);
  find();
})();
