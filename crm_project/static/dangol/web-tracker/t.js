/* Dangol web tracker: what it does, stores and sends stands in docs/web-tracker.md. No cookie, no eval, no dependency. */
(() => {
  "use strict";
  const tag = document.currentScript, early = window.dangol;
  if (!tag || !tag.dataset.site || (early && early.loaded)) return;
  const base = new URL(".", tag.src).href, home = base + "t/" + tag.dataset.site;
  const { consent: asks, customer, token, messages: shown } = tag.dataset;
  const MOST_KEPT = 100, AT_ONCE = 20, LONGEST_EVENT = 8000, LONGEST_WAIT = 300000, YEAR = 31536e6;
  let identity, seen, sending, timer, failures = 0, asked = false;

  // localStorage, or memory where the browser refuses it or has no room left.
  const memory = {};
  const read = (name) => {
    try { return memory[name] || localStorage.getItem("dangol." + name); } catch { return memory[name]; }
  };
  const write = (name, value) => {
    memory[name] = value;
    try { localStorage.setItem("dangol." + name, value); delete memory[name]; } catch { /* kept in memory */ }
  };
  const forget = (name) => {
    delete memory[name];
    try { localStorage.removeItem("dangol." + name); } catch { /* was never there */ }
  };

  const may = () => {
    const said = read("consent");
    if (said) return said === "yes";
    return asks !== "required" && !navigator.globalPrivacyControl && navigator.doNotTrack !== "1";
  };
  const number = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const visitor = () => {
    const [id, since] = (read("visitor") || "").split(".");
    if (id && Date.now() - since < YEAR) return id;
    write("visitor", number() + "." + Date.now());
    return visitor();
  };

  // The queue is read anew for each change: other tabs write to it too.
  const waiting = () => {
    try { return JSON.parse(read("queue")) || []; } catch { return []; }
  };
  const keep = (queue) => queue.length ? write("queue", JSON.stringify(queue)) : forget("queue");
  const track = (kind, sku, props) => {
    if (!may()) return;
    const event = { id: number(), kind, at: Date.now(), sku: sku && String(sku), props, by: [visitor(), identity] };
    if (JSON.stringify(event).length < LONGEST_EVENT) keep([...waiting(), event].slice(-MOST_KEPT));
    plan(200);
  };
  // A call carries what one person did, and no more than browsers send behind a page that is being left.
  const next = (queue) => {
    const by = (event) => JSON.stringify(event.by), batch = [];
    for (const event of queue.slice(0, AT_ONCE)) {
      if (by(event) !== by(queue[0]) || JSON.stringify([...batch, event]).length > 2 * LONGEST_EVENT) break;
      batch.push(event);
    }
    return batch;
  };
  const body = (batch) => JSON.stringify({
    visitor: batch[0].by[0],
    identity: batch[0].by[1],
    events: batch.map(({ id, kind, at, sku, props }) => ({ id, kind, ago: Date.now() - at, sku, props })),
  });
  const post = (url, text, mode) => fetch(url, { method: "POST", body: text, mode, credentials: "omit", keepalive: true });
  const plan = (wait) => {
    clearTimeout(timer);
    timer = setTimeout(send, wait);
  };
  const send = async () => {
    const queue = waiting();
    if (sending || !queue.length || !may()) return;
    const batch = next(queue), ids = batch.map((event) => event.id);
    sending = true;
    const answer = await post(home + "/events", body(batch)).catch(() => null);
    sending = false;
    if (answer && answer.status < 500 && answer.status !== 429) {
      failures = 0;
      keep(waiting().filter((event) => !ids.includes(event.id)));
      plan(0);
    } else {
      plan(Math.min(LONGEST_WAIT, 1000 * 2 ** failures++) * (0.5 + Math.random() / 2));
    }
  };
  // What a beacon carried stays in the queue until an answer came: the same number counts once.
  const leave = () => {
    if (!may()) return;
    for (let queue = waiting(), batch; queue.length; queue = queue.slice(batch.length)) {
      batch = next(queue);
      if (!navigator.sendBeacon || !navigator.sendBeacon(home + "/events", body(batch))) return;
    }
  };

  const view = () => {
    const page = location.pathname + location.search;
    if (page === seen) return;
    const props = { path: location.pathname }, given = new URLSearchParams(location.search);
    const from = !seen && document.referrer && new URL(document.referrer).host;
    if (from && from !== location.host) props.referrer = from;
    for (const name of ["source", "medium", "campaign", "term", "content"]) {
      if (given.get("utm_" + name)) props["utm_" + name] = given.get("utm_" + name).slice(0, 200);
    }
    if (may()) seen = page;
    track("page_view", undefined, props);
  };

  // In-app messages, for customers only: one a page, in a shadow of its own, styled without a style attribute.
  const STYLE = `:host{all:initial}*{box-sizing:border-box;font:16px/1.5 system-ui,sans-serif}
[part]{position:fixed;z-index:2147483647;margin:auto;padding:20px 56px 20px 24px;border:0;border-radius:16px;background:#fff;color:#1a1f27;box-shadow:0 12px 48px #0004;overflow:auto}
section{inset:auto 16px 16px;max-width:560px;max-height:50vh}
dialog{inset:0;width:min(440px,92vw);height:fit-content;max-height:88vh}dialog::backdrop{background:#0008}
img{display:block;max-width:100%;max-height:240px;margin-bottom:12px;border-radius:8px}h2{margin:0 0 4px;font-size:18px;font-weight:700}p{margin:0;white-space:pre-line;overflow-wrap:anywhere}
a{display:inline-block;margin-top:14px;padding:10px 20px;border-radius:10px;background:#1a1f27;color:#fff;font-weight:600;text-decoration:none}
button{position:absolute;top:8px;right:8px;width:44px;height:44px;border:0;border-radius:50%;background:none;color:inherit;font-size:22px;cursor:pointer}
a:focus-visible,button:focus-visible{outline:3px solid #3b82f6;outline-offset:2px}`;
  const speaks = (korean, english) => (document.documentElement.lang || "ko").startsWith("ko") ? korean : english;
  const web = (address) => {
    try { return /^https?:$/.test(new URL(address, location).protocol) && address; } catch { return false; }
  };
  const show = (message) => {
    const host = document.createElement("dangol-message"), root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet(), isModal = message.layout === "modal";
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const add = (name, inside, given) => Object.assign(inside.appendChild(document.createElement(name)), given);
    const report = (kind) => post(base + "h/" + message.delivery_id + "/" + kind, "", "no-cors").catch(() => null);
    const end = (kind) => {
      if (host.isConnected) report(kind);
      host.remove();
    };
    const box = add(isModal ? "dialog" : "section", root);
    box.setAttribute("part", "message");
    box.setAttribute("aria-label", message.title || speaks("안내", "Message"));
    if (!isModal) box.setAttribute("aria-live", "polite");
    document.body.append(host);
    if (web(message.image_url)) add("img", box, { src: message.image_url, alt: "" });
    if (message.title) add("h2", box, { textContent: message.title });
    add("p", box, { textContent: message.body });
    if (message.url && web(message.url)) {
      const words = message.button || speaks("자세히 보기", "See more");
      add("a", box, { href: message.url, textContent: words, onclick: () => end("click") });
    }
    add("button", box, { type: "button", textContent: "×", ariaLabel: speaks("닫기", "Close"), onclick: () => end("close") });
    if (isModal) box.showModal();
    box.onclose = () => end("close");
    report("open");
    commands.hide = () => host.remove();
  };
  const ask = async () => {
    if (!identity || asked || !may() || shown === "off" || document.hidden || !document.body) return;
    asked = true;
    const whose = identity, answer = await post(home + "/messages", JSON.stringify({ identity })).catch(() => null);
    const said = answer && answer.status === 200 && (await answer.json().catch(() => null));
    if (said && said.results[0] && identity && whose[0] === identity[0] && may()) show(said.results[0]);
  };

  const begin = () => {
    view();
    ask();
    plan(0);
  };
  const commands = {
    page_view: view,
    product_view: (sku, props) => track("product_view", sku, props),
    search: (query, props) => track("search", undefined, { ...props, query }),
    cart_add: (sku, quantity = 1, props) => track("cart_add", sku, { ...props, quantity }),
    cart_remove: (sku, quantity = 1, props) => track("cart_remove", sku, { ...props, quantity }),
    checkout: (props) => track("checkout", undefined, props),
    event: (name, props) => track("custom", undefined, { ...props, name }),
    identify: (id, signed) => {
      const before = identity;
      identity = [String(id), String(signed)];
      if (before && before[0] === identity[0]) return;
      if (before) {
        asked = false;
        commands.hide();
      }
      if (seen) commands.event("identify");
      ask();
    },
    // After a log-out: who comes next on this device is somebody else.
    forget: () => {
      identity = undefined;
      asked = false;
      commands.hide();
      forget("visitor");
    },
    consent: (given) => {
      if (given) {
        write("consent", "yes");
        begin();
        return;
      }
      ["queue", "visitor", "consent"].forEach(forget);
      seen = undefined;
      commands.hide();
      if (asks !== "required") write("consent", "no");
    },
    hide: () => {},
  };
  // What a page hands over wrongly must not stop what the page was about.
  window.dangol = (name, ...given) => {
    try { if (commands[name]) commands[name](...given); } catch (error) { console.warn("dangol", name, error); }
  };
  window.dangol.loaded = true;

  const push = history.pushState;
  history.pushState = function (...given) {
    push.apply(this, given);
    setTimeout(view);
  };
  addEventListener("popstate", view);
  addEventListener("pagehide", leave);
  addEventListener("online", () => plan(failures = 0));
  document.addEventListener("visibilitychange", () => document.hidden ? leave() : ask());
  if (customer) identity = [customer, token];
  for (const call of (early && early.q) || []) window.dangol(...call);
  // Once the page's own deferred scripts have said who is logged in.
  for (const moment of ["DOMContentLoaded", "load"]) addEventListener(moment, begin);
  if (document.readyState === "complete") begin();
})();
