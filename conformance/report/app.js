// SPDX-License-Identifier: GPL-2.0-only
// Filters and message ladders. The state of both is in the address (#filter=...&verdict=...&case=NAME@TARGET), so a
// view can be linked to.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.getElementById("filters");
  const drawer = document.getElementById("drawer");
  const body = document.getElementById("drawer-body");
  const names = ["filter", "document", "role", "verdict", "target"];

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  // ---- filters ----

  const verdictFits = (row, verdict, target) => {
    if (verdict === "uncovered") return row.classList.contains("uncovered");
    const cells = [...row.querySelectorAll(".cell")].filter(cell => !target || cell.dataset.target === target);
    if (verdict === "unexpected") return cells.some(cell => cell.dataset.unexpected);
    return cells.some(cell => cell.dataset.verdict === verdict);
  };

  const applyFilters = wanted => {
    const words = (wanted.filter || "").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0, all = 0;
    for (const section of document.querySelectorAll("#matrix tbody")) {
      let any = false;
      for (const row of section.querySelectorAll("tr.req")) {
        all += 1;
        const fits = (!wanted.document || section.dataset.document === wanted.document)
          && (!wanted.role || row.dataset.role === wanted.role)
          && words.every(word => row.dataset.search.includes(word))
          && (!wanted.verdict || verdictFits(row, wanted.verdict, wanted.target));
        row.hidden = !fits;
        any = any || fits;
        shown += fits ? 1 : 0;
      }
      section.hidden = !any;
    }
    for (const cell of document.querySelectorAll("#matrix [data-target]"))
      cell.hidden = Boolean(wanted.target) && cell.dataset.target !== wanted.target;
    document.getElementById("shown").textContent = shown === all ? `${all} requirements` : `${shown} of ${all}`;
  };

  // ---- ladders ----

  const rung = (kind, time, text, port, previous) => {
    const made = element("div", `rung ${kind}`);
    made.append(element("div", "time", time === previous ? "" : time));
    const between = element("div", "between");
    between.append(element("span", "text", text));
    made.append(between, element("div", "port", port));
    return made;
  };

  const ladder = result => {
    const made = element("div", "ladder");
    const heads = element("div", "heads");
    const ends = element("div");
    ends.append(element("b", "", "tester"), element("b", "", result.target));
    heads.append(element("div"), ends, element("div"));
    made.append(heads);
    let previous = "", last = null;
    for (const [time, kind, port, text, ok] of result.steps) {
      if (last !== null && time - last > 0.5) made.append(rung("gap", "", `${(time - last).toFixed(1)} s`, "", ""));
      const shown = `${time.toFixed(3)} s`;
      made.append(rung(kind + (kind === "expect" && !ok ? " no" : ""), shown, text, port, previous));
      previous = shown;
      last = time;
    }
    return made;
  };

  const show = result => {
    const made = element("article", "result");
    made.dataset.case = result.case;
    const title = element("h3");
    title.append(element("span", `badge v-${result.verdict}`, data.letters[result.verdict]), element("span", "", result.title));
    made.append(title);
    const facts = element("div", "facts");
    facts.append(element("code", "", result.case), element("span", "", `on ${result.target}`), element("span", "", result.role),
      element("span", "", result.verdict.replace("_", " ") + (result.unexpected ? ", unexpected" : "")),
      element("span", "", `${result.seconds} s of wall time`));
    if (result.attempts > 1) facts.append(element("span", "", `attempt ${result.attempts}`));
    if (result.pcap) {
      const link = element("a", "", "capture (pcapng)");
      link.href = result.pcap;
      facts.append(link);
    }
    const link = element("a", "", "link");
    link.href = `#case=${result.case}@${result.target}`;
    facts.append(link);
    made.append(facts);
    if (result.reason) made.append(element("div", `why v-${result.verdict}`, result.reason));
    const clauses = element("ul", "clauses");
    for (const id of result.requirements) {
      const one = element("li");
      one.append(element("code", "", id), ` ${data.clauses[id] || ""}`);
      clauses.append(one);
    }
    made.append(clauses);
    if (result.steps.length) made.append(ladder(result));
    return made;
  };

  const open = (results, title) => {
    body.replaceChildren(...results.map(show));
    document.getElementById("drawer-title").textContent = title;
    drawer.hidden = false;
    body.scrollTop = 0;
  };

  // ---- the address ----

  const read = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));

  const write = changes => {
    const state = {...read(), ...changes};
    const kept = Object.entries(state).filter(([, value]) => value);
    const text = new URLSearchParams(kept).toString().replace(/%40/g, "@").replace(/%2C/g, ",");
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
    apply();
  };

  const apply = () => {
    const state = read();
    for (const name of names) if (document.activeElement !== form.elements[name]) form.elements[name].value = state[name] || "";
    applyFilters(state);
    if (state.case) {
      const [name, target] = state.case.split("@");
      const found = data.results.filter(one => one.case === name && (!target || one.target === target));
      if (found.length) open(found, target ? `${name} on ${target}` : name);
    } else if (state.cell) {
      const [id, target] = state.cell.split("@");
      const found = data.results.filter(one => one.requirements.includes(id) && one.target === target);
      if (found.length) open(found, `${id} on ${target}`);
    } else {
      drawer.hidden = true;
    }
  };

  form.addEventListener("input", () => write(Object.fromEntries(names.map(name => [name, form.elements[name].value]))));
  form.addEventListener("reset", () => setTimeout(() => write(Object.fromEntries(names.map(name => [name, ""])))));
  form.addEventListener("submit", event => event.preventDefault());
  document.addEventListener("click", event => {
    const link = event.target.closest("a[data-section]");
    if (link) {  // the address is for the state of the page, so a section is scrolled to without it
      event.preventDefault();
      const section = document.getElementById(link.dataset.section);
      if (section.tagName === "DETAILS") section.open = true;
      section.scrollIntoView();
      return;
    }
    const button = event.target.closest("button[data-results]");
    if (!button) return;
    const row = button.closest("tr.req");
    const results = button.dataset.results.split(",").map(number => data.results[number]);
    if (row) write({cell: `${row.dataset.id}@${results[0].target}`, case: ""});
    else write({case: `${results[0].case}@${results[0].target}`, cell: ""});
  });
  const close = () => write({case: "", cell: ""});
  document.getElementById("close").addEventListener("click", close);
  document.addEventListener("keydown", event => { if (event.key === "Escape") close(); });
  window.addEventListener("hashchange", apply);
  apply();
})();
