// Comfort only: every page works without this file.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  // Storage may be refused; then nothing is remembered and nothing breaks.
  const memory = {
    get(key) { try { return sessionStorage.getItem(key); } catch { return null; } },
    set(key, value) { try { sessionStorage.setItem(key, value); return true; } catch { return false; } },
  };

  // Tell the server the browser's time zone. Where the page was made without one, load it again, once.
  const rememberZone = () => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!zone || !/^[\w+\-/]+$/.test(zone)) return;
    const pair = `zone_guess=${zone}`;
    const kept = () => document.cookie.split("; ").includes(pair);
    if (kept()) return;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${pair}; Max-Age=31536000; Path=/; SameSite=Lax${secure}`;
    if (root.dataset.zoneSource !== "default" || !kept() || memory.get("zone")) return;
    if (memory.set("zone", "1")) location.reload();
  };

  // A form is sent once. Let go after a while, and when the page comes back from the cache.
  const setSent = (form, sent) => {
    form.toggleAttribute("data-sent", sent);
    for (const control of form.elements) {
      if (control.type === "submit") control.setAttribute("aria-disabled", sent);
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    if (form.hasAttribute("data-sent")) { event.preventDefault(); return; }
    setSent(form, true);
    setTimeout(() => setSent(form, false), 8000);
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => setSent(form, false)));

  // Filters submit themselves; with the keyboard, once the choice rests. The focus comes back.
  let byKey = false;
  let waiting;
  addEventListener("pointerdown", () => { byKey = false; }, true);
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-auto]");
    if (!form || event.target.tagName !== "SELECT") return;
    memory.set("focus", event.target.id);
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), byKey ? 900 : 0);
  });

  // In a grid, arrow up and down go to the same control one row on.
  const controlsOf = (cell) => (cell ? [...cell.querySelectorAll("input:not([type=hidden]), select")] : []);
  const moveInGrid = (event, step) => {
    const cell = event.target.closest("table[data-grid] tbody :is(td, th)");
    const place = controlsOf(cell).indexOf(event.target);
    if (place < 0) return;
    event.preventDefault();
    const rows = [...cell.closest("tbody").rows];
    for (let at = rows.indexOf(cell.parentElement) + step; rows[at]; at += step) {
      const control = controlsOf(rows[at].cells[cell.cellIndex])[place];
      if (control && !control.disabled) return control.focus();
    }
  };

  const closeMenus = (except) => document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (menu !== except) menu.open = false;
  });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    byKey = true;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const menu = event.target.closest?.("details.menu[open]");
    if (event.key === "Escape" && menu) { menu.open = false; menu.firstElementChild.focus(); }
    if (event.key === "ArrowDown") moveInGrid(event, 1);
    if (event.key === "ArrowUp") moveInGrid(event, -1);
  });

  // A form with data-keep keeps itself as a draft: a while after a change, and when its page is left.
  const keepItself = (form) => {
    const [PAUSE, LONGEST_PAUSE] = [5000, 80000];
    const status = form.querySelector("[data-keep-status]");
    let changed = false;
    let saving = null;
    let timer;
    let pause = PAUSE;
    const say = (text) => { if (status.textContent !== text) status.textContent = text; };
    const typed = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    const later = () => { clearTimeout(timer); timer = setTimeout(() => keep(), pause); };
    const learn = (answer) => {
      form.elements.key.value = answer.public_id;
      form.elements.version.value = answer.version;
      history.replaceState(history.state, "", answer.url);
    };
    const send = async (leaving) => {
      const answer = await fetch(form.dataset.keep, {
        method: "POST", body: typed(), keepalive: leaving, headers: { Accept: "application/json" },
      });
      if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("not an answer");
      const facts = await answer.json();
      if (answer.ok) learn(facts);
      say(facts.message);
      pause = PAUSE;
    };
    const keep = (leaving = false) => {
      if (!changed || saving || form.hasAttribute("data-sent")) return;
      changed = false;
      saving = send(leaving)
        .catch(() => { changed = true; pause = Math.min(2 * pause, LONGEST_PAUSE); say(form.dataset.keepFailed); })
        .finally(() => { saving = null; if (changed) later(); });
    };
    form.addEventListener("input", () => { changed = true; later(); });
    // What is on its way arrives first: a form sent in between would not know of its own draft.
    form.addEventListener("submit", (event) => {
      clearTimeout(timer);
      if (!saving) return;
      event.preventDefault();
      const button = event.submitter;
      saving.finally(() => { clearTimeout(timer); form.requestSubmit(button); });
    });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") keep(true); });
  };
  document.querySelectorAll("form[data-keep]").forEach(keepItself);

  const last = document.getElementById(memory.get("focus") || "-");
  memory.set("focus", "");
  (document.querySelector("[data-focus]") || (last?.closest("form[data-auto]") && last))?.focus();
  rememberZone();
})();
