// Axial, coronal and sagittal slices through one crosshair; needle, nerves and lesions drawn over them.
(() => {
  "use strict";
  const N = (window.neurotomy = window.neurotomy || {});
  const { SKY, ORANGE, RED, PALE } = N.colours;
  const AXES = { axial: [0, 1, 2], coronal: [0, 2, 1], sagittal: [1, 2, 0] }; // across, down, through
  const clamp = (v, a, b) => Math.min(Math.max(v, a), b);

  class Slices {
    constructor(root) {
      this.root = root;
      this.centre = null;
      this.busy = {}; this.again = {}; this.scene = {};
      this.mm = +(root.dataset.mm || 110); // across the smaller side of the smallest tile
      for (const c of root.querySelectorAll("canvas")) {
        const plane = c.dataset.plane;
        c.addEventListener("pointerdown", (e) => this.down(c, e));
        c.addEventListener("pointermove", (e) => this.move(c, e));
        c.addEventListener("pointerup", (e) => { if (this.hand && !this.hand.far && !this.hand.which) this.jump(c, e); this.hand = null; });
        c.addEventListener("wheel", (e) => {
          e.preventDefault();
          if (e.ctrlKey || e.metaKey) this.wide(this.mm * 1.002 ** clamp(e.deltaY, -60, 60));
          else this.step(plane, e.deltaY > 0 ? -1 : 1);
        }, { passive: false });
        c.addEventListener("keydown", (e) => {
          const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 5, PageDown: -5 }[e.key];
          const shift = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
          const wide = { "+": 1 / 1.15, "=": 1 / 1.15, "-": 1.15 }[e.key];
          if (wide) this.wide(this.mm * wide);
          else if (e.shiftKey && shift) this.shift(c, ...shift);
          else if (by) this.step(plane, by);
          else return;
          e.preventDefault();
        });
        new ResizeObserver(() => this.one(c)).observe(c);
      }
    }
    go(centre) { this.centre = centre; this.refresh(); this.tell(); }
    wide(mm) { this.mm = clamp(mm, 30, 400); this.refresh(); }
    tell() {
      N.fluoro && N.fluoro.draw();
      clearTimeout(this.later); this.later = setTimeout(() => emitEvent("centre", this.centre), 60);
    }
    step(plane, by) { if (!this.centre) return; this.centre[AXES[plane][2]] += by; this.refresh(); this.tell(); }
    // Tiles need not be square: the smaller side shows `mm`, so that all three are drawn to one scale or nearly.
    size(c) {
      const box = c.getBoundingClientRect(), small = Math.min(box.width, box.height) || 1;
      return { box, mm: (this.mm * box.width) / small, ratio: box.height / (box.width || 1), per: this.mm / small };
    }
    // The picture is centred on the crosshair: a click brings what is there to the middle, a drag moves the picture.
    shift(c, right, down) {
      if (!this.centre) return;
      const [a, b] = AXES[c.dataset.plane];
      this.centre[a] += right; this.centre[b] += down * (b === 2 ? -1 : 1);
      this.refresh(); this.tell();
    }
    jump(c, e) {
      const { box, per } = this.size(c);
      this.shift(c, (e.clientX - box.left - box.width / 2) * per, (e.clientY - box.top - box.height / 2) * per);
    }
    down(c, e) {
      c.setPointerCapture(e.pointerId);
      this.hand = { x: e.clientX, y: e.clientY, far: false };
      const s = this.scene[c.dataset.plane], needle = s && s.needles.find((n) => n.here), { box } = this.size(c);
      if (needle && this.root.dataset.handles !== "no")
        for (const [which, [x, y]] of [["tip", needle.line[0]], ["entry", needle.line[2]]])
          if (Math.hypot(x * box.width - (e.clientX - box.left), y * box.height - (e.clientY - box.top)) < 11) this.hand.which = which;
    }
    move(c, e) {
      if (!this.hand || !e.buttons) return;
      const dx = e.clientX - this.hand.x, dy = e.clientY - this.hand.y;
      if (!this.hand.far && Math.hypot(dx, dy) < 4) return;
      this.hand.far = true;
      if (this.hand.which) { this.drag(c, e, this.hand.which); return; }
      this.hand.x = e.clientX; this.hand.y = e.clientY;
      const { per } = this.size(c);
      this.shift(c, -dx * per, -dy * per);
    }
    async drag(c, e, which) {
      const { box, per } = this.size(c), [a, b] = AXES[c.dataset.plane], lps = [...this.centre];
      lps[a] += (e.clientX - box.left - box.width / 2) * per;
      lps[b] += (e.clientY - box.top - box.height / 2) * per * (b === 2 ? -1 : 1);
      this.to = { which, plane: c.dataset.plane, lps };
      if (this.dragging) return;
      this.dragging = true;
      while (this.to) { const to = this.to; this.to = null; await N.needle(to); }
      this.dragging = false;
    }
    refresh() { for (const c of this.root.querySelectorAll("canvas")) this.one(c); }
    async one(c) {
      const plane = c.dataset.plane;
      if (!this.centre || !c.getBoundingClientRect().width) return;
      if (this.busy[plane]) { this.again[plane] = true; return; }
      this.busy[plane] = true;
      do {
        this.again[plane] = false;
        try {
          const [x, y, z] = this.centre, { mm, ratio } = this.size(c);
          const [bitmap, s] = await N.picture(`${this.root.dataset.url || "/slice"}?plane=${plane}&x=${x}&y=${y}&z=${z}&mm=${mm.toFixed(2)}&ratio=${ratio.toFixed(4)}`);
          this.scene[plane] = s;
          this.draw(c, bitmap, s);
          bitmap.close();
          c.dataset.drawn = (+(c.dataset.drawn || 0)) + 1;
        } catch (error) { /* the radiograph tells of a lost connection */ }
      } while (this.again[plane]);
      this.busy[plane] = false;
    }
    draw(c, bitmap, s) {
      const ratio = window.devicePixelRatio || 1, box = c.getBoundingClientRect();
      const w = Math.max(Math.round(box.width * ratio), 48), h = Math.max(Math.round(box.height * ratio), 48);
      if (c.width !== w || c.height !== h) { c.width = w; c.height = h; }
      const g = c.getContext("2d"), path = (points, close) => {
        g.beginPath(); points.forEach(([x, y], n) => (n ? g.lineTo(x * w, y * h) : g.moveTo(x * w, y * h)));
        if (close) g.closePath();
        g.stroke();
      };
      g.imageSmoothingQuality = "high";
      g.drawImage(bitmap, 0, 0, w, h);
      const gap = 9 * ratio; // the middle stays free: it is what is looked at
      g.strokeStyle = "rgba(232,237,242,.34)"; g.lineWidth = ratio;
      g.beginPath();
      for (const [x1, y1, x2, y2] of [[w / 2, 0, w / 2, h / 2 - gap], [w / 2, h / 2 + gap, w / 2, h], [0, h / 2, w / 2 - gap, h / 2], [w / 2 + gap, h / 2, w, h / 2]]) { g.moveTo(x1, y1); g.lineTo(x2, y2); }
      g.stroke();
      g.strokeStyle = RED; g.lineWidth = 1.8 * ratio;
      for (const l of s.lesions) path(l, true);
      if (this.root.dataset.nerves !== "no")
        for (const n of s.nerves) { g.fillStyle = n.here ? SKY : "rgba(86,180,233,.5)"; for (const [x, y] of n.points) { g.beginPath(); g.arc(x * w, y * h, 2.2 * ratio, 0, 7); g.fill(); } }
      for (const n of s.needles) {
        const [tip, active, entry] = n.line;
        g.globalAlpha = n.here ? 1 : 0.4;
        g.lineWidth = 1.4 * ratio; g.strokeStyle = "#cfd6dc"; g.setLineDash([5 * ratio, 4 * ratio]); path([active, entry]); g.setLineDash([]);
        g.lineWidth = 2.6 * ratio; g.strokeStyle = ORANGE; path([tip, active]);
        if (n.here && this.root.dataset.handles !== "no")
          for (const [x, y] of [tip, entry]) { g.beginPath(); g.arc(x * w, y * h, 5 * ratio, 0, 7); g.lineWidth = 1.3 * ratio; g.stroke(); }
        g.globalAlpha = 1;
      }
      for (const k of s.marks || []) {
        const [x, y] = k.at; g.fillStyle = ORANGE; g.beginPath(); g.arc(x * w, y * h, 4 * ratio, 0, 7); g.fill();
        g.font = `500 ${11 * ratio}px system-ui, sans-serif`; g.textAlign = "left"; g.textBaseline = "middle";
        g.lineWidth = 3 * ratio; g.strokeStyle = "rgba(0,0,0,.8)"; g.strokeText(k.name, x * w + 7 * ratio, y * h); g.fillText(k.name, x * w + 7 * ratio, y * h);
      }
      const text = (words, x, y, align, base, weight = 650, px = 13) => {
        g.font = `${weight} ${px * ratio}px system-ui, sans-serif`; g.textAlign = align; g.textBaseline = base;
        g.lineWidth = 3 * ratio; g.strokeStyle = "rgba(0,0,0,.8)"; g.strokeText(words, x, y); g.fillStyle = PALE; g.fillText(words, x, y);
      };
      const m = 6 * ratio;
      text(s.left, m, h / 2, "left", "middle"); text(s.right, w - m, h / 2, "right", "middle");
      text(s.top, w / 2, m + 15 * ratio, "center", "top"); text(s.bottom, w / 2, h - m - 15 * ratio, "center", "bottom");
      text(s.plane, m, m, "left", "top", 500, 11.5);
      if (s.from_target) text(s.from_target, m, h - m, "left", "bottom", 500, 10.5);
      const bar = (10 / s.mm) * w; // 10 mm
      g.strokeStyle = PALE; g.lineWidth = 2 * ratio; path([[1 - m / w - bar / w, 1 - m / h], [1 - m / w, 1 - m / h]]);
      text("10 mm", w - m, h - m - 4 * ratio, "right", "bottom", 500, 10.5);
    }
  }

  N.cut = (centre, mm) => {
    const s = document.querySelector(".slices");
    if (!N.slices || N.slices.root !== s) N.slices = new Slices(s);
    if (mm) N.slices.mm = mm;
    N.slices.go(centre);
  };
  // One tile takes the room of all four, or gives it back.
  N.enlarge = (button) => {
    const sight = button.closest(".sight"), name = button.closest("[data-tile]").dataset.tile;
    const big = sight.dataset.big === name;
    if (big) delete sight.dataset.big; else sight.dataset.big = name;
    for (const b of sight.querySelectorAll(".enlarge")) b.setAttribute("aria-pressed", String(!big && b === button));
  };
})();
