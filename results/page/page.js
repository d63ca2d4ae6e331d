"use strict";
(() => {
  const byId = (id) => document.getElementById(id);

  // unpack is the HTML that an element holds, packed.
  const unpack = async (id) => {
    const bytes = Uint8Array.from(atob(byId(id).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  };

  // cardOf is the card of a trial, which is packed with those beside it.
  const cardOf = async (n) => {
    const together = Number(byId("trial").dataset.together), id = "cards" + Math.floor(n / together);
    return byId(id) ? (await unpack(id)).split("\x1e")[n % together] : undefined;
  };

  // open shows the trial that the address names.
  const open = async () => {
    const named = /^#trial=t(\d+)$/.exec(location.hash);
    const section = byId("trial");
    const card = named ? await cardOf(Number(named[1]) - 1) : undefined;
    if (card === undefined) {
      section.hidden = true;
      return;
    }
    byId("card").innerHTML = card;
    for (const button of byId("card").querySelectorAll(".unpack")) {
      button.hidden = !byId(button.dataset.pack);
      button.nextElementSibling.hidden = !button.hidden;
    }
    section.hidden = false;
    if (reloaded) return; // the reader stays where they were
    section.scrollIntoView();
    section.querySelector("h2").focus({preventScroll: true});
  };
  addEventListener("hashchange", open);
  let reloaded = performance.getEntriesByType("navigation")[0]?.type === "reload";
  open().then(() => { reloaded = false; });

  // A page whose runs go on is loaded again at the trial that is open, which a
  // refresh by the browser itself forgets.
  const {refresh} = document.documentElement.dataset;
  if (refresh) setTimeout(() => location.reload(), 1000 * refresh);

  byId("card").addEventListener("click", async (e) => {
    const button = e.target.closest(".unpack");
    if (!button) return;
    button.parentElement.nextElementSibling.innerHTML = await unpack(button.dataset.pack);
    button.remove();
  });

  const asked = Number(byId("held").dataset.asked);
  const held = document.querySelectorAll('script[id$="-talk"]').length;
  byId("held").hidden = held === asked;
  byId("held").querySelector("b").textContent = held;

  const rows = [...byId("tasks").tBodies[0].rows];
  const filter = () => {
    const kind = byId("kind").value, repo = byId("repo").value;
    let name = null;
    try {
      name = new RegExp(byId("name").value, "i");
      byId("name").removeAttribute("aria-invalid");
    } catch {
      byId("name").setAttribute("aria-invalid", "true");
    }
    let shown = 0;
    for (const row of rows) {
      const fits = (!kind || row.dataset.kinds.split(" ").includes(kind)) &&
        (!repo || row.dataset.repo === repo) && (!name || name.test(row.cells[0].textContent));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    byId("shown").textContent = shown + (shown === 1 ? " task" : " tasks");
  };
  document.querySelector(".filters").addEventListener("input", filter);
  document.querySelector(".filters").addEventListener("submit", (e) => e.preventDefault());

  // key is what a cell is sorted by: its number if it begins with one.
  const key = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const number = parseFloat(text.replace(/^[−-]\$/, "-").replace(/^[~≥≤$]+/, ""));
    return Number.isNaN(number) ? text : number;
  };
  const compare = (a, b) => typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) :
    (typeof a === "number" ? -1 : 1);
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...cell.childNodes);
      cell.append(button);
      button.addEventListener("click", () => {
        const up = cell.getAttribute("aria-sort") !== "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", up ? "ascending" : "descending");
        const body = table.tBodies[0];
        const sorted = [...body.rows].sort((a, b) => compare(key(a, column), key(b, column)));
        body.append(...(up ? sorted : sorted.reverse()));
      });
    });
  }

  // Paper cannot unfold anything.
  addEventListener("beforeprint", () => {
    for (const folded of document.querySelectorAll("details:not([open])")) {
      folded.open = true;
      addEventListener("afterprint", () => { folded.open = false; }, {once: true});
    }
  });

  const copy = byId("copy");
  if (copy) copy.addEventListener("click", async () => {
    const text = byId("command").textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(byId("command"));
      document.execCommand("copy");
    }
    copy.textContent = "Copied";
  });
})();
