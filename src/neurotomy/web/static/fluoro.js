// The radiograph: pictures come from the server, one request in flight, the newest pose wins.
(() => {
  "use strict";
  const N = (window.neurotomy = window.neurotomy || {});
  const SKY = "#56b4e9", ORANGE = "#e69f00", RED = "#ff7a45", PALE = "#e8edf2";
  const named = () => { document.documentElement.lang = "en"; };
  named(); addEventListener("load", named); new MutationObserver(() => document.documentElement.lang || named()).observe(document.documentElement, { attributes: true });
  const clamp = (v, a, b) => Math.min(Math.max(v, a), b);
  const wrap = (d) => ((((d + 180) % 360) + 360) % 360) - 180;

  N.colours = { SKY, ORANGE, RED, PALE };
  const picture = (N.picture = async (url) => {
    const answer = await fetch(url, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status === 409 ? await answer.text() : "The picture could not be made.");
    const scene = JSON.parse(answer.headers.get("X-Scene"));
    return [await createImageBitmap(await answer.blob()), scene];
  });

  const sizeOf = (w) => (w.refined ? 512 : 256);
  const url = (base, w) => `${base}?primary=${w.primary}&secondary=${w.secondary}&field=${w.field}&size=${sizeOf(w)}&refined=${w.refined ? 1 : 0}`;

  // Move the needle; what cannot be is not done, and a lost connection is told by the picture that follows.
  N.needle = async (given) => {
    try {
      const answer = await fetch("/needle", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(given) });
      return answer.ok;
    } catch (error) { return false; }
  };

  class Fluoroscope {
    constructor(root) {
      this.root = root;
      this.image = root.querySelector("canvas.picture");
      this.over = root.querySelector("canvas.over");
      this.words = root.querySelector(".pose");
      this.shown = { nerves: root.dataset.nerves !== "no", live: root.dataset.live !== "no" };
      this.pose = { primary: 180, secondary: 0, field: 300 };
      this.frames = [];
      this.ahead = N.ahead; N.ahead = null;
      this.shownFirst = new Promise((done) => { this.first = done; });
      this.busy = false;
      this.wanted = null;
      this.scene = null;
      this.hand = null;
      this.over.addEventListener("pointerdown", (e) => this.down(e));
      this.over.addEventListener("pointermove", (e) => this.move(e));
      for (const name of ["pointerup", "pointercancel"]) this.over.addEventListener(name, (e) => this.up(e));
      root.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
      this.fingers = new Map();
      root.addEventListener("keydown", (e) => this.key(e));
      new ResizeObserver(() => this.draw()).observe(root);
    }
    set(pose) { Object.assign(this.pose, pose); this.want(true); }
    turn(orbit, tilt) {
      this.pose.primary = wrap(this.pose.primary + orbit);
      this.pose.secondary = clamp(this.pose.secondary + tilt, -60, 60);
      this.want(false);
      this.settle();
    }
    // The wheel tilts and, with Shift or sideways, orbits; with Ctrl it changes the field, and so does a pinch, which
    // browsers tell as just that.
    wheel(e) {
      e.preventDefault();
      if (e.ctrlKey || e.metaKey) { this.zoom(1.002 ** clamp(e.deltaY, -60, 60)); return; }
      const step = (d) => clamp(d * (e.deltaMode ? 30 : 1), -100, 100) * 0.02, aside = e.shiftKey && !e.deltaX;
      this.turn(-step(aside ? e.deltaY : e.deltaX), aside ? 0 : step(e.deltaY));
    }
    zoom(factor) { this.pose.field = clamp(this.pose.field * factor, 80, 400); this.want(false); this.settle(); }
    settle(after = 160) {
      clearTimeout(this.later);
      this.later = setTimeout(() => { this.want(true); this.tell(); }, after);
    }
    tell() { emitEvent("pose", { ...this.pose }); }
    want(refined) {
      if (!this.shown.live && !this.pressed) { this.stale(); return; }
      this.wanted = { refined, ...this.pose };
      if (!this.busy) this.next();
    }
    press() { this.pressed = true; this.want(true); this.pressed = false; }
    stale() { this.root.classList.add("stale"); this.words.textContent = "press the pedal for a picture"; }
    async next() {
      this.busy = true;
      while (this.wanted) {
        const w = this.wanted;
        this.wanted = null;
        const size = sizeOf(w);
        try {
          const [bitmap, scene] = await (this.took(w) || picture(url(this.root.dataset.url, w)));
          this.scene = scene;
          const c = this.image;
          if (c.width !== size) c.width = c.height = size;
          c.getContext("2d").drawImage(bitmap, 0, 0, size, size);
          bitmap.close();
          this.root.classList.remove("stale", "lost");
          const fine = scene.refined || !w.refined;
          this.root.dataset.size = fine ? size : 256;
          if (!fine) this.settle(300); // it is being prepared: ask again
          if (!this.frames.length) requestAnimationFrame(() => this.first());
          this.frames.push(performance.now());
          if (this.frames.length > 2000) this.frames.splice(0, 1000);
          this.draw();
        } catch (error) {
          this.root.classList.add("lost");
          this.words.textContent = error instanceof TypeError ? "Connection lost; trying again…" : error.message;
          await new Promise((r) => setTimeout(r, 1000));
          if (error instanceof TypeError && !this.wanted) this.wanted = w;
        }
      }
      this.busy = false;
    }
    // The picture that was asked for before there was a place for it, when it is what is wanted.
    took(w) {
      const ahead = this.ahead;
      this.ahead = null;
      return ahead && ahead.url === url(this.root.dataset.url, w) ? ahead.picture : null;
    }
    begin() { this.want(false); clearTimeout(this.later); this.later = setTimeout(() => this.want(true), 160); } // the quick picture first
    refresh() { this.want(false); this.settle(120); }
    place(e) {
      const box = this.over.getBoundingClientRect();
      return [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height, box.width];
    }
    down(e) {
      this.root.focus({ preventScroll: true });
      const [x, y, width] = this.place(e);
      this.over.setPointerCapture(e.pointerId);
      this.fingers.set(e.pointerId, [x, y]);
      if (this.fingers.size > 1) { this.hand = { what: "pinch", apart: this.apart() }; return; }
      this.hand = { x, y, what: "turn" };
      const needle = this.scene && this.scene.needles.find((n) => n.here);
      if (needle && this.root.dataset.handles !== "no")
        for (const which of ["tip", "entry"]) {
          const [a, b] = needle[which];
          if (Math.hypot((a - x) * width, (b - y) * width) < 16) this.hand.what = which;
        }
    }
    move(e) {
      if (!this.hand) return;
      const [x, y] = this.place(e);
      if (this.fingers.has(e.pointerId)) this.fingers.set(e.pointerId, [x, y]);
      if (this.hand.what === "pinch") {
        const apart = this.apart();
        if (apart) { this.zoom(this.hand.apart / apart); this.hand.apart = apart; }
        return;
      }
      const dx = x - this.hand.x, dy = y - this.hand.y;
      if (this.hand.what === "turn") {
        this.hand.x = x; this.hand.y = y;
        if (e.shiftKey) this.zoom(1 + dy);
        else this.turn(-110 * dx, 110 * dy);
      } else this.drag(x, y);
    }
    apart() {
      const [[a, b], [c, d]] = [...this.fingers.values()];
      return Math.hypot(a - c, b - d);
    }
    up(e) {
      this.fingers.delete(e.pointerId);
      if (!this.hand) return;
      if (this.hand.what === "turn") { this.settle(0); }
      this.hand = null;
    }
    async drag(x, y) {
      this.to = { x, y };
      if (this.dragging) return;
      this.dragging = true;
      while (this.to) {
        const { x: a, y: b } = this.to, which = this.hand ? this.hand.what : this.last;
        this.last = which;
        this.to = null;
        await N.needle({ which, x: a, y: b, ...this.pose });
        this.want(false);
      }
      this.dragging = false;
      this.settle(120);
    }
    key(e) {
      if (e.ctrlKey || e.metaKey || e.altKey) return;
      const step = e.shiftKey ? 10 : 2;
      const act = {
        ArrowLeft: () => this.turn(step, 0), ArrowRight: () => this.turn(-step, 0),
        ArrowUp: () => this.turn(0, -step), ArrowDown: () => this.turn(0, step),
        "+": () => this.zoom(1 / 1.1), "=": () => this.zoom(1 / 1.1), "-": () => this.zoom(1.1),
        n: () => this.toggle("nerves"), "[": () => emitEvent("window", -1), "]": () => emitEvent("window", 1),
        i: () => emitEvent("invert", 0), " ": () => emitEvent("pedal", 0),
      }[e.key];
      if (/^[1-9]$/.test(e.key)) { emitEvent("view", +e.key - 1); e.preventDefault(); }
      if (act) { act(); e.preventDefault(); }
    }
    toggle(what) { this.shown[what] = !this.shown[what]; this.draw(); emitEvent("shown", { ...this.shown }); }
    // Where the slices meet, in the radiograph too.
    crosshair(g, w, ratio) {
      const c = N.slices && N.slices.centre, p = this.scene.project;
      if (!c || !p || !this.shown.nerves) return;
      const [a, b, d] = p.map((r) => r[0] * c[0] + r[1] * c[1] + r[2] * c[2] + r[3]);
      const x = (a / d) * w, y = (b / d) * w, far = 15 * ratio, near = 5 * ratio;
      if (!(x > 0 && x < w && y > 0 && y < w)) return;
      g.beginPath();
      for (const [i, j] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) { g.moveTo(x + i * near, y + j * near); g.lineTo(x + i * far, y + j * far); }
      for (const [colour, width] of [["rgba(0,0,0,.55)", 3], [PALE, 1.2]]) { g.strokeStyle = colour; g.lineWidth = width * ratio; g.stroke(); }
    }
    draw() {
      const s = this.scene, box = this.root.getBoundingClientRect(), ratio = window.devicePixelRatio || 1;
      const w = Math.max(Math.round(box.width * ratio), 1), c = this.over;
      if (c.width !== w) c.width = c.height = w;
      const g = c.getContext("2d");
      g.clearRect(0, 0, w, w);
      if (!s) return;
      const line = (points, color, width, dash = []) => {
        g.beginPath(); g.strokeStyle = color; g.lineWidth = width * ratio; g.setLineDash(dash.map((d) => d * ratio)); g.lineJoin = g.lineCap = "round";
        points.forEach(([x, y], n) => (n ? g.lineTo(x * w, y * w) : g.moveTo(x * w, y * w)));
        g.stroke(); g.setLineDash([]);
      };
      if (this.shown.nerves)
        for (const nerve of s.nerves) {
          line(nerve.course, nerve.here ? "rgba(86,180,233,.55)" : "rgba(86,180,233,.3)", 1.2, [4, 4]);
          line(nerve.neck, nerve.here ? SKY : "rgba(86,180,233,.5)", nerve.here ? 3 : 2);
        }
      for (const l of s.lesions) {
        g.beginPath(); l.forEach(([x, y], n) => (n ? g.lineTo(x * w, y * w) : g.moveTo(x * w, y * w))); g.closePath();
        g.fillStyle = "rgba(255,122,69,.16)"; g.fill(); g.strokeStyle = RED; g.lineWidth = 1.6 * ratio; g.stroke();
      }
      for (const n of s.needles.filter((n) => n.here)) {
        line([n.tip, n.active], ORANGE, 2.5);
        if (this.root.dataset.handles !== "no")
          for (const [x, y] of [n.tip, n.entry]) {
            g.beginPath(); g.arc(x * w, y * w, 7 * ratio, 0, 7); g.strokeStyle = "rgba(230,159,0,.9)"; g.lineWidth = 1.5 * ratio; g.stroke();
          }
      }
      this.crosshair(g, w, ratio);
      const px = ratio * clamp(box.width / 44, 11, 16);
      const text = (words, x, y, align, size = 1, color = PALE) => {
        g.font = `${size > 1 ? 700 : 500} ${px * size}px system-ui, sans-serif`; g.textAlign = align; g.textBaseline = "middle";
        g.lineWidth = 3 * ratio; g.strokeStyle = "rgba(0,0,0,.75)"; g.strokeText(words, x, y); g.fillStyle = color; g.fillText(words, x, y);
      };
      const e = s.edges, m = 1.1 * px;
      text(e.left, m, w / 2, "center", 1.25); text(e.right, w - m, w / 2, "center", 1.25);
      text(e.top, w / 2, m, "center", 1.25); text(e.bottom, w / 2, w - m, "center", 1.25);
      text(`${s.letter}`, w - 1.6 * px, 1.6 * px, "center", 2.1, ORANGE);
      text(`${s.side} ${s.level}`, m, 1.3 * px, "left", 1.15);
      text(s.target.replace(/ at .*/, ""), m, 2.7 * px, "left");
      const bar = 20 / s.mm; // 20 mm at the isocentre
      line([[0.985 - bar, 0.975], [0.985, 0.975]], PALE, 2);
      text("20 mm", (0.985 - bar / 2) * w, 0.975 * w - 0.9 * px, "center", 0.85);
      this.words.textContent = s.words;
    }
  }

  N.start = (pose, centre) => {
    const f = document.querySelector(".fluoro"), s = document.querySelector(".slices");
    if (!f) { setTimeout(() => N.start(pose, centre), 30); return; }
    if (!N.fluoro || N.fluoro.root !== f) N.fluoro = new Fluoroscope(f);
    Object.assign(N.fluoro.pose, pose); N.fluoro.begin();
    if (s) N.fluoro.shownFirst.then(() => N.cut(centre)); // the slices are made by the same two cores
  };
  // The page calls this while the browser still builds it: the first picture is made meanwhile.
  N.opening = (pose, centre) => {
    const first = url("/frame", { ...pose, refined: false });
    N.ahead = { url: first, picture: picture(first) };
    N.ahead.picture.catch(() => {});
    N.start(pose, centre);
  };
  // Resolves when the first radiograph is on the screen.
  N.shown = async () => {
    const wait = (ms) => new Promise((r) => setTimeout(r, ms));
    while (!N.fluoro) await wait(20);
    await N.fluoro.shownFirst;
    await wait(400); // whoever turns the C-arm at once is answered at once
    return true;
  };
  // A lesion that grows keeps the picture as fine as it is; when it has grown the picture is refined.
  N.grew = () => { if (N.fluoro) { N.fluoro.want(N.fluoro.root.dataset.size === "512"); N.fluoro.settle(500); } N.slices && N.slices.refresh(); };
  N.refresh = () => { N.fluoro && N.fluoro.refresh(); N.slices && N.slices.refresh(); };
})();
