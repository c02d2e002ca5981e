// The radiograph and the slices: pictures come from the server, one request in flight, the newest pose wins.
(() => {
  "use strict";
  const N = (window.neurotomy = window.neurotomy || {});
  const SKY = "#56b4e9", ORANGE = "#e69f00", RED = "#ff7a45", PALE = "#e8edf2";
  const named = () => { document.documentElement.lang = "en"; };
  named(); addEventListener("load", named); new MutationObserver(() => document.documentElement.lang || named()).observe(document.documentElement, { attributes: true });
  const clamp = (v, a, b) => Math.min(Math.max(v, a), b);
  const wrap = (d) => ((((d + 180) % 360) + 360) % 360) - 180;

  async function picture(url) {
    const answer = await fetch(url, { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status === 409 ? await answer.text() : "The picture could not be made.");
    const scene = JSON.parse(answer.headers.get("X-Scene"));
    return [await createImageBitmap(await answer.blob()), scene];
  }

  class Fluoroscope {
    constructor(root) {
      this.root = root;
      this.image = root.querySelector("canvas.picture");
      this.over = root.querySelector("canvas.over");
      this.words = root.querySelector(".pose");
      this.shown = { nerves: root.dataset.nerves !== "no", live: root.dataset.live !== "no" };
      this.pose = { primary: 180, secondary: 0, field: 300 };
      this.frames = [];
      this.busy = false;
      this.wanted = null;
      this.scene = null;
      this.hand = null;
      this.over.addEventListener("pointerdown", (e) => this.down(e));
      this.over.addEventListener("pointermove", (e) => this.move(e));
      for (const name of ["pointerup", "pointercancel"]) this.over.addEventListener(name, (e) => this.up(e));
      root.addEventListener("wheel", (e) => { e.preventDefault(); this.zoom(e.deltaY > 0 ? 1.06 : 1 / 1.06); }, { passive: false });
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
        const size = w.refined ? 512 : 256;
        try {
          const url = `${this.root.dataset.url}?primary=${w.primary}&secondary=${w.secondary}&field=${w.field}&size=${size}&refined=${w.refined ? 1 : 0}`;
          const [bitmap, scene] = await picture(url);
          this.scene = scene;
          const c = this.image;
          if (c.width !== size) c.width = c.height = size;
          c.getContext("2d").drawImage(bitmap, 0, 0, size, size);
          bitmap.close();
          this.root.classList.remove("stale", "lost");
          this.root.dataset.size = size;
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
    refresh() { this.want(false); this.settle(120); }
    place(e) {
      const box = this.over.getBoundingClientRect();
      return [(e.clientX - box.left) / box.width, (e.clientY - box.top) / box.height, box.width];
    }
    down(e) {
      this.root.focus({ preventScroll: true });
      const [x, y, width] = this.place(e);
      this.over.setPointerCapture(e.pointerId);
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
      const dx = x - this.hand.x, dy = y - this.hand.y;
      if (this.hand.what === "turn") {
        this.hand.x = x; this.hand.y = y;
        if (e.shiftKey) this.zoom(1 + dy);
        else this.turn(-110 * dx, 110 * dy);
      } else this.drag(x, y);
    }
    up(e) {
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
        await fetch("/needle", { method: "POST", headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ which, x: a, y: b, ...this.pose }) });
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

  class Slices {
    constructor(root) {
      this.root = root;
      this.centre = null;
      this.busy = {}; this.again = {};
      this.mm = +(root.dataset.mm || 110);
      for (const c of root.querySelectorAll("canvas")) {
        c.addEventListener("pointerdown", (e) => { c.setPointerCapture(e.pointerId); this.hand = { x: e.clientX, y: e.clientY, far: false }; });
        c.addEventListener("pointermove", (e) => e.buttons && this.pan(c, e));
        c.addEventListener("pointerup", (e) => { if (this.hand && !this.hand.far) this.jump(c, e); this.hand = null; });
        c.addEventListener("wheel", (e) => { e.preventDefault(); this.step(c.dataset.plane, e.deltaY > 0 ? -1 : 1); }, { passive: false });
        c.addEventListener("keydown", (e) => {
          const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[e.key];
          const shift = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
          if (e.shiftKey && shift) this.shift(c, ...shift);
          else if (by) this.step(c.dataset.plane, by);
          else return;
          e.preventDefault();
        });
      }
    }
    go(centre) { this.centre = centre; this.refresh(); this.tell(); }
    wide(mm) { this.mm = mm; this.refresh(); }
    tell() { clearTimeout(this.later); this.later = setTimeout(() => emitEvent("centre", this.centre), 60); }
    step(plane, by) { const n = { axial: 2, coronal: 1, sagittal: 0 }[plane]; this.centre[n] += by; this.refresh(); this.tell(); }
    // The picture is centred on the crosshair: a click brings what is there to the middle, a drag moves the picture.
    shift(c, right, down) {
      if (!this.centre) return;
      const [a, b] = { axial: [0, 1], coronal: [0, 2], sagittal: [1, 2] }[c.dataset.plane];
      this.centre[a] += right; this.centre[b] += down * (b === 2 ? -1 : 1);
      this.refresh(); this.tell();
    }
    jump(c, e) {
      const box = c.getBoundingClientRect();
      this.shift(c, ((e.clientX - box.left) / box.width - 0.5) * this.mm, ((e.clientY - box.top) / box.height - 0.5) * this.mm);
    }
    pan(c, e) {
      if (!this.hand) return;
      const dx = e.clientX - this.hand.x, dy = e.clientY - this.hand.y;
      if (!this.hand.far && Math.hypot(dx, dy) < 4) return;
      this.hand = { x: e.clientX, y: e.clientY, far: true };
      const per = this.mm / c.getBoundingClientRect().width;
      this.shift(c, -dx * per, -dy * per);
    }
    refresh() { for (const c of this.root.querySelectorAll("canvas")) this.one(c); }
    async one(c) {
      const plane = c.dataset.plane;
      if (!this.centre) return;
      if (this.busy[plane]) { this.again[plane] = true; return; }
      this.busy[plane] = true;
      do {
        this.again[plane] = false;
        try {
          const [x, y, z] = this.centre;
          const [bitmap, s] = await picture(`${this.root.dataset.url || "/slice"}?plane=${plane}&x=${x}&y=${y}&z=${z}&mm=${this.mm}`);
          this.draw(c, bitmap, s);
          bitmap.close();
        } catch (error) { /* the radiograph tells of a lost connection */ }
      } while (this.again[plane]);
      this.busy[plane] = false;
    }
    draw(c, bitmap, s) {
      const ratio = window.devicePixelRatio || 1, w = Math.max(Math.round(c.getBoundingClientRect().width * ratio), 64);
      if (c.width !== w) c.width = c.height = w;
      const g = c.getContext("2d");
      g.imageSmoothingQuality = "high";
      g.drawImage(bitmap, 0, 0, w, w);
      g.strokeStyle = "rgba(232,237,242,.28)"; g.lineWidth = ratio;
      g.beginPath(); g.moveTo(w / 2, 0); g.lineTo(w / 2, w); g.moveTo(0, w / 2); g.lineTo(w, w / 2); g.stroke();
      g.strokeStyle = RED; g.lineWidth = 1.8 * ratio;
      for (const l of s.lesions) { g.beginPath(); l.forEach(([x, y], n) => (n ? g.lineTo(x * w, y * w) : g.moveTo(x * w, y * w))); g.stroke(); }
      if (this.root.dataset.nerves !== "no")
        for (const n of s.nerves) { g.fillStyle = n.here ? SKY : "rgba(86,180,233,.5)"; for (const [x, y] of n.points) { g.beginPath(); g.arc(x * w, y * w, 2 * ratio, 0, 7); g.fill(); } }
      for (const n of s.needles) {
        const [tip, active, entry] = n.line, alpha = n.here ? 1 : 0.4;
        g.globalAlpha = alpha; g.lineWidth = 1.4 * ratio; g.strokeStyle = "#cfd6dc"; g.setLineDash([5 * ratio, 4 * ratio]);
        g.beginPath(); g.moveTo(active[0] * w, active[1] * w); g.lineTo(entry[0] * w, entry[1] * w); g.stroke(); g.setLineDash([]);
        g.lineWidth = 2.6 * ratio; g.strokeStyle = ORANGE; g.beginPath(); g.moveTo(tip[0] * w, tip[1] * w); g.lineTo(active[0] * w, active[1] * w); g.stroke(); g.globalAlpha = 1;
      }
      for (const k of s.marks || []) {
        const [x, y] = k.at; g.fillStyle = ORANGE; g.beginPath(); g.arc(x * w, y * w, 4 * ratio, 0, 7); g.fill();
        g.font = `500 ${11 * ratio}px system-ui, sans-serif`; g.textAlign = "left"; g.textBaseline = "middle";
        g.lineWidth = 3 * ratio; g.strokeStyle = "rgba(0,0,0,.8)"; g.strokeText(k.name, x * w + 7 * ratio, y * w); g.fillText(k.name, x * w + 7 * ratio, y * w);
      }
      g.font = `600 ${12 * ratio}px system-ui, sans-serif`; g.fillStyle = PALE; g.textBaseline = "middle";
      g.textAlign = "left"; g.fillText(s.left, 5 * ratio, w / 2 - 10 * ratio); g.textAlign = "right"; g.fillText(s.right, w - 5 * ratio, w / 2 - 10 * ratio);
      g.textAlign = "left"; g.textBaseline = "top"; g.font = `500 ${11 * ratio}px system-ui, sans-serif`; g.fillText(`${s.plane}`, 5 * ratio, 5 * ratio);
    }
  }

  N.start = (pose, centre) => {
    const f = document.querySelector(".fluoro"), s = document.querySelector(".slices");
    if (!f) { setTimeout(() => N.start(pose, centre), 30); return; }
    if (!N.fluoro || N.fluoro.root !== f) N.fluoro = new Fluoroscope(f);
    Object.assign(N.fluoro.pose, pose); N.fluoro.refresh(); // the quick picture first, then the fine one
    if (s) { if (!N.slices || N.slices.root !== s) N.slices = new Slices(s); N.slices.go(centre); }
  };
  N.cut = (centre, mm) => {
    const s = document.querySelector(".slices");
    if (!N.slices || N.slices.root !== s) N.slices = new Slices(s);
    N.slices.mm = mm; N.slices.go(centre);
  };
  N.grew = () => { N.fluoro && N.fluoro.want(N.fluoro.root.dataset.size === "512"); N.slices && N.slices.refresh(); };
  N.refresh = () => { N.fluoro && N.fluoro.refresh(); N.slices && N.slices.refresh(); };
})();
